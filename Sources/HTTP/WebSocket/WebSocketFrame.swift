/// The frames of RFC 6455 section 5.
package enum WebSocketFrame {
    /// What a frame is.
    package enum Opcode: UInt8, Sendable {
        case continuation = 0
        case text = 1
        case binary = 2
        case close = 8
        case ping = 9
        case pong = 10

        var isControl: Bool { rawValue >= 8 }
    }

    /// The most payload bytes of a control frame.
    static let controlLimit = 125

    /// Writes one frame; a client's has a masking key, a server's has none.
    package static func encode(
        _ opcode: Opcode,
        _ payload: [UInt8],
        isFinal: Bool = true,
        mask: UInt32?
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(payload.count + 14)
        bytes.append((isFinal ? 0x80 : 0) | opcode.rawValue)
        let flag: UInt8 = mask == nil ? 0 : 0x80
        switch payload.count {
        case 0...125: bytes.append(flag | UInt8(payload.count))
        case 126...0xFFFF:
            bytes.append(flag | 126)
            bytes.append(UInt8(payload.count >> 8))
            bytes.append(UInt8(payload.count & 0xFF))
        default:
            bytes.append(flag | 127)
            for shift in stride(from: 56, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: payload.count >> shift))
            }
        }
        guard let mask else {
            bytes.append(contentsOf: payload)
            return bytes
        }
        for shift in stride(from: 24, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: mask >> UInt32(shift)))
        }
        let start = bytes.count
        bytes.append(contentsOf: payload)
        apply(mask, to: &bytes, from: start)
        return bytes
    }

    /// The payload of a Close frame; the reason is cut to what fits.
    package static func closePayload(code: UInt16, reason: String) -> [UInt8] {
        var payload = [UInt8(code >> 8), UInt8(code & 0xFF)]
        var text = Substring(reason)
        while text.utf8.count > controlLimit - 2 { text.removeLast() }
        payload.append(contentsOf: text.utf8)
        return payload
    }

    /// Whether a code may be sent in a Close frame (section 7.4).
    static func isValidCloseCode(_ code: UInt16) -> Bool {
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }

    /// Masks or unmasks in place: the operation is its own inverse.
    static func apply(_ mask: UInt32, to bytes: inout [UInt8], from start: Int) {
        let key = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: mask >> UInt32($0)) }
        var position = 0
        for index in start..<bytes.count {
            bytes[index] ^= key[position & 3]
            position += 1
        }
    }
}
