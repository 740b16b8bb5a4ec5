/// A reply of Redis's protocol, version 2 (RESP).
package enum RedisReply: Sendable, Hashable {
    /// A simple or bulk string.
    case text(String)
    /// An error, with its first word: `LOADING Redis is loading the dataset in memory`.
    case error(String)
    case number(Int)
    case list([RedisReply])
    /// No string, or no list.
    case null

    /// Bytes that are no reply.
    package struct Mistake: Error {}

    /// The longest reply, in bytes.
    package static let sizeMaximum = 64 << 10
    private static let depthMaximum = 8

    /// A command as the wire has it.
    package static func request(_ words: [String]) -> [UInt8] {
        var bytes = Array("*\(words.count)\r\n".utf8)
        for word in words { bytes += Array("$\(word.utf8.count)\r\n\(word)\r\n".utf8) }
        return bytes
    }

    /// The first reply and how many bytes it takes; nil if it is not all there.
    package static func read(_ bytes: [UInt8]) throws(Mistake) -> (reply: RedisReply, count: Int)? {
        var place = 0
        guard let reply = try value(bytes, &place, 0) else {
            if bytes.count > sizeMaximum { throw Mistake() }
            return nil
        }
        return (reply, place)
    }

    private static func value(
        _ bytes: [UInt8],
        _ place: inout Int,
        _ depth: Int
    ) throws(Mistake) -> RedisReply? {
        guard depth < depthMaximum else { throw Mistake() }
        guard place < bytes.count else { return nil }
        let kind = bytes[place]
        guard "+-:$*".utf8.contains(kind) else { throw Mistake() }
        guard let line = line(bytes, &place) else { return nil }
        switch kind {
        case UInt8(ascii: "+"): return .text(line)
        case UInt8(ascii: "-"): return .error(line)
        default: break
        }
        guard let number = Int(line) else { throw Mistake() }
        if kind == UInt8(ascii: ":") { return .number(number) }
        guard number >= 0 else {
            if number == -1 { return .null }
            throw Mistake()
        }
        guard number <= sizeMaximum else { throw Mistake() }
        if kind == UInt8(ascii: "$") {
            let end = place + number
            guard end + 2 <= bytes.count else { return nil }
            guard bytes[end] == 13, bytes[end + 1] == 10 else { throw Mistake() }
            defer { place = end + 2 }
            return .text(String(decoding: bytes[place..<end], as: UTF8.self))
        }
        var list: [RedisReply] = []
        for _ in 0..<number {
            guard let next = try value(bytes, &place, depth + 1) else { return nil }
            list.append(next)
        }
        return .list(list)
    }

    /// The rest of a line behind its first byte; `place` is moved behind the line's end.
    private static func line(_ bytes: [UInt8], _ place: inout Int) -> String? {
        guard let end = bytes[place...].firstIndex(of: 13), end + 1 < bytes.count else {
            return nil
        }
        defer { place = end + 2 }
        return String(decoding: bytes[(place + 1)..<end], as: UTF8.self)
    }
}
