import Records

/// `parse_json` and `is_json`.
enum JSONFunctions {
    static let all: [Function] = [parseJSON, isJSON]

    private static let parseJSON = Function(
        "parse_json",
        [
            Parameter("value", .bytes), .optional("max_depth", .integer),
            .optional("lossy", .boolean),
        ],
        .json,
        fails: true
    ) { arguments, _ throws(FunctionError) in
        var bytes = try arguments.bytes(0).array
        let repair: JSONReader.Repair = try arguments.boolean(2, or: true) ? .replace : .refuse
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
        let depth = arguments.has(1) ? try depth(arguments) : nil
        let value: Value
        do throws(JSONMistake) {
            value = try JSONReader.value(bytes.span, repair: repair)
        } catch {
            let verb = depth == nil ? "parse" : "read"
            throw FunctionError("unable to \(verb) json: \(error)")
        }
        guard let depth else { return value }
        var cutter = DepthCutter(bytes)
        return cutter.cut(value, depth)
    }

    private static func depth(_ arguments: Arguments) throws(FunctionError) -> Int {
        let depth = try arguments.integer(1)
        guard (0...255).contains(depth) else {
            throw FunctionError("out of range integral type conversion attempted")
        }
        guard (1...128).contains(depth) else {
            throw FunctionError(
                "max_depth value should be greater than 0 and less than 128, got \(depth)"
            )
        }
        return Int(depth)
    }

    private static let variants = ["object", "array", "string", "number", "bool", "null"]

    private static let isJSON = Function(
        "is_json",
        [Parameter("value", .bytes), .optional("variant", .bytes, isStatic: true)],
        .boolean,
        check: { known throws(FunctionError) in try known.choose(1, variants, "variant") }
    ) { arguments, _ throws(FunctionError) in
        let bytes = try arguments.bytes(0).array
        guard let value = try? JSONReader.value(bytes.span) else { return .boolean(false) }
        guard arguments.has(1) else { return .boolean(true) }
        let kinds: Kinds =
            switch try arguments.text(1) {
            case "object": .object
            case "array": .array
            case "string": .bytes
            case "number": .number
            case "bool": .boolean
            default: .null
            }
        return .boolean(kinds.contains(value))
    }
}

/// Leaves what lies too deep in a JSON text as its text.
private struct DepthCutter {
    private let bytes: [UInt8]
    private var place = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The value that the text tells, with maps and lists below `depth` as texts; the text is known to be
    /// right.
    mutating func cut(_ value: Value, _ depth: Int) -> Value {
        skipBlanks()
        switch value {
        case .object, .array:
            guard depth > 0 else {
                let start = place
                skipValue()
                return .text(String(decoding: bytes[start..<place], as: UTF8.self))
            }
            return cutInside(value, depth)
        default:
            skipValue()
            return value
        }
    }

    private mutating func cutInside(_ value: Value, _ depth: Int) -> Value {
        place += 1
        var fields: Fields = [:]
        var items: [Value] = []
        while true {
            skipBlanks()
            guard place < bytes.count, bytes[place] != 0x5D, bytes[place] != 0x7D else { break }
            if bytes[place] == UInt8(ascii: ",") {
                place += 1
                continue
            }
            if case .object = value {
                let key = nextText()
                skipBlanks()
                place += 1
                fields[key] = cut(nextValue(), depth - 1)
            } else {
                items.append(cut(nextValue(), depth - 1))
            }
        }
        place += 1
        if case .object = value { return .object(fields) }
        return .array(items)
    }

    /// The next value, which is not taken.
    private mutating func nextValue() -> Value {
        skipBlanks()
        let start = place
        skipValue()
        let end = place
        place = start
        return (try? JSONReader.value(Array(bytes[start..<end]).span, repair: .replace)) ?? .null
    }

    private mutating func nextText() -> String {
        let text = nextValue().string ?? ""
        skipValue()
        return text
    }

    private mutating func skipBlanks() {
        while place < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[place]) { place += 1 }
    }

    private mutating func skipValue() {
        var depth = 0
        var isText = false
        while place < bytes.count {
            let byte = bytes[place]
            if isText {
                if byte == UInt8(ascii: "\\") { place += 1 }
                if byte == UInt8(ascii: "\"") { isText = false }
            } else {
                switch byte {
                case UInt8(ascii: "\""): isText = true
                case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
                case UInt8(ascii: "]"), UInt8(ascii: "}"):
                    if depth == 0 { return }
                    depth -= 1
                case UInt8(ascii: ","), UInt8(ascii: ":"): if depth == 0 { return }
                default: break
                }
            }
            place = min(place + 1, bytes.count)
            if depth == 0, !isText, byte == UInt8(ascii: "\"") || byte == 0x5D || byte == 0x7D {
                return
            }
        }
    }
}
