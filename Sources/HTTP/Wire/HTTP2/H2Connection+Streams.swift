import Basics
internal import CNGHTTP2

extension H2Connection {
    // MARK: Heads

    /// Makes a request.
    ///
    /// - Parameters:
    ///   - head: The request; one with `upgrade` opens a WebSocket.
    ///   - tag: What the owner knows the stream by.
    ///   - isEnd: Whether it has no body.
    /// - Returns: The stream, or `nil` if the connection takes no more.
    public func open(_ head: borrowing RequestHead, tag: Int, isEnd: Bool) -> H2Stream? {
        guard canOpen else { return nil }
        let slot = unsafe take()
        list.request(head, defaultScheme: defaultScheme)
        var provider = unsafe provider(slot)
        let id = unsafe withUnsafePointer(to: &provider) { provider in
            unsafe nghttp2_submit_request(
                session,
                nil,
                list.entries,
                list.count,
                isEnd ? nil : provider,
                slot
            )
        }
        guard id > 0 else {
            unsafe release(slot)
            return nil
        }
        guardian.streamOpened()
        unsafe slot.pointee.id = id
        unsafe slot.pointee.tag = tag
        unsafe slot.pointee.isEnding = isEnd
        unsafe slot.pointee.isHead = head.method == .head
        unsafe slot.pointee.isConnect = head.method == .connect
        unsafe slot.pointee.isWebSocket = head.upgrade == .webSocket
        return unsafe slot.pointee.handle
    }

    /// Answers a request, or says something in the interim.
    ///
    /// - Parameters:
    ///   - stream: The request's stream.
    ///   - head: The response.
    ///   - isEnd: Whether it has no body.
    public func respond(_ stream: H2Stream, _ head: borrowing ResponseHead, isEnd: Bool) {
        guard let slot = unsafe slot(stream) else { return }
        unsafe list.response(head, isWebSocket: slot.pointee.isWebSocket)
        if head.isInterim {
            _ = unsafe nghttp2_submit_headers(
                session,
                UInt8(NGHTTP2_FLAG_NONE.rawValue),
                slot.pointee.id,
                nil,
                list.entries,
                list.count,
                nil
            )
            return
        }
        unsafe slot.pointee.isEnding = isEnd
        var provider = unsafe provider(slot)
        _ = unsafe withUnsafePointer(to: &provider) { provider in
            unsafe nghttp2_submit_response(
                session,
                slot.pointee.id,
                list.entries,
                list.count,
                isEnd ? nil : provider
            )
        }
    }

    // MARK: Bodies

    /// Sends bytes of a body as the peer's windows allow.
    ///
    /// - Returns: Whether more may be written; otherwise the owner is told when there is room again.
    @discardableResult
    public func write(_ stream: H2Stream, _ bytes: Span<UInt8>) -> Bool {
        guard let slot = unsafe slot(stream), unsafe !slot.pointee.isEnding else { return false }
        if let blocks { unsafe slot.pointee.output.borrow(from: blocks) }
        unsafe slot.pointee.output.append(bytes)
        unsafe resume(slot)
        let isFull = unsafe slot.pointee.output.count >= settings.streamFullAt
        if isFull { unsafe slot.pointee.isFull = true }
        return !isFull
    }

    /// Ends the body.
    public func end(_ stream: H2Stream) {
        guard let slot = unsafe slot(stream), unsafe !slot.pointee.isEnding else { return }
        unsafe slot.pointee.isEnding = true
        unsafe resume(slot)
    }

    /// Ends the body with trailers.
    public func end(_ stream: H2Stream, trailers: borrowing HeaderBlock) {
        guard let slot = unsafe slot(stream), unsafe !slot.pointee.isEnding else { return }
        if !trailers.isEmpty {
            unsafe slot.pointee.trailers.append(contentsOf: trailers)
            unsafe slot.pointee.hasTrailers = true
        }
        unsafe slot.pointee.isEnding = true
        unsafe resume(slot)
    }

    /// How many bytes of a body wait to be sent.
    public func waiting(_ stream: H2Stream) -> Int {
        guard let slot = unsafe slot(stream) else { return 0 }
        return unsafe slot.pointee.output.count
    }

