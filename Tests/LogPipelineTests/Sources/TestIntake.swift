import Basics
import Reactor
import Records

@testable import LogPipeline

/// An intake that keeps what it is handed.
@MainLoop final class TestIntake: Intake {
    private(set) var events: [Event] = []
    private(set) var bytes = 0
    private(set) var skipped = 0
    var hasRoom = true
    let clock = WallClock.machine
    /// Ends the records as soon as they come, as a sink would that delivers at once.
    var deliversAtOnce = false
    private let tags = TagTable()
    private var waiting: [AsyncQueue<Bool>] = []
    private var arrivals = AsyncQueue<Bool>(capacity: 1)

    func take(_ events: [Event], bytes: Int) {
        self.events += events
        self.bytes += bytes
        if deliversAtOnce { for event in events { event.receipt.end() } }
        arrivals.send(true)
    }

    func room() async throws(Failure) {
        if Task.isCancelled { throw Failure(.cancelled, "cancelled") }
        while !hasRoom {
            let queue = AsyncQueue<Bool>(capacity: 1)
            waiting.append(queue)
            guard await queue.next() != nil else { throw Failure(.cancelled, "cancelled") }
        }
    }

    func makeRoom() {
        hasRoom = true
        for queue in waiting { queue.send(true) }
        waiting = []
    }

    func note(repeated: Int, skipped: Int) {
        self.skipped += skipped
        arrivals.send(true)
    }

    func tag(_ text: String) -> Tag { tags.tag(text) }

    /// Waits until so many records have come.
    func wait(for count: Int) async throws {
        try await wait { self.events.count >= count }
    }

    /// Waits for something that comes with records or notes.
    func wait(until isTrue: @escaping @MainLoop () -> Bool) async throws {
        try await Loop.main.withDeadline(.seconds(20), "wait for records") {
            while !isTrue() {
                guard await self.arrivals.next() != nil else { throw Failure(.cancelled, "late") }
            }
        }
    }

    /// Ends every record that came.
    func deliver() {
        for event in events { event.receipt.end() }
    }

    /// What the records say.
    var fields: [Fields] {
        events.map { event in
            var event = event
            return event.fields
        }
    }

    /// One field's text of each record.
    func texts(_ key: String) -> [String] {
        fields.map { fields in fields[key].map { ValueText.text($0) } ?? "-" }
    }
}

extension MessageFramer {
    /// All messages of pieces, as texts, and how many bytes made none.
    mutating func texts(of pieces: [[UInt8]]) -> (texts: [String], skipped: Int) {
        var texts: [String] = []
        var skipped = 0
        func add(_ found: FoundMessages) {
            texts += found.ranges.map { String(decoding: found.block[$0], as: UTF8.self) }
            skipped += found.skipped
        }
        for piece in pieces { add(take(piece)) }
        add(finish())
        return (texts, skipped)
    }
}

/// A text cut in two at every place, and byte by byte.
func cuts(_ bytes: [UInt8]) -> [[[UInt8]]] {
    (0...bytes.count).map { [Array(bytes[..<$0]), Array(bytes[$0...])].filter { !$0.isEmpty } }
        + [bytes.map { [$0] }]
}
