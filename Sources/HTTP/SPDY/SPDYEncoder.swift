import Formats

/// Writes one direction of SPDY/3.1.
///
/// Its headers are one compressed text over the whole connection, so frames must be sent in the order in
/// which they were made.
public struct SPDYEncoder {
    /// The most bytes of a data frame that is written.
    public static let dataLimit = 64 << 10

    private let deflater = StreamEncoder(.zlib, dictionary: SPDYDictionary.bytes)

    /// Begins a direction.
    public init() {}

    /// The bytes of a frame; data longer than `dataLimit` become several.
    public func bytes(_ frame: SPDYFrame) -> [UInt8] {
        switch frame {
        case .open(let stream, let headers, let isLast):
            // No stream that it belongs to, the highest priority, no slot.
            let body = Self.bytes(stream) + Self.bytes(0) + [0, 0] + block(headers)
            return control(SPDYType.open, body, isLast)
        case .reply(let stream, let headers, let isLast):
            return control(SPDYType.reply, Self.bytes(stream) + block(headers), isLast)
        case .headers(let stream, let headers, let isLast):
            return control(SPDYType.headers, Self.bytes(stream) + block(headers), isLast)
        case .reset(let stream, let status):
            return control(SPDYType.reset, Self.bytes(stream) + Self.bytes(status), false)
        case .ping(let number): return control(SPDYType.ping, Self.bytes(number), false)
        case .goAway: return control(SPDYType.goAway, Self.bytes(0) + Self.bytes(0), false)
        case .data(let stream, let bytes, let isLast):
            var result: [UInt8] = []
            var rest = bytes[...]
            repeat {
                let piece = rest.prefix(Self.dataLimit)
                rest = rest.dropFirst(piece.count)
                let flags = isLast && rest.isEmpty ? SPDYType.finish : 0
                result += Self.bytes(stream) + [flags] + Self.length(piece.count) + piece
            } while !rest.isEmpty
            return result
        }
    }

    private func control(_ type: UInt16, _ body: [UInt8], _ isLast: Bool) -> [UInt8] {
        let flags = isLast ? SPDYType.finish : 0
        return [0x80, UInt8(SPDYType.version), 0, UInt8(type), flags] + Self.length(body.count)
            + body
    }

    private func block(_ headers: [SPDYHeader]) -> [UInt8] {
        var plain = Self.bytes(UInt32(headers.count))
        for header in headers {
            for text in [header.name, header.value] {
                plain += Self.bytes(UInt32(text.utf8.count)) + Array(text.utf8)
            }
        }
        var packed: [UInt8] = []
        deflater.write(plain.span, to: &packed)
        deflater.flush(to: &packed)
        return packed
    }

    private static func bytes(_ number: UInt32) -> [UInt8] {
        [
            UInt8(number >> 24), UInt8(number >> 16 & 0xFF), UInt8(number >> 8 & 0xFF),
            UInt8(number & 0xFF),
        ]
    }

    private static func length(_ count: Int) -> [UInt8] { Array(bytes(UInt32(count)).dropFirst()) }
}
