import Synchronization

/// What all threads know of one host: its flags, and what workers saw of its answers.
///
/// Workers write what they saw and read the flags; the control thread writes the flags and takes the
/// totals. On the path of requests it is reached through `shared`, which counts no references; whoever
/// holds a `Shared` holds the `HostHealth` too.
@safe final class HostHealth: @unchecked Sendable {
    /// Why a host is not used, or less.
    struct Flags: OptionSet, Sendable {
        let rawValue: UInt32
        /// An active check failed.
        static let failedCheck = Self(rawValue: 1)
        /// Its answers were too bad.
        static let ejected = Self(rawValue: 2)
        /// It failed as often as nginx's `max_fails` says.
        static let setAside = Self(rawValue: 4)
        /// It is not to be used before its first check.
        static let pending = Self(rawValue: 8)
        /// It is what it should not be: a standby where the primary is wanted.
        static let wrongRole = Self(rawValue: 16)
        /// It asks for less traffic.
        static let degraded = Self(rawValue: 32)
        /// Each of these means unhealthy.
        static let unhealthy: Self = [.failedCheck, .ejected, .setAside, .pending, .wrongRole]
    }

    fileprivate struct Cells: ~Copyable {
        let flags = Atomic<UInt32>(0)
        let consecutive5xx = Atomic<Int>(0)
        let consecutiveGateway = Atomic<Int>(0)
        let answers = Atomic<Int>(0)
        let successes = Atomic<Int>(0)
        let uses = Atomic<Int>(0)
        let requests = Atomic<Int>(0)
        let timeouts = Atomic<Int>(0)
        let connections = Atomic<Int>(0)
        let connectionsTotal = Atomic<Int>(0)
        let connectFailures = Atomic<Int>(0)
    }

    /// What workers counted at the host since it is known, for `/clusters`.
    struct Counts: Sendable, Hashable {
        /// Requests that were given to it, retries included.
        var requests = 0
        /// Requests, and connections of relays, that are under way.
        var uses = 0
        /// Requests that were answered with less than 500; relays that were connected.
        var successes = 0
        /// Requests that were answered otherwise or not at all; relays that were not connected.
        var errors = 0
        /// Requests that took too long.
        var timeouts = 0
        /// Connections that are open or being made.
        var connections = 0
        /// All connections that were begun.
        var connectionsTotal = 0
        /// Those of them that were not made.
        var connectFailures = 0
    }

    private let cells: UnsafeMutablePointer<Cells>

    init(flags: Flags = []) {
        unsafe cells = .allocate(capacity: 1)
        unsafe cells.initialize(to: Cells())
        self.flags = flags
    }

    deinit {
        unsafe cells.deinitialize(count: 1)
        unsafe cells.deallocate()
    }

    /// The cells, without a reference.
    var shared: Shared { unsafe Shared(cells: cells) }

    /// Why it is not used, or less.
    var flags: Flags {
        get { Flags(rawValue: unsafe cells.pointee.flags.load(ordering: .relaxed)) }
        set { unsafe cells.pointee.flags.store(newValue.rawValue, ordering: .relaxed) }
    }

    /// Sets or takes away flags.
    ///
    /// - Returns: Whether anything changed.
    func set(_ flags: Flags, to isOn: Bool) -> Bool {
        let before =
            if isOn {
                unsafe cells.pointee.flags.bitwiseOr(flags.rawValue, ordering: .relaxed).oldValue
            } else {
                unsafe cells.pointee.flags.bitwiseAnd(~flags.rawValue, ordering: .relaxed).oldValue
            }
        return Flags(rawValue: before).isSuperset(of: flags) != isOn
    }

    /// The answers and successes since the host is known.
    var totals: (answers: Int, successes: Int) {
        // An answer between the two counts later as a success of the next interval, at most one a worker.
        let answers = unsafe cells.pointee.answers.load(ordering: .relaxed)
        let successes = unsafe cells.pointee.successes.load(ordering: .relaxed)
        return (answers, min(successes, answers))
    }

    /// What workers counted so far.
    var counts: Counts {
        let (answers, successes) = totals
        return Counts(
            requests: unsafe cells.pointee.requests.load(ordering: .relaxed),
            uses: unsafe cells.pointee.uses.load(ordering: .relaxed),
            successes: successes,
            errors: answers - successes,
            timeouts: unsafe cells.pointee.timeouts.load(ordering: .relaxed),
            connections: unsafe cells.pointee.connections.load(ordering: .relaxed),
            connectionsTotal: unsafe cells.pointee.connectionsTotal.load(ordering: .relaxed),
            connectFailures: unsafe cells.pointee.connectFailures.load(ordering: .relaxed)
        )
    }

