internal import Basics
internal import Formats

extension TimelineBook {
    var ledger: JSON {
        var writer = LedgerWriter()
        writer.put("zero", zero)
        writer.put("length", length)
        writer.put("pages", .array(pages.map(\.ledger)))
        return writer.json
    }

    /// Reads the pages back; the names come from the pod.
    mutating func read(_ reader: LedgerReader) throws(Failure) {
        restore(zero: try reader.instant("zero"))
        length = try reader.int64("length")
        let stored = try reader.array("pages")
        // Ephemeral containers may have been added since.
        guard stored.count <= pages.count else { throw reader.wrong("pages") }
        for (index, json) in stored.enumerated() {
            pages[index] = try Page(
                ledger: LedgerReader(json, "\(reader.path).pages[\(index)]"),
                count: stored.count
            )
        }
    }
}

extension TimelineBook.Page {
    /// Runs as `[attempt, exit code or -1, marks...]`, waits as `[code, from, to or -1]`.
    var ledger: JSON {
        var writer = LedgerWriter()
        writer.put("dropped", dropped)
        let rows = runs.map { run -> JSON in
            let head = [Int64(run.attempt), Int64(run.exitCode ?? -1)]
            return .array((head + run.marks).map { .int($0) })
        }
        writer.put("runs", .array(rows))
        let spans = waits.map { wait -> JSON in
            .array([.string(wait.reason.code), .int(wait.from), .int(wait.to ?? -1)])
        }
        writer.put("waits", .array(spans))
        return writer.json
    }

    init(ledger reader: LedgerReader, count: Int) throws(Failure) {
        dropped = try reader.int("dropped")
        for row in try reader.array("runs") {
            guard case .array(let cells) = row, cells.count == 2 + Timeline.Mark.allCases.count
            else {
                throw reader.wrong("runs")
            }
            let numbers = cells.compactMap(\.int)
            guard numbers.count == cells.count else { throw reader.wrong("runs") }
            runs.append(
                TimelineBook.Run(
                    attempt: numbers[0],
                    marks: numbers.dropFirst(2).map { Int64($0) },
                    exitCode: numbers[1] < 0 ? nil : numbers[1]
                )
            )
        }
        for span in try reader.array("waits") {
            guard case .array(let cells) = span, cells.count == 3,
                case .string(let code) = cells[0], let from = cells[1].int, let to = cells[2].int,
                let reason = WaitReason(code: code, count: count)
            else { throw reader.wrong("waits") }
            let end = to < 0 ? nil : Int64(to)
            waits.append(TimelineBook.Wait(reason: reason, from: Int64(from), to: end))
        }
    }
}
