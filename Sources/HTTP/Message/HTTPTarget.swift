/// The target of a request, taken apart: path segments and query, percent-decoded.
public struct HTTPTarget: Sendable, Hashable {
    /// One `name=value` pair of the query.
    public struct Parameter: Sendable, Hashable {
        /// The decoded name.
        public var name: String
        /// The decoded value; empty if there is no `=`.
        public var value: String
    }

    /// The path as it was sent, still encoded, without the query.
    public let path: String
    /// The decoded segments of the path; empty ones (`//`, a trailing slash) are left out.
    public let segments: [String]
    /// The query as it was sent, still encoded, without the `?`.
    public let rawQuery: String
    /// The decoded pairs of the query, in order.
    public let parameters: [Parameter]

    /// Takes apart a target in origin-form (`/path?query`) or absolute-form (`http://host/path`).
    ///
    /// `nil` if it is neither, has a broken percent escape, a NUL byte, text that is not UTF-8, or
    /// a `.` or `..` segment, encoded or not.
    public init?(_ target: String) {
        var rest = Substring(target)
        if !rest.hasPrefix("/") {
            guard let scheme = rest.firstRange(of: "://") else { return nil }
            rest = rest[scheme.upperBound...]
            let slash = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
            rest = rest[slash...]
        }
        let mark = rest.utf8.firstIndex(of: UInt8(ascii: "?")) ?? rest.endIndex
        let rawPath = rest[..<mark]
        path = rawPath.isEmpty ? "/" : String(rawPath)
        rawQuery = mark < rest.endIndex ? String(rest[rest.index(after: mark)...]) : ""
        var segments: [String] = []
        for part in rawPath.utf8.split(separator: UInt8(ascii: "/")) {
            guard let segment = Self.decode(Substring(part)), segment != ".", segment != ".."
            else { return nil }
            segments.append(segment)
        }
        self.segments = segments
        var parameters: [Parameter] = []
        for pair in rawQuery.utf8.split(separator: UInt8(ascii: "&")) {
            let equals = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
            let tail = equals < pair.endIndex ? pair[pair.index(after: equals)...] : pair.suffix(0)
            guard let name = Self.decode(Substring(pair[..<equals]), plusIsSpace: true),
                let value = Self.decode(Substring(tail), plusIsSpace: true)
            else { return nil }
            parameters.append(Parameter(name: name, value: value))
        }
        self.parameters = parameters
    }

    /// Undoes percent-encoding; `nil` for a broken escape, a NUL byte or invalid UTF-8.
    public static func decode(_ text: some StringProtocol, plusIsSpace: Bool = false) -> String? {
        let plus = UInt8(ascii: "+")
        let percent = UInt8(ascii: "%")
        let source = text.utf8
        guard source.contains(where: { $0 == percent || $0 == 0 || plusIsSpace && $0 == plus })
        else { return String(text) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(source.count)
        var rest = source.makeIterator()
        while let byte = rest.next() {
            switch byte {
            case percent:
                guard let high = rest.next().flatMap(HTTPSyntax.hexadecimal),
                    let low = rest.next().flatMap(HTTPSyntax.hexadecimal)
                else { return nil }
                let value = high << 4 | low
                guard value != 0 else { return nil }
                bytes.append(value)
            case plus where plusIsSpace: bytes.append(UInt8(ascii: " "))
            case 0: return nil
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// Percent-encodes a text so that it may stand as one path segment or one query value.
    public static func encode(_ text: some StringProtocol) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"):
                bytes.append(byte)
            default:
                bytes.append(UInt8(ascii: "%"))
                bytes.append(digits[Int(byte >> 4)])
                bytes.append(digits[Int(byte & 15)])
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Makes a target from a path, already encoded, and query pairs, which are encoded here.
    public static func target(_ path: String, query: [(String, String)]) -> String {
        guard !query.isEmpty else { return path }
        return path + "?" + query.map { encode($0.0) + "=" + encode($0.1) }.joined(separator: "&")
    }
}