    /// Begins the counts of failures in a row anew.
    func forgetFailures() {
        unsafe cells.pointee.consecutive5xx.store(0, ordering: .relaxed)
        unsafe cells.pointee.consecutiveGateway.store(0, ordering: .relaxed)
    }

    /// The cells of a host that somebody else holds alive.
    @safe struct Shared {
        fileprivate let cells: UnsafeMutablePointer<Cells>

        /// How many requests of all workers use the host.
        var uses: Int { unsafe cells.pointee.uses.load(ordering: .relaxed) }

        func addUse() {
            unsafe cells.pointee.uses.add(1, ordering: .relaxed)
        }

        func endUse() {
            unsafe cells.pointee.uses.subtract(1, ordering: .relaxed)
        }

        /// Counts a request that is given to the host.
        func countRequest() {
            unsafe cells.pointee.requests.add(1, ordering: .relaxed)
        }

        /// Counts a request that took too long.
        func countTimeout() {
            unsafe cells.pointee.timeouts.add(1, ordering: .relaxed)
        }

        /// Counts a connection that is begun.
        func addConnection() {
            unsafe cells.pointee.connections.add(1, ordering: .relaxed)
            unsafe cells.pointee.connectionsTotal.add(1, ordering: .relaxed)
        }

        /// Counts the end of a connection.
        func endConnection() {
            unsafe cells.pointee.connections.subtract(1, ordering: .relaxed)
        }

        /// Counts a connection that was not made.
        func countConnectFailure() {
            unsafe cells.pointee.connectFailures.add(1, ordering: .relaxed)
        }

        /// Takes a use unless there are as many already.
        func takeUse(below maximum: Int) -> Bool {
            unsafe cells.pointee.uses.increment(below: maximum)
        }

        /// Notes what came of a request.
        ///
        /// - Returns: Which counts reached their thresholds with this one; the control thread is to be told.
        func note(_ result: Outcome, _ thresholds: Thresholds) -> Reached {
            unsafe cells.pointee.answers.add(1, ordering: .relaxed)
            if result == .success {
                unsafe cells.pointee.successes.add(1, ordering: .relaxed)
                // Reading is cheaper than writing what is there already.
                if unsafe cells.pointee.consecutive5xx.load(ordering: .relaxed) != 0 {
                    unsafe cells.pointee.consecutive5xx.store(0, ordering: .relaxed)
                }
                if unsafe cells.pointee.consecutiveGateway.load(ordering: .relaxed) != 0 {
                    unsafe cells.pointee.consecutiveGateway.store(0, ordering: .relaxed)
                }
                return []
            }
            var reached: Reached = []
            let failures = unsafe cells.pointee.consecutive5xx.add(1, ordering: .relaxed).newValue
            if failures == thresholds.consecutive5xx { reached.insert(.consecutive5xx) }
            if result == .serverError {
                unsafe cells.pointee.consecutiveGateway.store(0, ordering: .relaxed)
            } else {
                let count = unsafe cells.pointee.consecutiveGateway.add(1, ordering: .relaxed)
                if count.newValue == thresholds.consecutiveGateway {
                    reached.insert(.consecutiveGateway)
                }
            }
            return reached
        }
    }

    /// What came of a request.
    enum Outcome: Sendable {
        /// Any status below 500.
        case success
        /// 500 and more, but none of the following.
        case serverError
        /// 502, 503, 504, or no answer at all.
        case gatewayFailure

        init(status: Int) {
            self =
                switch status {
                case 502, 503, 504: .gatewayFailure
                case 500...: .serverError
                default: .success
                }
        }
    }

    /// Failures in a row that the control thread wants to hear of; 0 is never.
    struct Thresholds: Sendable {
        var consecutive5xx = 0
        var consecutiveGateway = 0
    }

    /// Thresholds that were reached.
    struct Reached: OptionSet, Sendable {
        let rawValue: UInt8
        static let consecutive5xx = Self(rawValue: 1)
        static let consecutiveGateway = Self(rawValue: 2)
    }
}

extension Atomic<Int> {
    /// Adds one unless the value is as large already; exact under any number of threads.
    @inline(__always)
    func increment(below maximum: Int) -> Bool {
        var value = load(ordering: .relaxed)
        while value < maximum {
            let (isDone, seen) = weakCompareExchange(
                expected: value,
                desired: value + 1,
                ordering: .relaxed
            )
            if isDone { return true }
            value = seen
        }
        return false
    }
}
