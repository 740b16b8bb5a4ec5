import Basics
import Records
import System

/// Texts to texts.
enum StringFunctions {
    static let all: [Function] = [
        casing("downcase", of: 0x41...0x5A) { $0.lowercased() },
        casing("upcase", of: 0x61...0x7A) { $0.uppercased() },
        mapping("strip_whitespace", trimmed), mapping("strip_ansi_escape_codes", withoutEscapes),
        basename, dirname, splitPath, truncate, slice,
        split,
        join, strlen, shannonEntropy, sieve,
    ]

    private static func mapping(
        _ name: String,
        _ map: @escaping @Sendable (String) -> String
    ) -> Function {
        Function(name, [Parameter("value", .bytes)], .bytes) { arguments, _ throws(FunctionError) in
            try .text(map(arguments.text(0)))
        }
    }

    /// A change of letters: those of ASCII in a range get the other case, others as Unicode has it.
    private static func casing(
        _ name: String,
        of range: ClosedRange<UInt8>,
        _ map: @escaping @Sendable (String) -> String
    ) -> Function {
        Function(name, [Parameter("value", .bytes)], .bytes) { arguments, _ throws(FunctionError) in
            let bytes = try arguments.bytes(0)
            guard bytes.span.isASCII else { return .text(map(bytes.text)) }
            var array = bytes.array
            for index in array.indices where range.contains(array[index]) { array[index] ^= 0x20 }
            return .bytes(Bytes(array))
        }
    }

    private static func trimmed(_ text: String) -> String {
        text.trimmingSpace()
    }

