import Basics
import Records

/// Lines and a rule that the first byte chooses: every line comes out once, in the order of its group.
public func fuzzRecordMultiline(_ bytes: [UInt8]) {
    let forms: [MultilineRule.Form] = [
        .builtIn("java"), .builtIn("python"), .builtIn("go"), .builtIn("ruby"), .builtIn("cri"),
        .firstLine(#"^\d"#), .endsWith(#"\"#, negated: true), .endsWith(";", negated: false),
        .condition(start: "^[^ ]", condition: "^ ", mode: "continue_through"),
        .condition(start: ".", condition: ";$", mode: "halt_with"),
        .condition(start: "", condition: "^A", mode: "halt_before"),
        .condition(start: #"\\$"#, condition: #"\\$"#, mode: "continue_past"),
    ]
    var rule = MultilineRule(forms[Int(bytes.first ?? 0) % forms.count])
    rule.bytesMaximum = 200
    rule.linesMaximum = 7
    guard let joiner = try? MultilineJoiner<Bool, Int>(rule) else {
        preconditionFailure("the rule is not understood")
    }
    let lines = bytes.dropFirst().split(separator: 10, omittingEmptySubsequences: false)
    var records: [JoinedLines<Bool, Int>] = []
    var now = Instant.zero
    for (index, line) in lines.enumerated() {
        let isPartial: Bool? =
            rule.form == .builtIn("cri") && index % 3 != 2 ? line.first == 0x50 : nil
        joiner.append(
            Array(line).span,
            isPartial: isPartial,
            group: line.last == 0x21,
            reference: index,
            now: now,
            to: &records
        )
        now = now + .milliseconds(index % 5 * 1000)
        if let due = joiner.nextFlush, due <= now { joiner.flush(now: now, to: &records) }
        precondition(joiner.nextFlush.map { $0 > now } ?? true, "a record waits too long")
    }
    joiner.finish(to: &records)
    precondition(joiner.pendingCount == 0 && joiner.nextFlush == nil, "a record is left")
    for group in [true, false] {
        let own = records.filter { $0.group == group }
        let all = own.flatMap(\.references)
        let wanted = Array(0..<lines.count)
        precondition(
            all == wanted.filter { (lines[$0].last == 0x21) == group },
            "lines are lost or twice"
        )
        for record in own {
            let size = record.references.reduce(0) { $0 + lines[$1].count }
            precondition(record.text.count >= size, "a text is too short")
            precondition(record.references.count <= 7, "too many lines")
            precondition(record.references.count == 1 || record.text.count <= 200, "too long")
        }
    }
}
