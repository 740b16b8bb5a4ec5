import Basics
import Reactor
import Records

/// The program's own log as records: `time`, `level`, `message` and what else a line has.
@MainLoop final class JournalSource: Source {
    let id: String
    private let tagText: String
    private let tap: JournalTap
    private let owner = QuietOwner()

    init(id: String, tag: String, tap: JournalTap) {
        self.id = id
        tagText = tag
        self.tap = tap
    }

    func run(into intake: any Intake) async throws(Failure) {
        tap.start()
        while await tap.wait() {
            // A full sink must not keep lines waiting for ever: the queue is bounded and drops.
            try await intake.room()
            hand(tap.take(), intake)
        }
        hand(tap.take(), intake)
    }

    func finish(by deadline: Instant) {
        tap.close()
    }

    func close() async {
        tap.close()
    }

    private func hand(_ taken: (lines: [String], dropped: Int), _ intake: any Intake) {
        guard !taken.lines.isEmpty else { return }
        let now = intake.clock.wall
        let receipt = Receipt(owner.lot(of: taken.lines.count))
        let tag = intake.tag(tagText)
        var bytes = 0
        let events = taken.lines.enumerated().map { index, line in
            bytes += line.utf8.count
            var fields = Self.fields(of: line)
            if index == taken.lines.count - 1, taken.dropped > 0 {
                fields.update("left_out", .integer(Int64(taken.dropped)))
            }
            return Event(.fields(fields), time: now, tag: tag, receipt: receipt)
        }
        intake.take(events, bytes: bytes)
    }

    /// A line of the journal taken apart: `TIME level message`, or an object.
    static func fields(of line: String) -> Fields {
        let bytes = Array(line.utf8)
        if bytes.first == 0x7B, let fields = try? JSONReader.fields(bytes.span) { return fields }
        let parts = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: true)
        guard parts.count == 3, Journal.Level(rawValue: String(parts[1])) != nil else {
            return ["message": .text(line)]
        }
        let message = parts[2].drop { $0 == " " }
        return [
            "time": .text(String(parts[0])), "level": .text(String(parts[1])),
            "message": .text(String(message)),
        ]
    }
}
