import Security

/// The opening handshake of RFC 6455 section 4.
enum WebSocketHandshake {
    /// A new key for a client's request: 16 random bytes in base 64.
    static func makeKey() -> String {
        base64(SecureRandom.bytes(16))
    }

    /// The answer to a key.
    static func accept(_ key: String) -> String {
        base64(Digest.sha1(Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8)))
    }

    /// Whether a text is 16 bytes in base 64.
    static func isKey(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return bytes.count == 24 && text.hasSuffix("==")
            && bytes.dropLast(2).allSatisfy { alphabet.contains($0) }
    }

    /// Whether a request wants to become a WebSocket.
    static func isRequested(_ headers: HTTPHeaders) -> Bool {
        headers.list("Upgrade", contains: "websocket")
            && headers.list("Connection", contains: "upgrade")
    }

    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8
    )

    private static func base64(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var word: UInt32 = 0
            for offset in 0..<3 {
                word = word << 8 | (offset < group.count ? UInt32(bytes[start + offset]) : 0)
            }
            for position in 0..<4 {
                let index = Int(word >> UInt32(18 - 6 * position) & 63)
                text.append(position <= group.count ? alphabet[index] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
