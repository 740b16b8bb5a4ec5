/// Names of metrics and labels, as Prometheus's data model allows them.
package enum MetricName {
    /// The most bytes of a name.
    static let lengthMaximum = 1024

    /// Whether a byte may stand in a name of a metric; digits not at its beginning.
    @inline(__always)
    static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: ":"):
            true
        default: false
        }
    }

    /// Whether a text is a name of a metric: `[a-zA-Z_:][a-zA-Z0-9_:]*`.
    package static func isMetric(_ text: some StringProtocol) -> Bool {
        guard let first = text.utf8.first, !isDigit(first), text.utf8.count <= lengthMaximum else {
            return false
        }
        return text.utf8.allSatisfy(isAllowed)
    }

    /// Whether a text is a name of a label: as of a metric without colons.
    package static func isLabel(_ text: some StringProtocol) -> Bool {
        isMetric(text) && !text.utf8.contains(UInt8(ascii: ":"))
    }

    /// Appends what a source calls something as part of a name.
    ///
    /// Runs of other bytes become one underscore, `CamelCase` becomes `camel_case`, and nothing ends
    /// with an underscore that did not begin so. A percent sign alone is worth a word.
    static func appendSane(
        _ source: [UInt8],
        _ range: Range<Int>,
        to name: inout [UInt8],
        splitsWords: Bool = true
    ) {
        let start = name.count
        var before: UInt8 = UInt8(ascii: "_")
        var place = range.lowerBound
        while place < range.upperBound, name.count < lengthMaximum {
            let byte = source[place]
            let isUpper = byte &- UInt8(ascii: "A") < 26
            if isUpper || byte &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "0") < 10 {
                if isUpper, splitsWords {
                    let wasLower =
                        before &- UInt8(ascii: "a") < 26 || before &- UInt8(ascii: "0") < 10
                    let beforeLower =
                        before &- UInt8(ascii: "A") < 26 && place + 1 < range.upperBound
                        && source[place + 1] &- UInt8(ascii: "a") < 26
                    if wasLower || beforeLower { name.append(UInt8(ascii: "_")) }
                    name.append(byte | 0x20)
                } else {
                    name.append(byte)
                }
            } else if byte == UInt8(ascii: "%"), range.count == 1 {
                name.append(contentsOf: "percent".utf8)
            } else if name.count > start, name.last != UInt8(ascii: "_") {
                name.append(UInt8(ascii: "_"))
            } else if name.count == start, byte == UInt8(ascii: "_"), start == 0 {
                name.append(byte)
            }
            before = byte
            place += 1
        }
        while name.count > start, name.last == UInt8(ascii: "_") { name.removeLast() }
    }

    /// A whole name from what a source calls something; digits in front get an underscore.
    package static func sane(_ text: some StringProtocol, splitsWords: Bool = true) -> String {
        let source = Array(text.utf8)
        var name: [UInt8] = []
        appendSane(source, 0..<source.count, to: &name, splitsWords: splitsWords)
        if name.isEmpty { return "_" }
        if isDigit(name[0]) { name.insert(UInt8(ascii: "_"), at: 0) }
        return String(decoding: name, as: UTF8.self)
    }

    /// The kind that a name tells: `_total` and `_count` are counters.
    static func kind(of name: [UInt8]) -> MetricKind {
        hasSuffix(name, "_total") || hasSuffix(name, "_count") ? .counter : .gauge
    }

    /// Whether bytes end with a text.
    @inline(__always)
    static func hasSuffix(_ name: [UInt8], _ suffix: StaticString) -> Bool {
        let count = suffix.utf8CodeUnitCount
        guard name.count >= count else { return false }
        return suffix.withUTF8Buffer { buffer in
            for index in 0..<count where unsafe buffer[index] != name[name.count - count + index] {
                return false
            }
            return true
        }
    }

    @inline(__always)
    private static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }
}
