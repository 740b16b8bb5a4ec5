import Formats
import Records

/// base 16, base 64, percent, punycode, MIME and character sets.
enum TextCodecFunctions {
    static let all: [Function] = [
        encodeBase16, decodeBase16, encodeBase64, decodeBase64, encodePercent, decodePercent,
        encodePunycode, decodePunycode, decodeMimeQ, encodeCharset, decodeCharset,
    ]

    private static let encodeBase16 = Function(
        "encode_base16",
        [Parameter("value", .bytes)],
        .bytes
    ) { arguments, _ throws(FunctionError) in
        .text(hexadecimal(try arguments.bytes(0).array))
    }

    /// Bytes as small hexadecimal digits.
    static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] },
            as: UTF8.self
        )
    }

    private static let decodeBase16 = Function(
        "decode_base16",
        [Parameter("value", .bytes)],
        .bytes,
        fails: true
    ) { arguments, _ throws(FunctionError) in
        let digits = try arguments.bytes(0).array
        var bytes: [UInt8] = []
        for place in stride(from: 0, to: digits.count, by: 2) {
            guard place + 1 < digits.count, let high = Percent.value(digits[place]),
                let low = Percent.value(digits[place + 1])
            else { throw FunctionError("unable to decode value to base16") }
            bytes.append(high << 4 | low)
        }
        return .bytes(Bytes(bytes))
    }

    private static let charsets = ["standard", "url_safe"]

    private static func isURLSafe(
        _ arguments: Arguments,
        _ place: Int
    ) throws(FunctionError) -> Bool {
        let name = try arguments.text(place, or: "standard")
        guard charsets.contains(name) else { throw FunctionError("unknown charset") }
        return name == "url_safe"
    }

    private static let encodeBase64 = Function(
        "encode_base64",
        [
            Parameter("value", .bytes), .optional("padding", .boolean),
            .optional("charset", .bytes),
        ],
        outcome: { known in
            let isUnknown = known.types[2] != nil && known.constants[2] == nil
            return .init(TypeInfo(.bytes), isFallible: isUnknown)
        },
        check: { known throws(FunctionError) in
            if let name = known.text(2), !charsets.contains(name) {
                throw FunctionError("unknown charset")
            }
        }
    ) { arguments, _ throws(FunctionError) in
        var text = Base64.encode(try arguments.bytes(0).array)
        if try isURLSafe(arguments, 2) {
            text = String(text.map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 })
        }
        if try !arguments.boolean(1, or: true) {
            while text.hasSuffix("=") { text.removeLast() }
        }
        return .text(text)
    }

    private static let decodeBase64 = Function(
        "decode_base64",
        [Parameter("value", .bytes), .optional("charset", .bytes)],
        .bytes,
        fails: true
    ) { arguments, _ throws(FunctionError) in
        let isURLSafe = try isURLSafe(arguments, 1)
        guard let bytes = base64(try arguments.bytes(0).array, isURLSafe: isURLSafe) else {
            throw FunctionError("unable to decode value from base64")
        }
        return .bytes(Bytes(bytes))
    }

    /// The bytes of a text with or without padding.
    private static func base64(_ text: [UInt8], isURLSafe: Bool) -> [UInt8]? {
        var text = text
        while text.last == UInt8(ascii: "=") { text.removeLast() }
        let foreign = isURLSafe ? Array("+/\r\n=".utf8) : Array("-_\r\n=".utf8)
        guard !text.contains(where: foreign.contains) else { return nil }
        if isURLSafe {
            text = text.map { byte in
                byte == UInt8(ascii: "-")
                    ? UInt8(ascii: "+") : byte == UInt8(ascii: "_") ? UInt8(ascii: "/") : byte
            }
        }
        text += [UInt8](repeating: UInt8(ascii: "="), count: (4 - text.count % 4) % 4)
        return Base64.decode(String(decoding: text, as: UTF8.self))
    }

    private static let encodePercent = Function(
        "encode_percent",
        [Parameter("value", .bytes), .optional("ascii_set", .bytes, isStatic: true)],
        .bytes,
        check: { known throws(FunctionError) in
            try known.choose(1, Percent.sets.map(\.name), "ascii_set")
        }
    ) { arguments, _ throws(FunctionError) in
        let set = try arguments.text(1, or: "NON_ALPHANUMERIC")
        return .bytes(Bytes(Percent.encode(Array(try arguments.text(0).utf8), set)))
    }

    private static let decodePercent = Function(
        "decode_percent",
        [Parameter("value", .bytes)],
        .bytes
    ) { arguments, _ throws(FunctionError) in
        .text(String(decoding: Percent.decode(try arguments.bytes(0).array), as: UTF8.self))
    }

    private static let encodePunycode = Function(
        "encode_punycode",
        [Parameter("value", .bytes), .optional("validate", .boolean)],
        .bytes,
        fails: true
    ) { arguments, _ throws(FunctionError) in
        let name = try arguments.text(0)
        guard try arguments.boolean(1, or: true) else {
            let labels = name.split(separator: ".", omittingEmptySubsequences: false)
            return .text(
                labels.map { part in
                    let label = part.lowercased()
                    let isPlain = part.hasPrefix("xn--") || part.utf8.allSatisfy { $0 < 128 }
                    return isPlain ? label : Punycode.encode(label).map { "xn--" + $0 } ?? label
                }.joined(separator: ".")
            )
        }
        guard let told = Punycode.asciiName(name) else {
            throw FunctionError("unable to encode to punycode")
        }
        return .text(told)
    }

    private static let decodePunycode = Function(
        "decode_punycode",
        [Parameter("value", .bytes), .optional("validate", .boolean)],
        .bytes,
        fails: true
    ) { arguments, _ throws(FunctionError) in
        let name = try arguments.text(0)
        if try arguments.boolean(1, or: true), Punycode.asciiName(name) == nil {
            throw FunctionError("unable to decode punycode")
        }
        return .text(Punycode.unicodeName(name))
    }

    private static let decodeMimeQ = Function(
        "decode_mime_q",
        [Parameter("value", .bytes)],
        .bytes,
        fails: true
    ) { arguments, _ throws(FunctionError) in
        .text(try MimeWords.decoded(arguments.text(0)))
    }

    private static let encodeCharset = Function(
        "encode_charset",
        [Parameter("value", .bytes), Parameter("to_charset", .bytes, isStatic: true)],
        .bytes,
        fails: true,
        check: { known throws(FunctionError) in
            if let name = known.text(1) { _ = try charset(name) }
        }
    ) { arguments, _ throws(FunctionError) in
        .bytes(Bytes(try charset(arguments.text(1)).encode(arguments.text(0))))
    }

    private static let decodeCharset = Function(
        "decode_charset",
        [Parameter("value", .bytes), Parameter("from_charset", .bytes, isStatic: true)],
        .bytes,
        fails: true,
        check: { known throws(FunctionError) in
            if let name = known.text(1) { _ = try charset(name) }
        }
    ) { arguments, _ throws(FunctionError) in
        .text(try charset(arguments.text(1)).decode(arguments.bytes(0).array))
    }

    private static func charset(_ name: String) throws(FunctionError) -> CharacterSet {
        guard let found = CharacterSet(named: name) else {
            throw FunctionError("Unknown charset: \(name)")
        }
        return found
    }
}
