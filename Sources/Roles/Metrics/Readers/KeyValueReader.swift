/// Reads lines of `key=value` and `key: value`; also several pairs on one line with blanks between them.
///
/// Empty lines and those that begin with `#`, `;` or `//` are passed over. A number may be followed by `%` or by a
/// unit, which becomes part of the name: `latency: 12 ms`.
enum KeyValueReader {
    /// Reads a text.
    ///
    /// - Throws: That no pair is in it, or no number.
    static func read(
        _ bytes: [UInt8],
        _ options: ReadOptions,
        into set: inout SampleSet,
        _ report: inout ReadReport
    ) throws(ReadProblem) {
        var lines = TextLines(bytes)
        var pairs = 0
        let before = set.count + set.refused + set.duplicates
        let counters = Set(options.counters)
        while let whole = lines.next() {
            let line = bytes.trimmed(whole)
            if line.isEmpty || isRemark(bytes, line) { continue }
            let found = split(bytes, line)
            if found.isEmpty {
                report.note("no key=value in \"\(shown(bytes, line))\"", line: lines.number)
                continue
            }
            pairs += found.count
            for pair in found {
                add(bytes, pair.key, pair.value, options, counters, into: &set)
            }
        }
        if pairs == 0 { throw ReadProblem("there is no key=value or key: value in the text") }
        guard set.count + set.refused + set.duplicates > before else {
            throw report.first ?? ReadProblem("the text holds no number")
        }
    }

    static func shown(_ bytes: [UInt8], _ range: Range<Int>) -> String {
        let text = bytes.text(range.lowerBound..<min(range.upperBound, range.lowerBound + 60))
        return range.count > 60 ? text + "…" : text
    }

    private static func isRemark(_ bytes: [UInt8], _ line: Range<Int>) -> Bool {
        let first = bytes[line.lowerBound]
        return first == UInt8(ascii: "#") || first == UInt8(ascii: ";") || bytes.has("//", at: line)
    }

    /// The pairs of a line.
    private static func split(
        _ bytes: [UInt8],
        _ line: Range<Int>
    ) -> [(key: Range<Int>, value: Range<Int>)] {
        let equals = bytes.place(of: UInt8(ascii: "="), in: line)
        let colon = bytes.place(of: UInt8(ascii: ":"), in: line)
        if let equals, colon.map({ equals < $0 }) ?? true {
            let words = bytes.words(line)
            if words.count > 1, words.allSatisfy({ hasEquals(bytes, $0) }) {
                return words.compactMap { pair(bytes, $0, UInt8(ascii: "=")) }
            }
            return pair(bytes, line, UInt8(ascii: "=")).map { [$0] } ?? []
        }
        guard colon != nil else { return [] }
        return pair(bytes, line, UInt8(ascii: ":")).map { [$0] } ?? []
    }

    private static func hasEquals(_ bytes: [UInt8], _ word: Range<Int>) -> Bool {
        bytes.place(of: UInt8(ascii: "="), in: word).map { $0 > word.lowerBound } ?? false
    }

    private static func pair(
        _ bytes: [UInt8],
        _ range: Range<Int>,
        _ separator: UInt8
    ) -> (key: Range<Int>, value: Range<Int>)? {
        guard let place = bytes.place(of: separator, in: range) else { return nil }
        let key = bytes.trimmed(range.lowerBound..<place)
        var value = bytes.trimmed((place + 1)..<range.upperBound)
        if value.count >= 2, bytes[value.lowerBound] == UInt8(ascii: "\""),
            bytes[value.upperBound - 1] == UInt8(ascii: "\"")
        {
            value = (value.lowerBound + 1)..<(value.upperBound - 1)
        }
        return key.isEmpty ? nil : (key, value)
    }

    private static func add(
        _ bytes: [UInt8],
        _ key: Range<Int>,
        _ value: Range<Int>,
        _ options: ReadOptions,
        _ counters: Set<String>,
        into set: inout SampleSet
    ) {
        var name = Array(options.prefix.utf8)
        if !name.isEmpty, name.last != UInt8(ascii: "_") { name.append(UInt8(ascii: "_")) }
        MetricName.appendSane(bytes, key, to: &name)
        if name.isEmpty { name = Array("value".utf8) }
        if name[0] &- UInt8(ascii: "0") < 10 { name.insert(UInt8(ascii: "_"), at: 0) }
        guard let (number, unit) = self.number(bytes, value) else {
            guard options.strings == .info, !value.isEmpty else { return }
            let labels = LabelText([LabelText.Pair("value", bytes.text(value))])
            set.add(set.family(name + Array("_info".utf8), .info), 1, labels: labels)
            return
        }
        if !unit.isEmpty {
            name.append(UInt8(ascii: "_"))
            MetricName.appendSane(bytes, unit, to: &name)
            if name.last == UInt8(ascii: "_") { name.removeLast() }
        }
        let (factor, kind) = options.settle(&name, counters)
        set.add(set.family(name, kind), number * factor)
    }

    /// The number of a value and the unit behind it; booleans are 0 and 1.
    private static func number(
        _ bytes: [UInt8],
        _ value: Range<Int>
    ) -> (number: Double, unit: Range<Int>)? {
        let none = value.upperBound..<value.upperBound
        if let number = DecimalNumber.parse(bytes, value) { return (number, none) }
        switch bytes.text(value).lowercased() {
        case "true", "yes", "on": return (1, none)
        case "false", "no", "off": return (0, none)
        default: break
        }
        var end = value.lowerBound
        while end < value.upperBound {
            let byte = bytes[end]
            guard
                byte &- UInt8(ascii: "0") < 10 || byte == UInt8(ascii: ".")
                    || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+")
            else { break }
            end += 1
        }
        let unit = bytes.trimmed(end..<value.upperBound)
        guard let number = DecimalNumber.parse(bytes, value.lowerBound..<end), unit.count <= 12,
            unit.allSatisfy({ (bytes[$0] | 0x20) &- UInt8(ascii: "a") < 26 || bytes[$0] == 0x25 })
        else { return nil }
        return (number, unit)
    }
}
