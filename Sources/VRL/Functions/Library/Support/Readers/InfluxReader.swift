import Basics
import Records

/// Reads points of InfluxDB's line protocol and makes each of their fields a metric of Vector's shape.
///
/// A point is a line: `measurement,tag=value field=1i,other=2.5 1700000000000000000`. Empty lines and
/// comments are skipped.
struct InfluxReader {
    private let bytes: [UInt8]
    private var place = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    private static func refusal(_ what: String) -> FunctionError {
        FunctionError("InfluxDB line protocol parsing error: \(what)")
    }

    private static func unfit(_ what: String) -> FunctionError {
        FunctionError(
            "Error while converting InfluxDB line protocol metric to Vector's metric model: \(what)"
        )
    }

    mutating func metrics() throws(FunctionError) -> [Value] {
        var metrics: [Value] = []
        while place < bytes.count {
            skip { $0 == 0x20 || (0x09...0x0D).contains($0) || $0 == 0 }
            guard let byte = peek() else { break }
            if byte == UInt8(ascii: "#") {
                skip { $0 != 0x0A }
            } else {
                metrics += try point()
            }
        }
        return metrics
    }

    private func peek() -> UInt8? { place < bytes.count ? bytes[place] : nil }

    private var isAtEndOfLine: Bool { peek().map { $0 == 0x0A } ?? true }

    private mutating func skip(while test: (UInt8) -> Bool) {
        while let byte = peek(), test(byte) { place += 1 }
    }

    private mutating func takes(_ character: Unicode.Scalar) -> Bool {
        guard peek() == UInt8(ascii: character) else { return false }
        place += 1
        return true
    }

    private mutating func point() throws(FunctionError) -> [Value] {
        let measurement = try name(endedBy: ", ")
        guard !measurement.isEmpty else { throw Self.refusal("Invalid measurement was provided") }
        let tags = try tags()
        skip { $0 == 0x20 }
        let fields = try fields()
        skip { $0 == 0x20 }
        let stamp = try timestamp()
        skip { $0 == 0x20 || $0 == 0x0D }
        guard isAtEndOfLine else {
            let rest = bytes[place...].prefix { $0 != 0x0A }
            let text = String(decoding: rest, as: UTF8.self)
            throw Self.refusal("Could not parse entire line. Found trailing content: '\(text)'")
        }
        return fields.map { key, number in
            var metric: Fields = [
                "name": .text("\(measurement)_\(key)"), "kind": .text("absolute"),
                "gauge": .object(["value": .float(number)]),
            ]
            if let tags { metric["tags"] = .object(tags) }
            if let stamp { metric["timestamp"] = .timestamp(stamp) }
            return .object(metric)
        }
    }

    /// A measurement, a tag or the key of a field; a backslash takes the meaning from an ending character.
    private mutating func name(endedBy ends: StaticString) throws(FunctionError) -> String {
        let ends = Array("\(ends)".utf8)
        var text: [UInt8] = []
        while let byte = peek(), byte != 0x0A, !ends.contains(byte) {
            place += 1
            guard byte == UInt8(ascii: "\\") else {
                text.append(byte)
                continue
            }
            guard let next = peek(), next != 0x0A else {
                throw Self.refusal(
                    "Measurements, tag keys and values, and field keys may not end with a backslash"
                )
            }
            if !ends.contains(next), next != byte { text.append(byte) }
            text.append(next)
            place += 1
        }
        return String(decoding: text, as: UTF8.self)
    }

    private mutating func tags() throws(FunctionError) -> Fields? {
        guard peek() == UInt8(ascii: ",") else { return nil }
        var tags: Fields = [:]
        while takes(",") {
            let key = try name(endedBy: ",= ")
            guard !key.isEmpty, takes("=") else { throw Self.refusal("Tag set malformed") }
            let value = try name(endedBy: ",= ")
            guard !value.isEmpty else { throw Self.refusal("Tag set malformed") }
            guard tags[key] == nil else {
                throw Self.refusal("Must not contain duplicate tags, but \"\(key)\" was repeated")
            }
            tags[key] = .text(value)
        }
        return tags
    }

    private mutating func fields() throws(FunctionError) -> [(key: String, number: Double)] {
        var fields: [(key: String, number: Double)] = []
        repeat {
            let key = try name(endedBy: ",= ")
            guard !key.isEmpty, takes("=") else { throw Self.refusal("No fields were provided") }
            fields.append((key, try number()))
        } while takes(",")
        return fields
    }

    private mutating func number() throws(FunctionError) -> Double {
        if takes("\"") {
            throw Self.unfit("field set values of type string are not supported")
        }
        let found = bytes[place...].prefix { ![0x20, 0x2C, 0x0A, 0x0D].contains($0) }
        place = found.endIndex
        let text = String(decoding: found, as: UTF8.self)
        switch text {
        case "": throw Self.refusal("No fields were provided")
        case "t", "T", "true", "True", "TRUE": return 1
        case "f", "F", "false", "False", "FALSE": return 0
        default: break
        }
        let digits = String(text.dropLast())
        if text.hasSuffix("i") {
            guard let whole = Int64(digits) else {
                throw Self.refusal("Unable to parse integer value '\(digits)'")
            }
            return Double(whole)
        }
        if text.hasSuffix("u") {
            guard let whole = UInt64(digits) else {
                throw Self.refusal("Unable to parse unsigned integer value '\(digits)'")
            }
            return Double(whole)
        }
        guard let first = found.first, first == 0x2D || (0x30...0x39).contains(first),
            let number = Double(text), number.isFinite
        else { throw Self.refusal("Unable to parse floating-point value '\(text)'") }
        return number
    }

    private mutating func timestamp() throws(FunctionError) -> Timestamp? {
        let found = bytes[place...].prefix { $0 == 0x2D || (0x30...0x39).contains($0) }
        guard !found.isEmpty else { return nil }
        place = found.endIndex
        let text = String(decoding: found, as: UTF8.self)
        guard let nanoseconds = Int64(text) else {
            throw Self.refusal("Unable to parse timestamp value '\(text)'")
        }
        return Timestamp(nanoseconds: nanoseconds)
    }
}
