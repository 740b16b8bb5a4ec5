/// What a client sends first on an HTTP/2 connection (RFC 9113 section 3.4).
enum HTTP2Preface {
    private static let wanted = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    /// Whether bytes may be the beginning of such a connection.
    static func mayBegin(_ bytes: Span<UInt8>) -> Bool {
        let count = min(bytes.count, wanted.count)
        for index in 0..<count where bytes[index] != wanted[index] { return false }
        return count > 0
    }
}
