/// Reads the text forms of Prometheus: 0.0.4 and OpenMetrics 1.0.
///
/// A bad line is counted and passed over. Exemplars and series `_created` are left out. A text that calls itself
/// OpenMetrics must end with `# EOF`.
struct PrometheusReader {
    private let bytes: [UInt8]
    private var family = -1
    private var name: [UInt8] = []
    private var kind = MetricKind.unknown
    private var help = ""
    private var declared: [UInt8] = []
    private var isEnded = false
    /// Whether times are seconds, as OpenMetrics has them, and not milliseconds.
    private var countsSeconds = false

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Reads a text.
    ///
    /// - Throws: That not one line of it can be read, or that it ends in its middle.
    static func read(
        _ bytes: [UInt8],
        isOpenMetrics: Bool = false,
        into set: inout SampleSet,
        _ report: inout ReadReport
    ) throws(ReadProblem) {
        var reader = PrometheusReader(bytes)
        reader.countsSeconds = isOpenMetrics || hasEnd(bytes)
        let before = (set.count + set.refused + set.duplicates, report.problems)
        var lines = TextLines(bytes)
        while let line = lines.next() {
            if line.isEmpty || reader.isEnded { continue }
            if bytes[line.lowerBound] == UInt8(ascii: "#") {
                reader.remark(line)
            } else if let problem = reader.sample(line, into: &set) {
                report.note(
                    "\(problem) in \"\(KeyValueReader.shown(bytes, line))\"",
                    line: lines.number
                )
            }
        }
        if isOpenMetrics, !reader.isEnded {
            throw ReadProblem("the text ends in its middle: there is no # EOF", line: lines.number)
        }
        if set.count + set.refused + set.duplicates == before.0, report.problems > before.1 {
            throw ReadProblem("the text is no exposition: not one line can be read")
        }
    }

    /// Whether every line up to a limit could be read as an exposition, and one is a sample.
    static func recognises(_ bytes: [UInt8]) -> Bool {
        var reader = PrometheusReader(bytes)
        var set = SampleSet(limit: 64)
        var lines = TextLines(bytes)
        for _ in 0..<32 {
            guard let line = lines.next() else { break }
            if line.isEmpty { continue }
            if bytes[line.lowerBound] == UInt8(ascii: "#") {
                if bytes.has("# TYPE ", at: line) || bytes.has("# HELP ", at: line) { return true }
                continue
            }
            if reader.sample(line, into: &set) != nil { return false }
        }
        return set.count > 0
    }

    /// Whether the last line is the one that OpenMetrics ends with.
    private static func hasEnd(_ bytes: [UInt8]) -> Bool {
        let end = bytes.lastIndex { $0 != 0x0A && $0 != 0x0D }.map { $0 + 1 } ?? 0
        return bytes[..<end].suffix(6).elementsEqual("\n# EOF".utf8)
    }

    private mutating func remark(_ line: Range<Int>) {
        let words = bytes.words(line)
        guard words.count >= 2 else { return }
        switch bytes.text(words[1]) {
        case "EOF" where words.count == 2: isEnded = true
        case "HELP" where words.count >= 3:
            declare(words[2])
            let start = min(words[2].upperBound + 1, line.upperBound)
            help = Self.unescaped(Array(bytes[start..<line.upperBound]))
        case "TYPE" where words.count >= 4:
            declare(words[2])
            kind = MetricKind(word: bytes.text(words[3])) ?? .unknown
        default: break
        }
    }

    private mutating func declare(_ name: Range<Int>) {
        let text = Array(bytes[name])
        if text == declared { return }
        (declared, kind, help) = (text, .unknown, "")
        family = -1
    }

