public import Basics

extension ProxyHeader {
    /// The longest line of version 1, with its line end.
    static let lineMaximum = 107

    static func version1(
        _ bytes: Span<UInt8>
    ) throws(ProxyViolation) -> (header: ProxyHeader, length: Int)? {
        guard let feed = bytes.lineFeed(from: 0), feed < lineMaximum else {
            guard bytes.count < lineMaximum else { throw .tooLong }
            return nil
        }
        guard feed > 0, bytes[feed - 1] == 0x0D else { throw .malformed }
        var words = LineWords(bytes.extracting(6..<(feed - 1)))
        let family = words.next()
        let length = feed + 1
        if family.equals(HeaderBlock.span("UNKNOWN")) { return (ProxyHeader(), length) }
        let size: Int
        if family.equals(HeaderBlock.span("TCP4")) {
            size = 4
        } else if family.equals(HeaderBlock.span("TCP6")) {
            size = 16
        } else {
            throw .malformed
        }
        let from = words.next()
        let to = words.next()
        let fromPort = words.next()
        let toPort = words.next()
        guard words.isAtEnd, let source = NumericAddress.parse(from, size: size),
            let destination = NumericAddress.parse(to, size: size),
            let sourcePort = NumericAddress.port(fromPort),
            let destinationPort = NumericAddress.port(toPort)
        else { throw .malformed }
        return (
            ProxyHeader(
                source: .internet(address: source, port: sourcePort),
                destination: .internet(address: destination, port: destinationPort)
            ), length
        )
    }

    /// Writes the header in version 1, which knows internet addresses only.
    public func encodeVersion1(into buffer: inout ByteBuffer) {
        guard !isLocal, case .internet(let from, let fromPort) = source,
            case .internet(let to, let toPort) = destination, from.count == to.count
        else { return buffer.append("PROXY UNKNOWN\r\n") }
        buffer.append(from.count == 4 ? "PROXY TCP4 " : "PROXY TCP6 ")
        NumericAddress.write(from, into: &buffer)
        buffer.append(byte: 0x20)
        NumericAddress.write(to, into: &buffer)
        buffer.append(byte: 0x20)
        buffer.append(decimal: Int(fromPort))
        buffer.append(byte: 0x20)
        buffer.append(decimal: Int(toPort))
        buffer.append("\r\n")
    }
}

/// Words with one blank between them.
private struct LineWords: ~Escapable {
    private let line: Span<UInt8>
    private var at = 0
    private(set) var isAtEnd = false

    @_lifetime(copy line)
    init(_ line: Span<UInt8>) {
        self.line = line
    }

    /// The next word, empty after the last one.
    @_lifetime(copy self)
    mutating func next() -> Span<UInt8> {
        let start = at
        while at < line.count, line[at] != 0x20 { at += 1 }
        let word = line.extracting(start..<at)
        if at < line.count { at += 1 } else { isAtEnd = true }
        return word
    }
}
