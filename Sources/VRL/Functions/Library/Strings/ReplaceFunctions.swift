import Formats
import Records

/// Putting texts in the place of others.
enum ReplaceFunctions {
    static let all: [Function] = [replace, replaceWith]

    private static let replace = Function(
        "replace",
        [
            Parameter("value", .bytes), Parameter("pattern", [.bytes, .regex]),
            Parameter("with", .bytes), .optional("count", .integer),
        ],
        outcome: { _ in .init(TypeInfo(.bytes)) },
        matching: 1
    ) { arguments, expression throws(FunctionError) in
        let text = try arguments.bytes(0).asUnicode
        let with = Array(try arguments.text(2).utf8)
        guard let limit = limit(try arguments.integer(3, or: -1)) else {
            return .bytes(Bytes(text))
        }
        let pattern = try arguments.value(1)
        switch pattern {
        case .bytes(let bytes):
            let cuts = Finder(bytes.array).all(in: text, limit: limit)
            return .bytes(Bytes(replaced(text, cuts) { _ in with }))
        case .regex:
            let matches = expression.matches(in: text, limit: limit)
            guard !matches.isEmpty else { return .bytes(Bytes(text)) }
            let template = Replacement(with, names: expression.names)
            let cuts = matches.map { $0[0] ?? 0..<0 }
            return .bytes(Bytes(replaced(text, cuts) { template.filled(matches[$0], text) }))
        default: throw .expected([.bytes, .regex], got: pattern)
        }
    }

    /// How many matches are replaced: all, so many, or none.
    private static func limit(_ count: Int64) -> Int? {
        count == 0 ? nil : count < 0 ? .max : Int(count)
    }

    /// A text with other texts in place of its cuts.
    static func replaced(
        _ text: [UInt8],
        _ cuts: [Range<Int>],
        _ with: (Int) -> [UInt8]
    ) -> [UInt8] {
        var result: [UInt8] = []
        var place = 0
        for (index, cut) in cuts.enumerated() {
            result += text[place..<cut.lowerBound]
            result += with(index)
            place = cut.upperBound
        }
        return result + text[place...]
    }

    private static let replaceWith = Function(
        "replace_with",
        [
            Parameter("value", .bytes), Parameter("pattern", .regex), .optional("count", .integer),
        ],
        outcome: { _ in .init(TypeInfo(.bytes)) },
        body: .iterating(parameters: 1, yields: .bytes) {
            arguments,
            closure,
            _ throws(ClosureError) in
            let text: [UInt8]
            let regex: String
            let most: Int?
            do throws(FunctionError) {
                text = Array(try arguments.text(0).utf8)
                regex = try arguments.regex(1)
                most = limit(try arguments.integer(2, or: -1))
            } catch { throw .function(error) }
            guard let most else { return .bytes(Bytes(text)) }
            let names = Expressions.names(of: regex)
            guard !names.contains(where: { $0.name == "string" || $0.name == "captures" }) else {
                throw .function(
                    FunctionError("Capture group cannot be named \"string\" or \"captures\"")
                )
            }
            var result: [UInt8] = []
            var place = 0
            for ranges in Expressions.matches(regex, in: text, limit: most) {
                let groups = ranges.map { $0.map { Value.bytes(Bytes(Array(text[$0]))) } ?? .null }
                var match: Fields = ["string": groups[0]]
                for name in names { match[name.name] = groups[name.number] }
                match["captures"] = .array(Array(groups.dropFirst()))
                let value = try closure.run([.object(match)])
                guard case .bytes(let bytes) = value else {
                    throw .function(.expected(.bytes, got: value))
                }
                let range = ranges[0] ?? 0..<0
                result += text[place..<range.lowerBound]
                result += bytes.array
                place = range.upperBound
            }
            return .bytes(Bytes(result + text[place...]))
        }
    )
}

/// What is put in place of a match: `$1`, `$name` and `${name}` are groups, `$$` is a dollar sign.
struct Replacement {
    private enum Part {
        case text([UInt8])
        case group(Int)
    }

    private var parts: [Part] = []

    init(_ template: [UInt8], names: [Expressions.Name]) {
        var text: [UInt8] = []
        var rest = template[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "$") else {
                text.append(byte)
                continue
            }
            if rest.first == byte {
                rest.removeFirst()
                text.append(byte)
                continue
            }
            guard let name = Self.name(&rest) else {
                text.append(byte)
                continue
            }
            parts.append(.text(text))
            text = []
            if let number = Int(name) {
                parts.append(.group(number))
            } else if let group = names.first(where: { $0.name == name }) {
                parts.append(.group(group.number))
            }
        }
        parts.append(.text(text))
    }

    /// A name after a dollar sign; nil, and nothing is taken, if there is none.
    private static func name(_ rest: inout ArraySlice<UInt8>) -> String? {
        if rest.first == UInt8(ascii: "{") {
            guard let end = rest.firstIndex(of: UInt8(ascii: "}")) else { return nil }
            defer { rest = rest[(end + 1)...] }
            return String(decoding: rest[(rest.startIndex + 1)..<end], as: UTF8.self)
        }
        let name = rest.prefix { byte in
            byte == 0x5F || (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
        }
        guard !name.isEmpty else { return nil }
        rest = rest[name.endIndex...]
        return String(decoding: name, as: UTF8.self)
    }

    /// The text for one match.
    func filled(_ ranges: [Range<Int>?], _ text: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        for part in parts {
            switch part {
            case .text(let bytes): result += bytes
            case .group(let number):
                if number < ranges.count, let range = ranges[number] { result += text[range] }
            }
        }
        return result
    }
}
