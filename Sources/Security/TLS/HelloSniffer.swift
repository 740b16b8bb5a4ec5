/// The hello of a TLS client, as far as the choice of a filter chain needs it.
public struct TLSHello: Sendable, Hashable {
    /// The server name in lower case without a dot at its end; `nil` if none was sent.
    public var serverName: String?
    /// The application protocols, best first.
    public var protocols: [String]

    /// Makes a hello.
    public init(serverName: String?, protocols: [String]) {
        self.serverName = serverName
        self.protocols = protocols
    }
}

/// Tells from the first bytes of a connection whether it speaks TLS, and to whom.
///
/// It takes nothing off the bytes: they go to the handshake, or on to the host, as they are. It is
/// strict (RFC 8446 section 4.1.2): lengths must fit exactly, extensions come once.
public enum HelloSniffer {
    /// What the bytes show.
    public enum Finding: Sendable, Hashable {
        /// They do not begin like TLS.
        case notTLS
        /// They may yet become either.
        case needsMore
        /// A whole hello.
        case hello(TLSHello)
        /// They begin like TLS and break its rules; the text says how.
        case malformed(String)
    }

    /// The longest hello that is read, in bytes without the heads of records.
    public static let maximum = 1 << 14
    /// The most records that a hello may be cut into.
    public static let recordsMaximum = 16
    /// From how many bytes on `look` never asks for more.
    public static let bytesMaximum = maximum + 4 + recordsMaximum * 5 + (1 << 14)

    private struct Malformed: Error {
        var text: String
        init(_ text: String) { self.text = text }
    }

    /// Looks at the first bytes of a connection, all of them from the first one on.
    public static func look(_ bytes: Span<UInt8>) -> Finding {
        guard bytes.count > 0 else { return .needsMore }
        // A record of handshake messages, version 3.x.
        guard bytes[0] == 0x16 else { return .notTLS }
        guard bytes.count > 1 else { return .needsMore }
        guard bytes[1] == 3 else { return .notTLS }
        do throws(Malformed) {
            guard let message = try message(bytes) else { return .needsMore }
            return .hello(try hello(message.span))
        } catch {
            return .malformed(error.text)
        }
    }

    /// The first handshake message put together from its records; `nil` if some are missing.
    private static func message(_ bytes: Span<UInt8>) throws(Malformed) -> [UInt8]? {
        var message: [UInt8] = []
        var position = 0
        var records = 0
        while true {
            if bytes.count > position, bytes[position] != 0x16 {
                throw Malformed("another record comes before the end of the hello")
            }
            guard bytes.count >= position + 5 else { return nil }
            guard bytes[position + 1] == 3, bytes[position + 2] <= 4 else {
                throw Malformed("a record has an unknown version")
            }
            let length = Int(bytes[position + 3]) << 8 | Int(bytes[position + 4])
            guard (1...1 << 14).contains(length) else {
                throw Malformed("a record has an impossible length")
            }
            records += 1
            guard records <= recordsMaximum else { throw Malformed("the hello is cut too small") }
            let end = min(position + 5 + length, bytes.count)
            for index in position + 5..<end { message.append(bytes[index]) }
            if let kind = message.first, kind != 1 { throw Malformed("no hello comes first") }
            if message.count >= 4 {
                let whole = Int(message[1]) << 16 | Int(message[2]) << 8 | Int(message[3])
                guard whole <= maximum else { throw Malformed("the hello is too long") }
                if message.count >= 4 + whole { return Array(message[4..<4 + whole]) }
            }
            guard end == position + 5 + length else { return nil }
            position = end
        }
    }

    private static func hello(_ body: Span<UInt8>) throws(Malformed) -> TLSHello {
        var reader = Reader(end: body.count)
        guard try reader.number(2, body) >> 8 == 3 else { throw Malformed("an unknown version") }
        _ = try reader.take(32)
        let session = try reader.vector(1, body)
        guard session.count <= 32 else { throw Malformed("the session's name is too long") }
        let suites = try reader.vector(2, body)
        guard suites.count >= 2, suites.count % 2 == 0 else {
            throw Malformed("the list of cipher suites is broken")
        }
        guard try reader.vector(1, body).count >= 1 else {
            throw Malformed("the list of compressions is empty")
        }
        var found = TLSHello(serverName: nil, protocols: [])
        // Before TLS 1.3 a hello may have no extensions at all.
        if reader.isAtEnd { return found }
        var extensions = Reader(try reader.vector(2, body))
        guard reader.isAtEnd else { throw Malformed("bytes follow the extensions") }
        var seen: Set<Int> = []
        while !extensions.isAtEnd {
            let kind = try extensions.number(2, body)
            guard seen.insert(kind).inserted else { throw Malformed("an extension comes twice") }
            let content = Reader(try extensions.vector(2, body))
            if kind == 0 { found.serverName = try serverName(content, body) }
            if kind == 16 { found.protocols = try protocols(content, body) }
        }
        return found
    }

    private static func serverName(
        _ content: Reader,
        _ body: Span<UInt8>
    ) throws(Malformed) -> String {
        var content = content
        var list = Reader(try content.vector(2, body))
        guard content.isAtEnd else { throw Malformed("the server name is broken") }
        guard try list.number(1, body) == 0 else {
            throw Malformed("the server name is of an unknown kind")
        }
        let range = try list.vector(2, body)
        guard list.isAtEnd, (1...255).contains(range.count) else {
            throw Malformed("the server name is broken")
        }
        var name: [UInt8] = []
        for index in range {
            guard (0x21...0x7e).contains(body[index]) else {
                throw Malformed("the server name has forbidden characters")
            }
            name.append(body[index])
        }
        return ServerNames.normal(String(decoding: name, as: UTF8.self))
    }

    private static func protocols(
        _ content: Reader,
        _ body: Span<UInt8>
    ) throws(Malformed) -> [String] {
        var content = content
        var list = Reader(try content.vector(2, body))
        guard content.isAtEnd, !list.isAtEnd else {
            throw Malformed("the list of protocols is broken")
        }
        var found: [String] = []
        while !list.isAtEnd {
            let range = try list.vector(1, body)
            guard !range.isEmpty else { throw Malformed("a protocol has no name") }
            found.append(String(decoding: range.map { body[$0] }, as: UTF8.self))
        }
        return found
    }

    /// A part of the hello that is read from front to back.
    private struct Reader {
        private var position: Int
        private let end: Int

        init(end: Int) {
            position = 0
            self.end = end
        }

        init(_ range: Range<Int>) {
            position = range.lowerBound
            end = range.upperBound
        }

        var isAtEnd: Bool { position == end }

        mutating func take(_ count: Int) throws(Malformed) -> Range<Int> {
            guard count <= end - position else { throw Malformed("a length reaches too far") }
            defer { position += count }
            return position..<position + count
        }

        mutating func number(_ width: Int, _ bytes: Span<UInt8>) throws(Malformed) -> Int {
            var value = 0
            for index in try take(width) { value = value << 8 | Int(bytes[index]) }
            return value
        }

        /// What follows a length of so many bytes.
        mutating func vector(_ width: Int, _ bytes: Span<UInt8>) throws(Malformed) -> Range<Int> {
            try take(try number(width, bytes))
        }
    }
}
