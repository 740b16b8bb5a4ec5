internal import Basics
internal import Reactor

/// What a client has sent on one connection and the pod has not taken yet.
@MainLoop final class Inbox {
    /// How much waits, in bytes.
    fileprivate(set) var held = 0
    /// How many pieces were taken.
    fileprivate var taken = 0
    private let pieces = AsyncQueue<[UInt8]>(capacity: 1 << 16)
    private let budget: InboxBudget
    /// Ends the connection, whose other side takes nothing.
    fileprivate let onStuck: @MainLoop () -> Void

    fileprivate init(_ budget: InboxBudget, onStuck: @escaping @MainLoop () -> Void) {
        self.budget = budget
        self.onStuck = onStuck
    }

    /// Adds a piece; after that the budget says whether more may be read.
    func put(_ bytes: [UInt8]) {
        guard !bytes.isEmpty, pieces.send(bytes) else { return }
        held += Self.cost(bytes)
    }

    /// The next piece; `nil` at the end.
    func next() async -> [UInt8]? {
        guard let bytes = await pieces.next() else { return nil }
        held -= Self.cost(bytes)
        taken += 1
        budget.hasChanged()
        return bytes
    }

    /// Nothing follows; what waits is still taken.
    func finish() { pieces.finish() }

    /// Nothing more is taken.
    func close() {
        pieces.finish()
        held = 0
        budget.remove(self)
    }

    /// A piece costs its bytes and what it takes to keep them.
    private static func cost(_ bytes: [UInt8]) -> Int { bytes.count + 64 }
}

/// What may wait for all connections of one client together.
///
/// SPDY's clients obey no windows, so the only way to hold one connection back is to read nothing of any.
/// Each connection may therefore leave a good deal waiting; only when one has used that up does reading
/// stop, until its pod takes something, for a while at most: then that connection is given up, so that the
/// others go on. While nothing is read the client is sent something each second, because the connection of
/// a client that is gone breaks by that.
@MainLoop final class InboxBudget {
    /// The numbers.
    struct Limits: Sendable {
        /// The most bytes that wait for one connection.
        var inbox = 2 << 20
        /// The most bytes that wait for all.
        var total = 16 << 20
        /// How long one that takes nothing holds up others.
        var patience = Duration.seconds(10)
        /// How long one that takes nothing holds up those that may not have been read of.
        var lonelyPatience = Duration.seconds(60)
        /// How often the client is sent something.
        var tick = Duration.seconds(1)
    }

    private let limits: Limits
    private var inboxes: [Inbox] = []
    private let changes = AsyncQueue<Bool>(capacity: 1)
    private var isClosed = false

    init(_ limits: Limits = Limits()) {
        self.limits = limits
    }

    /// A place for what comes on a new connection; `onStuck` is called if it is given up.
    func makeInbox(onStuck: @escaping @MainLoop () -> Void) -> Inbox {
        let inbox = Inbox(self, onStuck: onStuck)
        inboxes.append(inbox)
        return inbox
    }

    /// The client has left: nobody waits any more.
    func close() {
        isClosed = true
        changes.finish()
    }

    /// Waits until more may be read.
    ///
    /// - Parameter knock: Sends something to the client without waiting; whoever notices that it cannot be
    ///   sent calls `close`.
    func waitForRoom(knock: @MainLoop () -> Void) async {
        guard fullest != nil else { return }
        let ticker = Task { @MainLoop in
            while (try? await Loop.main.sleep(for: limits.tick)) != nil { changes.send(true) }
        }
        defer { ticker.cancel() }
        while !isClosed, let full = fullest {
            var taken = full.taken
            var since = Loop.main.now
            var nextKnock = since + limits.tick
            while fullest === full, await changes.next() != nil {
                let now = Loop.main.now
                if full.taken != taken { (taken, since) = (full.taken, now) }
                if now >= nextKnock {
                    nextKnock = now + limits.tick
                    knock()
                }
                let patience = inboxes.count > 1 ? limits.patience : limits.lonelyPatience
                guard now - since >= patience else { continue }
                full.close()
                full.onStuck()
            }
        }
    }

    /// The connection for which the most waits, if that is too much.
    private var fullest: Inbox? {
        guard let full = inboxes.max(by: { $0.held < $1.held }),
            full.held > limits.inbox || inboxes.reduce(0, { $0 + $1.held }) > limits.total
        else { return nil }
        return full
    }

    fileprivate func hasChanged() { changes.send(true) }

    fileprivate func remove(_ inbox: Inbox) {
        inboxes.removeAll { $0 === inbox }
        hasChanged()
    }
}
