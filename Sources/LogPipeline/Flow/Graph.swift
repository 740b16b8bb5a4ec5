public import Basics
public import Reactor

/// How sources, stages and sinks hang together: records go in at one place and come out at sinks.
///
/// It asks no clock and waits for nothing; `Pipeline` drives it.
@MainLoop public final class Graph {
    /// How often a record may go back to the beginning (`rewrite_tag`) before it leaves as failed.
    public static let hopsMaximum: UInt8 = 16

    /// Where records come out: a source's or transform's name, and a door (empty for the main one).
    public struct Door: Hashable, Sendable {
        /// The name.
        public var id: String
        /// The door.
        public var door: String

        /// Makes a door.
        public init(_ id: String, door: String = "") {
            self.id = id
            self.door = door
        }
    }

    private enum Target {
        case stage(any Stage, main: Door)
        case sink(any Sink)
    }

    private final class Node {
        let target: Target
        let matcher: TagMatcher
        let id: String

        init(_ id: String, _ target: Target, _ matcher: TagMatcher) {
            self.id = id
            self.target = target
            self.matcher = matcher
        }
    }

    /// The accounts.
    public let books: Books
    /// Is told what passes a stage, its name and the records, while somebody looks (`tap`).
    public var onPass: ((String, [Event]) -> Void)?
    private var nodes: [Node] = []
    private var consumers: [Door: [Int]] = [:]
    private var work: [(door: Door, events: [Event])] = []
    private var isWorking = false
    private let outlet = Outlet()

    /// Makes an empty graph.
    public init(books: Books) {
        self.books = books
    }

    // MARK: Building

    /// Adds a stage that takes what comes out of these doors and fits the match; the rest goes through.
    ///
    /// - Throws: `invalid` if the match has an expression that is none.
    public func add(
        _ stage: any Stage,
        id: String,
        from doors: [Door],
        match: TagMatch = TagMatch()
    ) throws(Failure) {
        let node = Node(id, .stage(stage, main: Door(id)), try TagMatcher(match))
        connect(node, doors)
    }

    /// Adds a sink that takes what comes out of these doors and fits the match.
    ///
    /// - Throws: `invalid` if the match has an expression that is none.
    public func add(
        _ sink: any Sink,
        from doors: [Door],
        match: TagMatch = TagMatch()
    ) throws(Failure) {
        connect(Node(sink.id, .sink(sink), try TagMatcher(match)), doors)
    }

    private func connect(_ node: Node, _ doors: [Door]) {
        nodes.append(node)
        for door in doors { consumers[door, default: []].append(nodes.count - 1) }
    }

    /// The sinks that records from a door may come to.
    public func sinks(reachedFrom door: Door) -> [any Sink] {
        var seen = Set<Int>()
        var found: [any Sink] = []
        var open = consumers[door] ?? []
        while let number = open.popLast() {
            guard seen.insert(number).inserted else { continue }
            switch nodes[number].target {
            case .sink(let sink): found.append(sink)
            case .stage:
                let name = nodes[number].id
                open += consumers.filter { $0.key.id == name }.flatMap(\.value)
            }
        }
        return found
    }

    // MARK: Running

    /// Puts records in at a door; they have come as far as they can when it returns.
    public func put(_ events: consuming [Event], from door: Door, at moment: Moment) {
        work.append((door, consume events))
        drain(at: moment)
    }

    /// When `wake` is to be called next.
    public var nextWake: Instant? {
        var earliest: Instant?
        for node in nodes {
            guard case .stage(let stage, _) = node.target, let wake = stage.nextWake
            else { continue }
            earliest = min(earliest ?? wake, wake)
        }
        return earliest
    }

    /// Lets stages hand on what they kept until now; with `isLast` all that they keep.
    public func wake(at moment: Moment, isLast: Bool = false) {
        // In order, so that what an earlier stage lets go is in a later one before that is asked.
        for node in nodes {
            guard case .stage(let stage, let main) = node.target else { continue }
            guard isLast || stage.nextWake.map({ $0 <= moment.instant }) ?? false else { continue }
            stage.wake(at: moment, isLast: isLast, into: outlet)
            collect(main)
            drain(at: moment)
        }
    }

    private func drain(at moment: Moment) {
        guard !isWorking else { return }
        isWorking = true
        defer { isWorking = false }
        while !work.isEmpty {
            let (door, events) = work.removeFirst()
            deliver(consume events, from: door, at: moment)
        }
    }

    private func deliver(_ events: consuming [Event], from door: Door, at moment: Moment) {
        if let onPass {
            onPass(door.door.isEmpty ? door.id : door.id + "." + door.door, events)
        }
        let takers = consumers[door] ?? []
        if takers.count == 1, case .stage = nodes[takers[0]].target {
            hand(consume events, to: nodes[takers[0]], at: moment)
            return
        }
        if takers.count == 1, nodes[takers[0]].matcher.takesAll {
            hand(consume events, to: nodes[takers[0]], at: moment)
            return
        }
        // Each taker's end of a record is waited for; one that nobody takes ends here.
        var shares = [[Event]](repeating: [], count: takers.count)
        for event in events {
            var count = 0
            for (place, number) in takers.enumerated() {
                let node = nodes[number]
                if case .sink = node.target, !node.matcher.fits(event.tag) { continue }
                count += 1
                if count > 1 {
                    event.receipt.expectAnother()
                    books.note(made: event.receipt.count, left: [:])
                }
                shares[place].append(event)
            }
            if count == 0 {
                books.note(made: 0, left: [.unrouted: event.receipt.count])
                event.receipt.end()
            }
        }
        for (place, number) in takers.enumerated() where !shares[place].isEmpty {
            hand(shares[place], to: nodes[number], at: moment)
        }
    }

    private func hand(_ events: consuming [Event], to node: Node, at moment: Moment) {
        switch node.target {
        case .sink(let sink): sink.accept(consume events, at: moment)
        case .stage(let stage, let main):
            if node.matcher.takesAll {
                stage.process(consume events, at: moment, into: outlet)
            } else {
                process(events, stage, node.matcher, at: moment)
            }
            collect(main)
        }
    }

    /// Hands runs of records that fit to a stage and lets the others through, in order.
    private func process(
        _ events: [Event],
        _ stage: any Stage,
        _ matcher: TagMatcher,
        at moment: Moment
    ) {
        var start = 0
        while start < events.count {
            let fits = matcher.fits(events[start].tag)
            var end = start + 1
            while end < events.count, matcher.fits(events[end].tag) == fits { end += 1 }
            let run = end - start == events.count ? events : Array(events[start..<end])
            if fits {
                stage.process(run, at: moment, into: outlet)
            } else {
                outlet.pass(run)
            }
            start = end
        }
    }

    private func collect(_ main: Door) {
        books.note(made: outlet.made, left: outlet.left)
        if !outlet.passed.isEmpty { work.append((main, outlet.passed)) }
        for (door, events) in outlet.named.sorted(by: { $0.key < $1.key }) {
            work.append((Door(main.id, door: door), door == "emitted" ? again(events) : events))
        }
        outlet.clear()
    }

    /// Counts the hops of records that go back, and ends those that go round in circles.
    private func again(_ events: [Event]) -> [Event] {
        var kept: [Event] = []
        kept.reserveCapacity(events.count)
        for var event in events {
            event.hops += 1
            if event.hops > Self.hopsMaximum {
                books.note(made: 0, left: [.failed: event.receipt.count])
                event.receipt.end()
            } else {
                kept.append(event)
            }
        }
        return kept
    }
}
