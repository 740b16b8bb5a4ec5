public import Basics

extension ProxyHeader {
    private static let checksumType: UInt8 = 3

    /// Reads a header whose first 16 bytes are there.
    static func version2(
        _ bytes: Span<UInt8>,
        maximum: Int
    ) throws(ProxyViolation) -> (header: ProxyHeader, length: Int)? {
        let command = bytes[12]
        guard command == 0x20 || command == 0x21 else { throw .version }
        let family = bytes[13] >> 4
        let transport = bytes[13] & 15
        guard family <= 3, transport <= 2 else { throw .malformed }
        let length = 16 + (Int(bytes[14]) << 8 | Int(bytes[15]))
        guard length <= maximum else { throw .tooLong }
        guard bytes.count >= length else { return nil }
        let header = bytes.extracting(0..<length)
        let size = [0, 12, 36, 216][Int(family)]
        guard length >= 16 + size else { throw .malformed }
        // Without a transport nobody can tell what the rest is.
        if family != 0 && transport != 0 { try checkExtensions(header, from: 16 + size) }
        if command == 0x20 { return (ProxyHeader(isLocal: true), length) }
        guard transport != 0 else { return (ProxyHeader(), length) }
        switch family {
        case 1, 2:
            let width = family == 1 ? 4 : 16
            let ports = 16 + 2 * width
            return (
                ProxyHeader(
                    source: internet(header, at: 16, width, port: ports),
                    destination: internet(header, at: 16 + width, width, port: ports + 2)
                ), length
            )
        case 3:
            return (
                ProxyHeader(source: path(header, at: 16), destination: path(header, at: 124)),
                length
            )
        default: return (ProxyHeader(), length)
        }
    }

    private static func internet(
        _ bytes: Span<UInt8>,
        at start: Int,
        _ width: Int,
        port: Int
    ) -> ProxyAddress {
        .internet(
            address: Array(copying: bytes.extracting(start..<(start + width))),
            port: UInt16(bytes[port]) << 8 | UInt16(bytes[port + 1])
        )
    }

    private static func path(_ bytes: Span<UInt8>, at start: Int) -> ProxyAddress {
        var end = start + 108
        while end > start, bytes[end - 1] == 0 { end -= 1 }
        return .path(Array(copying: bytes.extracting(start..<end)))
    }

    /// Walks over the extensions, which are of no interest here but for the checksum.
    private static func checkExtensions(
        _ header: Span<UInt8>,
        from start: Int
    ) throws(ProxyViolation) {
        var at = start
        while at < header.count {
            guard at + 3 <= header.count else { throw .malformed }
            let length = Int(header[at + 1]) << 8 | Int(header[at + 2])
            guard at + 3 + length <= header.count else { throw .malformed }
            if header[at] == checksumType {
                guard length == 4 else { throw .malformed }
                var expected: UInt32 = 0
                for index in 0..<4 { expected = expected << 8 | UInt32(header[at + 3 + index]) }
                guard checksum(header, zeroAt: at + 3) == expected else { throw .checksum }
            }
            at += 3 + length
        }
    }

    /// CRC-32C of the header with zeros in place of the checksum (RFC 4960 appendix B).
    private static func checksum(_ header: Span<UInt8>, zeroAt hole: Int) -> UInt32 {
        var sum: UInt32 = .max
        for index in header.indices {
            let isHole = index >= hole && index < hole + 4
            sum ^= isHole ? 0 : UInt32(header[index])
            for _ in 0..<8 { sum = sum >> 1 ^ (sum & 1 == 0 ? 0 : 0x82F6_3B78) }
        }
        return ~sum
    }

    /// Writes the header in version 2.
    ///
    /// - Parameters:
    ///   - hasChecksum: Whether a checksum is added.
    ///   - buffer: Where to write.
    public func encodeVersion2(hasChecksum: Bool = false, into buffer: inout ByteBuffer) {
        var header = Self.signature
        header.append(isLocal ? 0x20 : 0x21)
        switch (source, destination) {
        case (.internet(let from, let fromPort), .internet(let to, let toPort))
        where from.count == to.count:
            header.append(from.count == 4 ? 0x11 : 0x21)
            header += [0, 0] + from + to
            for port in [fromPort, toPort] {
                header += [UInt8(port >> 8), UInt8(truncatingIfNeeded: port)]
            }
        case (.path(let from), .path(let to)):
            header += [0x31, 0, 0]
            for path in [from, to] {
                header += path.prefix(108)
                header += [UInt8](repeating: 0, count: max(0, 108 - path.count))
            }
        default: header += [0, 0, 0]
        }
        let hole = header.count + 3
        // Without addresses the receiver does not look at extensions.
        let isChecked = hasChecksum && header[13] != 0
        if isChecked { header += [Self.checksumType, 0, 4, 0, 0, 0, 0] }
        let length = header.count - 16
        header[14] = UInt8(truncatingIfNeeded: length >> 8)
        header[15] = UInt8(truncatingIfNeeded: length)
        if isChecked {
            let sum = Self.checksum(header.span, zeroAt: hole)
            for index in 0..<4 {
                header[hole + index] = UInt8(truncatingIfNeeded: sum >> (24 - 8 * UInt32(index)))
            }
        }
        buffer.append(header.span)
    }
}