    /// Lets the peer send so many more bytes.
    public func consume(_ stream: H2Stream, _ amount: Int) {
        guard let slot = unsafe slot(stream) else { return }
        let amount = unsafe min(amount, slot.pointee.unconsumed)
        guard amount > 0 else { return }
        unsafe slot.pointee.unconsumed -= amount
        if settings.sharesWindow {
            _ = unsafe nghttp2_session_consume(session, slot.pointee.id, amount)
        } else {
            _ = unsafe nghttp2_session_consume_stream(session, slot.pointee.id, amount)
        }
    }

    /// Gives the stream up; the owner hears nothing more of it.
    public func reset(_ stream: H2Stream, _ code: H2ErrorCode) {
        guard let slot = unsafe slot(stream) else { return }
        unsafe abandon(slot)
        _ = unsafe nghttp2_submit_rst_stream(
            session,
            UInt8(NGHTTP2_FLAG_NONE.rawValue),
            slot.pointee.id,
            code.rawValue
        )
    }

    // MARK: What the owner knows it by

    /// The owner's own number for a stream; 0 for one that is gone or has none.
    ///
    /// It is known until `h2Closed` or `h2Refused` returns.
    public func tag(_ stream: H2Stream) -> Int {
        guard let slot = unsafe place(stream) else { return 0 }
        return unsafe slot.pointee.tag
    }

    /// Sets the owner's own number for a stream.
    public func setTag(_ stream: H2Stream, _ tag: Int) {
        guard let slot = unsafe place(stream) else { return }
        unsafe slot.pointee.tag = tag
    }

    /// The number of a stream on the wire; 0 for one that is gone.
    public func number(_ stream: H2Stream) -> Int {
        guard let slot = unsafe place(stream) else { return 0 }
        return unsafe Int(slot.pointee.id)
    }

    // MARK: Places

    /// The place of a stream that the owner may do something with.
    func slot(_ stream: H2Stream) -> UnsafeMutablePointer<H2Slot>? {
        guard let slot = unsafe place(stream), unsafe !slot.pointee.isAbandoned else { return nil }
        return unsafe slot
    }

    private func place(_ stream: H2Stream) -> UnsafeMutablePointer<H2Slot>? {
        guard unsafe Int(stream.index) < slots.count else { return nil }
        let slot = unsafe slots[Int(stream.index)]
        let isTenant = unsafe slot.pointee.id != 0 && slot.pointee.generation == stream.generation
        return unsafe isTenant ? slot : nil
    }

    func take() -> UnsafeMutablePointer<H2Slot> {
        openCount += 1
        if let index = unused.popLast() { return unsafe slots[Int(index)] }
        let slot = UnsafeMutablePointer<H2Slot>.allocate(capacity: 1)
        unsafe slot.initialize(to: H2Slot(index: Int32(slots.count)))
        unsafe slots.append(slot)
        return unsafe slot
    }

    func release(_ slot: UnsafeMutablePointer<H2Slot>) {
        openCount -= 1
        unsafe slot.pointee.output.removeAll()
        if let blocks { unsafe slot.pointee.output.giveBack(to: blocks) }
        unsafe slot.pointee.clear()
        unsafe unused.append(slot.pointee.index)
    }

    /// Lets the peer have back what the owner will not consume, and forgets the owner's handle.
    func abandon(_ slot: UnsafeMutablePointer<H2Slot>) {
        let unconsumed = unsafe slot.pointee.unconsumed
        if unconsumed > 0 {
            unsafe slot.pointee.unconsumed = 0
            if settings.sharesWindow {
                _ = unsafe nghttp2_session_consume_connection(session, unconsumed)
            }
        }
        unsafe slot.pointee.isAbandoned = true
    }

    private func resume(_ slot: UnsafeMutablePointer<H2Slot>) {
        guard unsafe slot.pointee.isDeferred else { return }
        unsafe slot.pointee.isDeferred = false
        _ = unsafe nghttp2_session_resume_data(session, slot.pointee.id)
    }
}
