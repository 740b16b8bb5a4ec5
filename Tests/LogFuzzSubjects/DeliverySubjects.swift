import Basics
import LogPipeline

/// Answers to bulk requests: whatever comes, judging ends, speaks of records that were sent only, and of each
/// once; and a text that was cut short is never one that says that all was delivered.
public func fuzzBulkAnswer(_ bytes: [UInt8]) {
    for count in [0, 1, 3] {
        for isCreate in [false, true] {
            let answer = BulkAnswer.judge(bytes.span, count: count, isCreate: isCreate)
            guard case .partly(let verdicts)? = answer else { continue }
            precondition(!verdicts.isEmpty && verdicts.count <= count, "too many verdicts")
            var last = -1
            for verdict in verdicts {
                precondition(verdict.item > last && verdict.item < count, "a record out of place")
                last = verdict.item
            }
        }
    }
    guard !bytes.isEmpty else { return }
    let cut = Array(bytes.dropLast())
    if case .delivered? = BulkAnswer.judge(cut.span, count: 1, isCreate: true) {
        precondition(BulkAnswer.judge(bytes.span, count: 1, isCreate: true) != .partly([]), "empty")
    }
}

/// Segments of the log buffer: what is read of any bytes lies in them, and is written again as it was.
public func fuzzLogBuffer(_ bytes: [UInt8]) {
    for segment in [bytes, BufferFrame.magic + bytes] {
        guard let survey = BufferFrame.survey(segment.span) else { continue }
        precondition(
            survey.end >= BufferFrame.magic.count && survey.end <= segment.count,
            "its end"
        )
        var at = BufferFrame.magic.count
        var frames = 0
        var units = 0
        while at < survey.end {
            guard let length = BufferFrame.length(segment.span, at: at), at + length <= survey.end,
                let frame = BufferFrame(segment.span.extracting(at..<(at + length)))
            else { preconditionFailure("a frame that was surveyed cannot be read") }
            precondition(frame.encoded == Array(segment[at..<(at + length)]), "another text")
            frames += 1
            units += frame.unitSum
            at += length
        }
        precondition(frames == survey.frames && units == survey.units, "counts")
    }
}
