import Basics
public import Reactor

/// Where a response without a task takes its body from: see `HTTPResponder.feed`.
@MainLoop public protocol BodySupply: AnyObject {
    /// Begins; `wake` is to be called whenever `next` has something after it had nothing.
    func begin(_ wake: @escaping @MainLoop () -> Void)
    /// What follows.
    func next() -> BodyPiece
    /// Called once: the client has left, or has got everything.
    func close()
}

/// The rest of a response, brought to its client by call-backs alone.
///
/// A task that waits for changes and another that waits for the client's leaving cost 20 KiB; this
/// costs less than one, which counts with a thousand watchers. It asks the supply only when the socket
/// takes more, so that what waits is bounded by the supply. A client that takes nothing for
/// `HTTPLimits.stalledStream` is left.
@MainLoop final class BodyFeed {
    /// How a feed ended.
    enum Outcome {
        /// All was sent; the connection can take another request.
        case reusable
        /// All was sent, and the connection is to be closed.
        case complete
        /// The client has left or the connection is broken.
        case broken
    }

    let connection: ServerConnection
    private var flow: BodyFlow
    private var supply: (any BodySupply)?
    private let keepsAlive: Bool
    private var round: FeedRound?
    private var isQueued = false
    private var isBlocked = false
    private var stall: Alarm?
    private var whenOver: ((Outcome) -> Void)?
    /// About how many bytes go to one client before the others get a turn.
    private static let patience = 256 << 10

    init(
        _ connection: ServerConnection,
        _ form: BodyForm,
        keepsAlive: Bool,
        _ supply: any BodySupply
    ) {
        self.connection = connection
        flow = BodyFlow(form)
        self.keepsAlive = keepsAlive
        self.supply = supply
    }

    /// Begins; from here on no task may use the connection until `whenOver` is called.
    func start(in round: FeedRound, _ whenOver: @escaping (Outcome) -> Void) {
        self.round = round
        self.whenOver = whenOver
        connection.whenPeerGone { [weak self] in self?.end(.broken) }
        guard let supply else { return }
        // What came with the request may be decrypted already.
        if connection.receiveNow() { listen() }
        supply.begin { [weak self] in self?.wake() }
        wake()
    }

    /// Ends without a word.
    func abort() {
        end(.broken)
    }

    /// Sends what there is when the others had their turn; nothing if it is to do so already.
    private func wake() {
        guard !isQueued, !isBlocked, supply != nil, let round else { return }
        isQueued = true
        round.add(self)
    }

    /// Sends until the supply has nothing or the socket takes no more.
    func pump() {
        isQueued = false
        guard !isBlocked, let supply else { return }
        var sent = 0
        do throws(Failure) {
            while let bytes = flow.next({ supply.next() }) {
                guard sent < Self.patience else { return wake() }
                let count = try connection.channel.writeNow(bytes)
                guard count > 0 else { return try block() }
                flow.took(count)
                sent += count
            }
            guard flow.isOver else { return }
            guard try connection.channel.flushNow() else { return try block() }
            end(keepsAlive ? .reusable : .complete)
        } catch {
            end(.broken)
        }
    }

    private func block() throws(Failure) {
        isBlocked = true
        try connection.channel.call(when: .writing) { [weak self] in
            guard let self else { return }
            self.isBlocked = false
            self.stall = nil
            self.pump()
        }
        let limits = connection.limits
        let limit = flow.isEnding ? limits.writing : limits.stalledStream
        stall = Alarm(at: Loop.main.now + limit) { [weak self] in self?.end(.broken) }
    }

    /// Notices when the client leaves, and keeps what it sends early.
    private func listen() {
        do throws(Failure) {
            try connection.channel.call(when: .reading) { [weak self] in
                guard let self, self.connection.receiveNow() else { return }
                self.listen()
            }
        } catch {
            end(.broken)
        }
    }

    private func end(_ outcome: Outcome) {
        guard let supply else { return }
        self.supply = nil
        stall = nil
        connection.channel.forgetCalls()
        connection.forgetFarewells()
        if case .broken = outcome { connection.abort() }
        supply.close()
        let call = whenOver
        whenOver = nil
        call?(outcome)
    }
}

/// Sends what was changed for many clients in few turns of the loop, others' tasks in between.
@MainLoop final class FeedRound {
    private var waiting: [BodyFeed] = []
    private var position = 0
    private var isUnderWay = false
    /// Clients that are served in one turn.
    private static let turnMaximum = 128
    /// Served ones that are kept in the list.
    private static let keptMaximum = 1024

    func add(_ feed: BodyFeed) {
        waiting.append(feed)
        goOn()
    }

    private func goOn() {
        guard !isUnderWay else { return }
        isUnderWay = true
        Loop.main.callNextTurn { self.turn() }
    }

    private func turn() {
        let end = min(position + Self.turnMaximum, waiting.count)
        while position < end {
            let feed = waiting[position]
            position += 1
            feed.pump()
        }
        isUnderWay = false
        if position == waiting.count || position > Self.keptMaximum {
            waiting.removeFirst(position)
            position = 0
        }
        if !waiting.isEmpty { goOn() }
    }
}