    /// A text without the sequences that colour terminals, and without other control characters.
    private static func withoutEscapes(_ text: String) -> String {
        var result = ""
        var scalars = Array(text.unicodeScalars)[...]
        while let scalar = scalars.popFirst() {
            if scalar == "\u{1B}" {
                skipSequence(&scalars)
            } else if scalar.value >= 0x20 && scalar.value != 0x7F || scalar == "\n" {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// What follows an escape character, as ECMA-48 has it.
    private static func skipSequence(_ scalars: inout ArraySlice<Unicode.Scalar>) {
        guard let kind = scalars.popFirst() else { return }
        switch kind {
        case "[":
            while let scalar = scalars.popFirst(), !(0x40...0x7E).contains(scalar.value) {}
        case "]", "P", "X", "^", "_":
            // A text that ends with BEL or ESC \.
            while let scalar = scalars.popFirst(), scalar != "\u{7}" {
                if scalar == "\u{1B}" {
                    if scalars.first == "\\" { scalars.removeFirst() }
                    return
                }
            }
        default:
            var last = kind
            while (0x20...0x2F).contains(last.value), let scalar = scalars.popFirst() {
                last = scalar
            }
        }
    }

    private static let basename = Function(
        "basename",
        [Parameter("value", .bytes)],
        [.bytes, .null],
        fails: true
    ) { arguments, _ throws(FunctionError) in
        let path = try arguments.text(0)
        // The last name that is more than a place to stay at; none if it is above.
        let names = path.split(separator: "/").filter { $0 != "." }
        guard let name = names.last, name != ".." else { return .null }
        return .text(String(name))
    }

    private static let dirname = Function(
        "dirname",
        [Parameter("value", .bytes)],
        .bytes,
        fails: true
    ) { arguments, _ throws(FunctionError) in
        .text(directory(of: try arguments.text(0)))
    }

    private static func directory(of path: String) -> String {
        guard let end = path.lastIndex(where: { $0 != "/" }) else {
            return path.isEmpty ? "." : "/"
        }
        guard let slash = path[...end].lastIndex(of: "/") else { return "." }
        guard let last = path[..<slash].lastIndex(where: { $0 != "/" }) else { return "/" }
        return String(path[...last])
    }

    private static let splitPath = Function(
        "split_path",
        [Parameter("value", .bytes)],
        .array(of: .bytes)
    ) { arguments, _ throws(FunctionError) in
        let path = try arguments.text(0)
        var parts = path.split(separator: "/").map(String.init)
        // A dot counts at the beginning only.
        parts = parts.enumerated().filter {
            $0.offset == 0 && !path.hasPrefix("/") || $0.element != "."
        }
        .map(\.element)
        if path.hasPrefix("/") { parts.insert("/", at: 0) }
        return .texts(parts)
    }

    private static let truncate = Function(
        "truncate",
        [
            Parameter("value", .bytes), Parameter("limit", .integer), .optional("suffix", .bytes),
            .optional("ellipsis", .boolean),
        ],
        .bytes
    ) { arguments, _ throws(FunctionError) in
        let scalars = try arguments.text(0).unicodeScalars
        let limit = Int(max(0, try arguments.integer(1)))
        let isCut = try arguments.boolean(3, or: false)
        let suffix = try arguments.text(2, or: isCut ? "..." : "")
        guard
            let end = scalars.index(
                scalars.startIndex,
                offsetBy: limit,
                limitedBy: scalars.endIndex
            ),
            end < scalars.endIndex
        else { return .text(String(scalars)) }
        return .text(String(scalars[..<end]) + suffix)
    }

    private static let slice = Function(
        "slice",
        [
            Parameter("value", [.bytes, .array]), Parameter("start", .integer),
            .optional("end", .integer),
        ],
        outcome: { known in
            let kinds = known.kinds(0)
            var type = TypeInfo(kinds == .bytes ? .bytes : [.bytes, .array])
            if kinds == .array {
                type = .array(of: known.items(0))
                let list = known.list(0)
                // All of them, or those from a place on.
                if list.others == nil, known.types[2] == nil,
                    case .integer(let start)? = known.constants[1], start >= 0
                {
                    type = .array(items: Array(list.items.dropFirst(Int(clamping: start))))
                }
            }
            return .init(type, isFallible: true)
        }
    ) { arguments, _ throws(FunctionError) in
        let value = try arguments.value(0)
        switch value {
        case .bytes(let bytes):
            return .bytes(Bytes(Array(bytes.array[try range(arguments, bytes.count)])))
        case .array(let items):
            return .array(Array(items[try range(arguments, items.count)]))
        default: throw .expected([.bytes, .array], got: value)
        }
    }

    private static func range(
        _ arguments: Arguments,
        _ count: Int
    ) throws(FunctionError) -> Range<Int> {
        let count = Int64(count)
        func placed(_ index: Int64) -> Int64 { index < 0 ? index &+ count : index }
        let start = placed(try arguments.integer(1))
        let end = placed(try arguments.integer(2, or: count))
        guard start >= 0, start <= count else {
            throw FunctionError("\"start\" must be between \"\(-count)\" and \"\(count)\"")
        }
        guard end >= start else {
            throw FunctionError("\"end\" must be greater or equal to \"start\"")
        }
        return Int(start)..<Int(min(end, count))
    }

    private static let split = Function(
        "split",
        [
            Parameter("value", .bytes), Parameter("pattern", [.bytes, .regex]),
            .optional("limit", .integer),
        ],
        outcome: { _ in .init(.array(of: .bytes)) },
        matching: 1
    ) { arguments, expression throws(FunctionError) in
        let text = try arguments.bytes(0).asUnicode
        let limit = Int(max(0, try arguments.integer(2, or: 999_999_999)))
        guard limit > 0 else { return .array([]) }
        let pattern = try arguments.value(1)
        let cuts: [Range<Int>]
        switch pattern {
        case .bytes(let bytes): cuts = Finder(bytes.array).all(in: text, limit: limit - 1)
        case .regex:
            cuts = expression.matches(in: text, limit: limit - 1).compactMap(\.[0])
        default: throw .expected([.bytes, .regex], got: pattern)
        }
        var parts: [Value] = []
        var place = 0
        for cut in cuts {
            parts.append(.bytes(Bytes(Array(text[place..<cut.lowerBound]))))
            place = cut.upperBound
        }
        parts.append(.bytes(Bytes(Array(text[place...]))))
        return .array(parts)
    }

    private static let join = Function(
        "join",
        [Parameter("value", .array), .optional("separator", .bytes)],
        outcome: { known in
            .init(TypeInfo(.bytes), isFallible: !known.holdsOnly(0, .bytes))
        }
    ) { arguments, _ throws(FunctionError) in
        let separator = try arguments.text(1, or: "")
        var parts: [String] = []
        for item in try arguments.array(0) {
            guard let text = item.string else {
                throw FunctionError("all array items must be strings")
            }
            parts.append(text)
        }
        return .text(parts.joined(separator: separator))
    }

    private static let strlen = Function(
        "strlen",
        [Parameter("value", .bytes)],
        .integer
    ) { arguments, _ throws(FunctionError) in
        try .whole(arguments.text(0).unicodeScalars.count)
    }

    private static let shannonEntropy = Function(
        "shannon_entropy",
        [Parameter("value", .bytes), .optional("segmentation", .bytes, isStatic: true)],
        .float,
        check: { known throws(FunctionError) in
            try known.choose(1, ["byte", "codepoint", "grapheme"], "segmentation")
        }
    ) { arguments, _ throws(FunctionError) in
        switch try arguments.text(1, or: "byte") {
        case "codepoint": return .float(entropy(try arguments.text(0).unicodeScalars))
        case "grapheme": return .float(entropy(try arguments.text(0)))
        default: return .float(entropy(try arguments.bytes(0).array))
        }
    }

    private static func entropy<C: Collection>(_ items: C) -> Double where C.Element: Hashable {
        var counts: [C.Element: Int] = [:]
        var order: [C.Element] = []
        for item in items {
            if counts[item] == nil { order.append(item) }
            counts[item, default: 0] += 1
        }
        let total = Double(items.count)
        // In the order of their first coming, so that the sum is the same each time.
        let sum = order.reduce(0.0) { sum, item in
            let share = Double(counts[item] ?? 0) / total
            return sum - share * Mathematics.logarithm2(share)
        }
        return sum.isNaN ? 0 : sum
    }

    private static let sieve = Function(
        "sieve",
        [
            Parameter("value", .bytes), Parameter("permitted_characters", .regex),
            .optional("replace_single", .bytes), .optional("replace_repeated", .bytes),
        ],
        outcome: { _ in .init(TypeInfo(.bytes)) },
        matching: 1
    ) { arguments, expression throws(FunctionError) in
        let text = try arguments.bytes(0).asUnicode
        let single = Array(try arguments.text(2, or: "").utf8)
        let repeated = Array(try arguments.text(3, or: "").utf8)
        var result: [UInt8] = []
        var end = 0
        for ranges in expression.matches(in: text, limit: .max) {
            guard let range = ranges[0] else { continue }
            let gap = range.lowerBound - end
            if gap > 0 { result += gap == 1 ? single : repeated }
            result += text[range]
            end = range.upperBound
        }
        return .bytes(Bytes(result))
    }
}

extension KnownArguments {
    /// Whether a list is known to hold items of these kinds only.
    func holdsOnly(_ place: Int, _ kinds: Kinds) -> Bool {
        types[place]?.kinds == .array && items(place).isSubset(of: kinds)
    }
}
