import Basics
import Formats
import HTTP
import Security

/// The fields that a WebSocket's opening has in HTTP/1 and not in HTTP/2 (RFC 6455, RFC 8441).
enum WebSocketFields {
    /// Adds what a request that came over HTTP/2 lacks.
    static func complete(_ head: inout RequestHead) {
        if !head.fields.contains(.upgrade) { head.fields.append(.upgrade, value: "websocket") }
        guard !head.fields.contains(.secWebSocketKey) else { return }
        let key = Array(Base64.encode(SecureRandom.bytes(16)).utf8)
        head.fields.append(.secWebSocketKey, value: key.span)
    }

    /// Adds what an answer that came over HTTP/2 lacks.
    static func complete(_ head: inout ResponseHead, to request: borrowing RequestHead) {
        if !head.fields.contains(.upgrade) { head.fields.append(.upgrade, value: "websocket") }
        guard !head.fields.contains(.secWebSocketAccept),
            let index = request.fields.first(.secWebSocketKey)
        else { return }
        let key = Array(copying: request.fields.value(index))
        let text = key + Array("258EAFA5-E914-47DA-95CA-C5AB0DC85B11".utf8)
        let answer = Array(Base64.encode(Digest.sha1(text)).utf8)
        head.fields.append(.secWebSocketAccept, value: answer.span)
    }
}
