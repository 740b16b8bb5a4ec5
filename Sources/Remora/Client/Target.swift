/// Builds request targets: percent-encoded paths and queries.
struct Target {
    private(set) var text: String

    /// A target with that path, whose segments are encoded already or need no encoding.
    init(_ path: String) {
        text = path
    }

    /// Adds a query parameter; nil adds nothing.
    mutating func add(_ name: String, _ value: String?) {
        guard let value else { return }
        text += (text.contains("?") ? "&" : "?") + name + "=" + Self.encoded(value)
    }

    /// The text with everything but unreserved characters (RFC 3986) percent-encoded.
    static func encoded(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += "%" + (digits.count == 1 ? "0" + digits : digits)
            }
        }
        return result
    }
}
