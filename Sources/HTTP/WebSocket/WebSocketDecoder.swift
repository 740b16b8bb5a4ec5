/// Turns the bytes of one direction of a WebSocket into messages, without any I/O.
///
/// Feed bytes with `append`, then call `next` until it gives `nil`. Where the bytes are cut makes no
/// difference. After an error the decoder gives the same error for ever.
package struct WebSocketDecoder: Sendable {
    /// What was read.
    package enum Event: Sendable, Equatable {
        case text(String)
        case binary([UInt8])
        case ping([UInt8])
        case pong([UInt8])
        /// The peer ends its direction; no code if it gave none.
        case close(code: UInt16?, reason: String)
    }

    private struct Header {
        var opcode: WebSocketFrame.Opcode
        var isFinal: Bool
        var length: Int
        var mask: UInt32?
        var size: Int
    }

    private let expectsMask: Bool
    private let limit: Int
    private var queue = ByteQueue()
    private var failure: WebSocketViolation?
    private var isClosed = false
    /// The kind and the fragments so far of a message that is not complete.
    private var message: (opcode: WebSocketFrame.Opcode, payload: [UInt8])?

    /// Makes a decoder.
    ///
    /// - Parameters:
    ///   - expectsMask: Whether the peer is a client, whose frames must be masked.
    ///   - limit: The most payload bytes of a message, over all its fragments.
    package init(expectsMask: Bool, limit: Int) {
        self.expectsMask = expectsMask
        self.limit = limit
    }

    /// Adds received bytes.
    package mutating func append(_ bytes: [UInt8]) {
        queue.append(bytes)
    }

    /// The next event, or `nil` if more bytes are needed; nothing follows a Close.
    package mutating func next() throws(WebSocketViolation) -> Event? {
        if let failure { throw failure }
        do throws(WebSocketViolation) {
            while !isClosed {
                guard let header = try readHeader(),
                    queue.count - header.size >= header.length
                else { return nil }
                queue.drop(header.size)
                var payload = queue.take(header.length)
                if let mask = header.mask { WebSocketFrame.apply(mask, to: &payload, from: 0) }
                if let event = try take(header, payload) { return event }
            }
            return nil
        } catch {
            failure = error
            throw error
        }
    }

    private func readHeader() throws(WebSocketViolation) -> Header? {
        guard queue.count >= 2 else { return nil }
        let (first, second) = (queue[0], queue[1])
        guard first & 0x70 == 0 else { throw WebSocketViolation(1002, "reserved bits are set") }
        guard let opcode = WebSocketFrame.Opcode(rawValue: first & 0x0F) else {
            throw WebSocketViolation(1002, "unknown opcode \(first & 0x0F)")
        }
        let isMasked = second & 0x80 != 0
        guard isMasked == expectsMask else {
            throw WebSocketViolation(1002, expectsMask ? "unmasked frame" : "masked frame")
        }
        var header = Header(
            opcode: opcode,
            isFinal: first & 0x80 != 0,
            length: Int(second & 0x7F),
            mask: nil,
            size: 2
        )
        if opcode.isControl && (!header.isFinal || header.length > WebSocketFrame.controlLimit) {
            throw WebSocketViolation(1002, "fragmented or oversized control frame")
        }
        guard let length = try readLength(&header) else { return nil }
        header.length = length
        try check(header)
        guard isMasked else { return header }
        guard queue.count >= header.size + 4 else { return nil }
        var mask: UInt32 = 0
        for offset in 0..<4 { mask = mask << 8 | UInt32(queue[header.size + offset]) }
        header.mask = mask
        header.size += 4
        return header
    }

    private func readLength(_ header: inout Header) throws(WebSocketViolation) -> Int? {
        let extra = header.length == 126 ? 2 : header.length == 127 ? 8 : 0
        guard extra > 0 else { return header.length }
        guard queue.count >= 2 + extra else { return nil }
        var length: UInt64 = 0
        for offset in 0..<extra { length = length << 8 | UInt64(queue[2 + offset]) }
        header.size += extra
        guard length <= UInt64(Int.max) else {
            throw WebSocketViolation(1002, "impossible frame length")
        }
        return Int(length)
    }

    private func check(_ header: Header) throws(WebSocketViolation) {
        if header.opcode.isControl { return }
        let isContinuation = header.opcode == .continuation
        guard isContinuation == (message != nil) else {
            throw WebSocketViolation(
                1002,
                isContinuation ? "continuation of nothing" : "message inside a message"
            )
        }
        let before = message?.payload.count ?? 0
        guard header.length <= limit - before else {
            throw WebSocketViolation(1009, "message longer than \(limit) bytes")
        }
    }

    private mutating func take(
        _ header: Header,
        _ payload: [UInt8]
    ) throws(WebSocketViolation) -> Event? {
        switch header.opcode {
        case .ping: return .ping(payload)
        case .pong: return .pong(payload)
        case .close:
            isClosed = true
            return try close(payload)
        case .text, .binary, .continuation:
            var whole = message ?? (header.opcode, [])
            message = nil
            if whole.payload.isEmpty { whole.payload = payload } else { whole.payload += payload }
            guard header.isFinal else {
                message = whole
                return nil
            }
            if whole.opcode == .binary { return .binary(whole.payload) }
            guard let text = String(validating: whole.payload, as: UTF8.self) else {
                throw WebSocketViolation(1007, "text that is not UTF-8")
            }
            return .text(text)
        }
    }

    private func close(_ payload: [UInt8]) throws(WebSocketViolation) -> Event {
        if payload.isEmpty { return .close(code: nil, reason: "") }
        guard payload.count >= 2 else { throw WebSocketViolation(1002, "malformed Close frame") }
        let code = UInt16(payload[0]) << 8 | UInt16(payload[1])
        guard WebSocketFrame.isValidCloseCode(code) else {
            throw WebSocketViolation(1002, "close code \(code)")
        }
        guard let reason = String(validating: payload[2...], as: UTF8.self) else {
            throw WebSocketViolation(1007, "close reason that is not UTF-8")
        }
        return .close(code: code, reason: reason)
    }
}
