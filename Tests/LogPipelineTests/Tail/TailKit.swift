import Basics
import Reactor
import Records
import System
import TestKit

@testable import LogPipeline

/// An intake that keeps lines and ends their records at once, or when told.
@MainLoop final class LineIntake: Intake {
    private(set) var lines: [String] = []
    private(set) var tags: [String] = []
    private(set) var fields: [Fields] = []
    private(set) var receipts: [Receipt] = []
    private(set) var bytes = 0
    private(set) var repeated = 0
    private(set) var skipped = 0
    var settles = true
    let clock = WallClock.machine
    var keepsFields = false
    private let table = TagTable()
    private var waiting: [AsyncQueue<Bool>] = []
    /// How many records it takes until there is room no more.
    var limit = Int.max { didSet { wake() } }

    func take(_ events: [Event], bytes: Int) {
        self.bytes += bytes
        for event in events {
            if case .line(let line) = event.body {
                lines.append(String(decoding: Array(copying: line.span), as: UTF8.self))
            }
            tags.append(event.tag.text)
            var event = event
            if keepsFields { fields.append(event.fields) }
            if settles { event.receipt.end() } else { receipts.append(event.receipt) }
        }
    }

    func room() async throws(Failure) {
        while !hasRoom {
            let queue = AsyncQueue<Bool>(capacity: 1)
            waiting.append(queue)
            if await queue.next() == nil { throw Failure(.cancelled, "no room any more") }
        }
    }

    var hasRoom: Bool { lines.count < limit }

    func note(repeated: Int, skipped: Int) {
        self.repeated += repeated
        self.skipped += skipped
    }

    func tag(_ text: String) -> Tag { table.tag(text) }

    func settleAll() {
        for receipt in receipts { receipt.end() }
        receipts = []
    }

    func clear() {
        lines = []
        tags = []
        fields = []
    }

    private func wake() {
        for queue in waiting { queue.send(true) }
        waiting = []
    }
}

/// A tail source on real files, run for the length of a test.
@MainLoop final class RunningTail {
    let source: TailSource
    let intake: LineIntake
    private let task: Task<String?, Never>

    init(
        _ settings: TailSettings,
        tag: String = "test",
        checkpoints: any Checkpoints,
        intake: LineIntake,
        podStart: Timestamp = Timestamp(seconds: 0),
        warn: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        let source = TailSource(
            id: "tail",
            tag: tag,
            settings: settings,
            checkpoints: checkpoints,
            podStart: podStart,
            journal: Journal(level: .warning, isJSON: false, time: { "" }, write: warn)
        )
        self.source = source
        self.intake = intake
        task = Task { @MainLoop in
            do throws(Failure) {
                try await source.run(into: intake)
                return nil
            } catch {
                return "\(error)"
            }
        }
    }

    /// Waits until so many lines came.
    func lines(_ count: Int) async throws {
        try await eventually(within: .seconds(20), "\(count) lines", every: .milliseconds(2)) {
            self.intake.lines.count >= count
        }
    }

    /// Ends in order.
    func finish() async -> String? {
        source.finish(by: Loop.main.now + .seconds(20))
        let outcome = await task.value
        await source.close()
        return outcome
    }

    /// Ends as `kill -9` does: nothing more is written down.
    func kill() async {
        source.saveAlarm?.cancel()
        task.cancel()
        _ = await task.value
        source.reader?.close()
    }
}
