internal import Basics

/// The timeline as it is being written: cheap to add to, spelled out only when asked for.
struct TimelineBook: Sendable, Hashable {
    struct Run: Sendable, Hashable {
        var attempt: Int
        /// Milliseconds by the position of the mark in `Timeline.Mark.allCases`; -1 is not reached.
        var marks: [Int64]
        var exitCode: Int?
    }

    struct Wait: Sendable, Hashable {
        var reason: WaitReason
        var from: Int64
        var to: Int64?
    }

    struct Page: Sendable, Hashable {
        var runs: [Run] = []
        var dropped = 0
        var waits: [Wait] = []
    }

    private(set) var names: [String]
    let limit: Int
    /// The instant of millisecond 0.
    private(set) var zero = Instant.zero
    private(set) var isOpen = false
    var pages: [Page]
    /// The last millisecond that was entered.
    var length: Int64 = 0
    /// Waits kept per container.
    static let waitsLimit = 64

    init(names: [String], limit: Int) {
        self.names = names
        self.limit = limit
        self.pages = Array(repeating: Page(), count: names.count)
    }

    /// Adds a container at the end.
    mutating func add(_ name: String) {
        names.append(name)
        pages.append(Page())
    }

    mutating func begin(_ now: Instant) {
        guard !isOpen else { return }
        zero = now
        isOpen = true
    }

    /// Restores the origin from a ledger.
    mutating func restore(zero: Instant) {
        self.zero = zero
        isOpen = true
    }

    func milliseconds(_ now: Instant) -> Int64 { max(0, (now - zero).milliseconds) }

    /// Enters a mark once; the first one counts.
    mutating func mark(_ mark: Timeline.Mark, _ index: Int, _ attempt: Int, _ now: Instant) {
        let position = run(index, attempt)
        guard let place = Self.place(mark), pages[index].runs[position].marks[place] < 0 else {
            return
        }
        pages[index].runs[position].marks[place] = milliseconds(now)
        length = max(length, milliseconds(now))
    }

    mutating func exited(_ index: Int, _ attempt: Int, _ code: Int, _ now: Instant) {
        mark(.exited, index, attempt, now)
        pages[index].runs[run(index, attempt)].exitCode = code
    }

    /// Notes what a container waits for from now on; nil if it does not wait.
    mutating func wait(_ index: Int, for reason: WaitReason?, _ now: Instant) {
        let last = pages[index].waits.indices.last
        if let last, pages[index].waits[last].to == nil {
            if pages[index].waits[last].reason == reason { return }
            pages[index].waits[last].to = milliseconds(now)
            length = max(length, milliseconds(now))
        }
        guard let reason else { return }
        if pages[index].waits.count >= Self.waitsLimit { pages[index].waits.removeFirst() }
        pages[index].waits.append(Wait(reason: reason, from: milliseconds(now), to: nil))
    }

    private mutating func run(_ index: Int, _ attempt: Int) -> Int {
        if let position = pages[index].runs.lastIndex(where: { $0.attempt == attempt }) {
            return position
        }
        if pages[index].runs.count >= limit {
            pages[index].runs.removeFirst()
            pages[index].dropped += 1
        }
        let marks = [Int64](repeating: -1, count: Timeline.Mark.allCases.count)
        pages[index].runs.append(Run(attempt: attempt, marks: marks, exitCode: nil))
        return pages[index].runs.count - 1
    }

    static func place(_ mark: Timeline.Mark) -> Int? { Timeline.Mark.allCases.firstIndex(of: mark) }

    /// The timeline spelled out.
    func timeline(until now: Instant) -> Timeline {
        var longest = length
        let containers = zip(names, pages).map { name, page in
            Timeline.Container(
                name: name,
                runs: page.runs.map(Self.spell),
                runsDropped: page.dropped,
                waits: page.waits.map { wait in
                    if wait.to == nil { longest = max(longest, milliseconds(now)) }
                    return Timeline.Wait(
                        reason: wait.reason.text(names),
                        from: wait.from,
                        to: wait.to
                    )
                }
            )
        }
        return Timeline(containers: containers, length: longest)
    }

    private static func spell(_ run: Run) -> Timeline.Run {
        var marks: [Timeline.Mark: Int64] = [:]
        for (mark, at) in zip(Timeline.Mark.allCases, run.marks) where at >= 0 { marks[mark] = at }
        return Timeline.Run(attempt: run.attempt, marks: marks, exitCode: run.exitCode)
    }
}