    private static func unescaped(_ bytes: [UInt8]) -> String {
        guard bytes.contains(UInt8(ascii: "\\")) else {
            return String(decoding: bytes, as: UTF8.self)
        }
        var text: [UInt8] = []
        var isEscape = false
        for byte in bytes {
            if isEscape {
                text.append(byte == UInt8(ascii: "n") ? 0x0A : byte)
                isEscape = false
            } else if byte == UInt8(ascii: "\\") {
                isEscape = true
            } else {
                text.append(byte)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads a sample; what is wrong with it, if something is.
    private mutating func sample(_ line: Range<Int>, into set: inout SampleSet) -> String? {
        var place = line.lowerBound
        let end = line.upperBound
        let start = place
        while place < end, MetricName.isAllowed(bytes[place]) { place += 1 }
        guard place > start, bytes[start] &- UInt8(ascii: "0") >= 10 else { return "no name" }
        let sampleName = start..<place
        guard sampleName.count <= MetricName.lengthMaximum else { return "too long a name" }
        while place < end, bytes[place] == 0x20 || bytes[place] == 0x09 { place += 1 }
        var labels: [UInt8] = []
        if place < end, bytes[place] == UInt8(ascii: "{") {
            guard let after = self.labels(&labels, (place + 1)..<end) else {
                return "broken labels"
            }
            place = after
        }
        guard place < end, place > sampleName.upperBound else { return "no value" }
        let rest = bytes.words(place..<end)
        guard let first = rest.first, let value = DecimalNumber.parse(bytes, first) else {
            return "no value"
        }
        var timestamp = SampleSet.now
        if rest.count > 1, bytes[rest[1].lowerBound] != UInt8(ascii: "#") {
            guard let time = self.timestamp(rest[1]) else { return "no time" }
            if rest.count > 2, bytes[rest[2].lowerBound] != UInt8(ascii: "#") {
                return "too many words"
            }
            timestamp = time
        }
        guard let (index, suffix) = target(sampleName, into: &set) else { return nil }
        set.add(index, value, text: labels, suffix: suffix, timestamp: timestamp)
        return nil
    }

    /// Milliseconds since 1970: so in the text form, seconds with a fraction in OpenMetrics.
    private func timestamp(_ word: Range<Int>) -> Int64? {
        guard let number = DecimalNumber.parse(bytes, word) else { return nil }
        let isSeconds = countsSeconds || bytes[word].contains(UInt8(ascii: "."))
        let milliseconds = (isSeconds ? number * 1000 : number).rounded()
        return milliseconds.magnitude < 9e15 ? Int64(milliseconds) : nil
    }

    /// The family of a sample; `nil` for what is left out.
    private mutating func target(
        _ range: Range<Int>,
        into set: inout SampleSet
    ) -> (Int, SampleSuffix)? {
        if family >= 0, name.count == range.count, bytes[range].elementsEqual(name) {
            return (family, .none)
        }
        if !declared.isEmpty, range.count >= declared.count,
            bytes[range].starts(with: declared)
        {
            let rest = bytes.text((range.lowerBound + declared.count)..<range.upperBound)
            switch (kind, rest) {
            case (.histogram, "_bucket"): return (own(&set), .bucket)
            case (.histogram, "_sum"), (.summary, "_sum"): return (own(&set), .sum)
            case (.histogram, "_count"), (.summary, "_count"): return (own(&set), .count)
            case (_, "_created") where kind != .unknown && kind != .gauge: return nil
            case (_, ""): return (own(&set), .none)
            case (.counter, "_total"), (.info, "_info"):
                // OpenMetrics declares these without their ending.
                return (set.family(Array(bytes[range]), kind, help: help), .none)
            default: break
            }
        }
        return (set.family(Array(bytes[range]), .unknown), .none)
    }

    private mutating func own(_ set: inout SampleSet) -> Int {
        if family < 0 {
            family = set.family(declared, kind, help: help)
            name = declared
        }
        return family
    }

    /// Copies labels in their canonical form; where the text goes on, or `nil` if they are broken.
    private func labels(_ labels: inout [UInt8], _ range: Range<Int>) -> Int? {
        var place = range.lowerBound
        var isCanonical = true
        var pairs = 0
        var previous = place..<place
        let start = place
        while place < range.upperBound, bytes[place] != UInt8(ascii: "}") {
            if bytes[place] == 0x20 || bytes[place] == 0x09 {
                isCanonical = false
                place += 1
                continue
            }
            if pairs > 0 {
                guard bytes[place] == UInt8(ascii: ",") else { return nil }
                place += 1
                while place < range.upperBound, bytes[place] == 0x20 {
                    isCanonical = false
                    place += 1
                }
                if place < range.upperBound, bytes[place] == UInt8(ascii: "}") {
                    isCanonical = false
                    break
                }
            }
            let name = place
            while place < range.upperBound, MetricName.isAllowed(bytes[place]),
                bytes[place] != UInt8(ascii: ":")
            {
                place += 1
            }
            guard place > name, bytes[name] &- UInt8(ascii: "0") >= 10 else { return nil }
            if pairs > 0, !bytes[previous].lexicographicallyPrecedes(bytes[name..<place]) {
                isCanonical = false
            }
            previous = name..<place
            while place < range.upperBound, bytes[place] == 0x20 {
                isCanonical = false
                place += 1
            }
            guard place + 1 < range.upperBound, bytes[place] == UInt8(ascii: "=") else {
                return nil
            }
            place += 1
            while place < range.upperBound, bytes[place] == 0x20 {
                isCanonical = false
                place += 1
            }
            guard place < range.upperBound, bytes[place] == UInt8(ascii: "\"") else { return nil }
            place += 1
            let value = place
            while place < range.upperBound, bytes[place] != UInt8(ascii: "\"") {
                if bytes[place] == UInt8(ascii: "\\") || bytes[place] >= 0x80 {
                    isCanonical = false
                    if bytes[place] == UInt8(ascii: "\\") { place += 1 }
                }
                place += 1
            }
            guard place < range.upperBound else { return nil }
            if place == value || place - value > LabelText.valueMaximum { isCanonical = false }
            place += 1
            pairs += 1
        }
        guard place < range.upperBound else { return nil }
        if isCanonical {
            labels = Array(bytes[start..<place])
        } else {
            guard let found = parsed(start..<place) else { return nil }
            labels = LabelText(found).bytes
        }
        return place + 1
    }

    /// The labels of a text with blanks, escapes or another order; `nil` if a name stands twice.
    private func parsed(_ range: Range<Int>) -> [LabelText.Pair]? {
        var pairs: [LabelText.Pair] = []
        var names: Set<String> = []
        var place = range.lowerBound
        while place < range.upperBound {
            guard MetricName.isAllowed(bytes[place]) else {
                place += 1
                continue
            }
            let start = place
            while MetricName.isAllowed(bytes[place]) { place += 1 }
            let name = bytes.text(start..<place)
            while bytes[place] != UInt8(ascii: "\"") { place += 1 }
            place += 1
            let value = place
            while bytes[place] != UInt8(ascii: "\"") {
                place += bytes[place] == UInt8(ascii: "\\") ? 2 : 1
            }
            let text = Self.unescaped(Array(bytes[value..<place]))
            place += 1
            guard names.insert(name).inserted else { return nil }
            pairs.append(.init(name, text))
        }
        return pairs
    }
}
