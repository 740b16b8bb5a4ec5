import Synchronization

/// What a cluster has in use at one priority, counted over all workers.
@safe final class CircuitCounts: @unchecked Sendable {
    fileprivate struct Cells: ~Copyable {
        let connections = Atomic<Int>(0)
        let pending = Atomic<Int>(0)
        let requests = Atomic<Int>(0)
        let retries = Atomic<Int>(0)
    }

    fileprivate let cells: UnsafeMutablePointer<Cells>

    init() {
        unsafe cells = .allocate(capacity: 1)
        unsafe cells.initialize(to: Cells())
    }

    deinit {
        unsafe cells.deinitialize(count: 1)
        unsafe cells.deallocate()
    }
}

/// The limits of one priority of a cluster, as one worker holds them.
///
/// The counts are the cluster's, so that the limits hold however many workers there are. Every `take`
/// that was granted is given back once.
@safe final class CircuitBreaker {
    /// What is limited.
    enum Resource: UInt8, Sendable {
        /// Connections to hosts.
        case connections
        /// Requests that wait for a connection.
        case pending
        /// Requests that were sent, or wait.
        case requests
        /// Requests that are tried again.
        case retries
    }

    /// What came of asking for a connection.
    enum Taken: Sendable {
        case within
        /// It is beyond the limit.
        case beyond
        case none
    }

    let limits: CircuitLimits
    private let counts: CircuitCounts
    private let cells: UnsafeMutablePointer<CircuitCounts.Cells>
    private let budgetFraction: Double
    private let budgetMinimum: Int

    init(_ limits: CircuitLimits, _ counts: CircuitCounts) {
        self.limits = limits
        self.counts = counts
        unsafe cells = counts.cells
        budgetFraction = (limits.retryBudget?.percent ?? 0) / 100
        budgetMinimum = limits.retryBudget?.minimum ?? 0
    }

    /// Takes one unless the limit is reached.
    func take(_ resource: Resource) -> Bool {
        let maximum = maximum(of: resource)
        return switch resource {
        case .connections: unsafe cells.pointee.connections.increment(below: maximum)
        case .pending: unsafe cells.pointee.pending.increment(below: maximum)
        case .requests: unsafe cells.pointee.requests.increment(below: maximum)
        case .retries: unsafe cells.pointee.retries.increment(below: maximum)
        }
    }

    /// Takes a connection for a pool that holds `held`.
    ///
    /// Over the limit a pool without any gets one all the same (Envoy's `ConnPoolImplBase`): those of
    /// other workers and hosts serve nobody who waits in this one.
    func takeConnection(held: Int) -> Taken {
        if take(.connections) { return .within }
        guard held == 0 else { return .none }
        unsafe cells.pointee.connections.add(1, ordering: .relaxed)
        return .beyond
    }

    /// Gives one back.
    func giveBack(_ resource: Resource) {
        switch resource {
        case .connections: unsafe cells.pointee.connections.subtract(1, ordering: .relaxed)
        case .pending: unsafe cells.pointee.pending.subtract(1, ordering: .relaxed)
        case .requests: unsafe cells.pointee.requests.subtract(1, ordering: .relaxed)
        case .retries: unsafe cells.pointee.retries.subtract(1, ordering: .relaxed)
        }
    }

    /// How many are in use.
    func count(of resource: Resource) -> Int {
        switch resource {
        case .connections: unsafe cells.pointee.connections.load(ordering: .relaxed)
        case .pending: unsafe cells.pointee.pending.load(ordering: .relaxed)
        case .requests: unsafe cells.pointee.requests.load(ordering: .relaxed)
        case .retries: unsafe cells.pointee.retries.load(ordering: .relaxed)
        }
    }

    /// How many may be in use now; retries under a budget follow the requests.
    func maximum(of resource: Resource) -> Int {
        switch resource {
        case .connections: return limits.connections
        case .pending: return limits.pending
        case .requests: return limits.requests
        case .retries:
            if limits.retryBudget == nil { return limits.retries }
            let active = Double(count(of: .requests) + count(of: .pending))
            return max(budgetMinimum, Int(active * budgetFraction))
        }
    }

    /// How many more may be taken (Envoy's `remaining_...`).
    func remaining(_ resource: Resource) -> Int {
        max(0, maximum(of: resource) - count(of: resource))
    }

    /// Whether the next is refused (Envoy's `..._open`).
    func isOpen(_ resource: Resource) -> Bool { remaining(resource) == 0 }
}

/// A limit of connections at a time, shared by all workers.
final class ConnectionLimit: Sendable {
    private let counter = Atomic<Int>(0)
    /// The most connections; 0 is no limit.
    let maximum: Int

    init(maximum: Int) {
        self.maximum = maximum
    }

    /// How many there are.
    var count: Int { counter.load(ordering: .relaxed) }

    /// Takes one more unless there are too many.
    func take() -> Bool { counter.increment(below: maximum == 0 ? .max : maximum) }

    /// Takes one more unless there are so many; 0 is no limit.
    func take(below most: Int) -> Bool { counter.increment(below: most == 0 ? .max : most) }

    /// Gives one back.
    func giveBack() {
        counter.subtract(1, ordering: .relaxed)
    }
}
