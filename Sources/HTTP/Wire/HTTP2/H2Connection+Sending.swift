import Basics
internal import CNGHTTP2

extension H2Connection {
    /// Where the library gets a stream's body from.
    func provider(_ slot: UnsafeMutablePointer<H2Slot>) -> nghttp2_data_provider {
        var provider = unsafe nghttp2_data_provider()
        unsafe provider.source.ptr = UnsafeMutableRawPointer(slot)
        unsafe provider.read_callback = { _, _, _, room, flags, source, user in
            guard let raw = unsafe source?.pointee.ptr, let flags = unsafe flags else {
                return Int(NGHTTP2_ERR_CALLBACK_FAILURE.rawValue)
            }
            let slot = unsafe raw.assumingMemoryBound(to: H2Slot.self)
            return unsafe H2Connection.with(user) { unsafe $0.offer(slot, room, flags) }
        }
        return unsafe provider
    }

    /// Says how much of a body may go into the next frame; `copy` puts it there.
    private func offer(
        _ slot: UnsafeMutablePointer<H2Slot>,
        _ room: Int,
        _ flags: UnsafeMutablePointer<UInt32>
    ) -> Int {
        let waiting = unsafe slot.pointee.output.count
        let isEnding = unsafe slot.pointee.isEnding
        if waiting == 0 && !isEnding {
            unsafe slot.pointee.isDeferred = true
            return Int(NGHTTP2_ERR_DEFERRED.rawValue)
        }
        let amount = min(waiting, room)
        unsafe flags.pointee |= NGHTTP2_DATA_FLAG_NO_COPY.rawValue
        guard isEnding && amount == waiting else { return amount }
        unsafe flags.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue
        if unsafe slot.pointee.hasTrailers {
            unsafe flags.pointee |= NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue
            unsafe list.trailers(slot.pointee.trailers)
            _ = unsafe nghttp2_submit_trailer(session, slot.pointee.id, list.entries, list.count)
        }
        return amount
    }

    /// Writes a DATA frame straight from the stream's buffer.
    func copy(
        _ slot: UnsafeMutablePointer<H2Slot>,
        header: UnsafePointer<UInt8>,
        _ amount: Int
    ) {
        guardian.dataSent()
        let bytes = unsafe UnsafeBufferPointer(start: header, count: 9)
        unsafe outgoing.append(Span(_unsafeElements: bytes))
        unsafe outgoing.append(slot.pointee.output.readable.extracting(0..<amount))
        unsafe slot.pointee.output.consume(amount)
        if let blocks { unsafe slot.pointee.output.giveBack(to: blocks) }
        let hasRoom = unsafe slot.pointee.output.count < settings.streamFullAt / 2
        if hasRoom, unsafe slot.pointee.isFull {
            unsafe slot.pointee.isFull = false
            let isKnown = unsafe !slot.pointee.isAbandoned && !slot.pointee.isEnding
            if isKnown { unsafe owner.h2Drained(self, slot.pointee.handle) }
        }
    }

    /// A frame was sent.
    func sent(_ frame: UnsafePointer<nghttp2_frame>) {
        let header = unsafe frame.pointee.hd
        switch UInt32(header.type) {
        case NGHTTP2_GOAWAY.rawValue:
            sentGoAway = unsafe H2ErrorCode(rawValue: frame.pointee.goaway.error_code)
        case NGHTTP2_RST_STREAM.rawValue:
            let code = unsafe frame.pointee.rst_stream.error_code
            let isPeersFault =
                code != H2ErrorCode.none.rawValue && code != H2ErrorCode.cancel.rawValue
                && code != H2ErrorCode.internalError.rawValue
            if role == .server, isPeersFault, let violation = guardian.reset(now) {
                fail(violation)
            }
        case NGHTTP2_DATA.rawValue, NGHTTP2_HEADERS.rawValue:
            let isEnd = header.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0
            guard isEnd, role == .server else { return }
            // The rest of a request that is answered is not wanted (RFC 9113 section 8.1).
            if unsafe nghttp2_session_get_stream_remote_close(session, header.stream_id) == 0 {
                _ = unsafe nghttp2_submit_rst_stream(
                    session,
                    UInt8(NGHTTP2_FLAG_NONE.rawValue),
                    header.stream_id,
                    H2ErrorCode.none.rawValue
                )
            }
        default: break
        }
    }

    /// Ends the connection from within a callback.
    func fail(_ violation: H2Violation) {
        if failure == nil { failure = violation }
        _ = unsafe nghttp2_session_terminate_session(session, H2ErrorCode.calm.rawValue)
    }

    func submitSettings() -> Int32 {
        var entries = [
            nghttp2_settings_entry(
                settings_id: Int32(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS.rawValue),
                value: UInt32(clamping: settings.streamsMaximum)
            ),
            nghttp2_settings_entry(
                settings_id: Int32(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE.rawValue),
                value: UInt32(clamping: min(settings.streamWindow, Int(Int32.max)))
            ),
            nghttp2_settings_entry(
                settings_id: Int32(NGHTTP2_SETTINGS_MAX_FRAME_SIZE.rawValue),
                value: UInt32(clamping: settings.frameMaximum)
            ),
            nghttp2_settings_entry(
                settings_id: Int32(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE.rawValue),
                value: UInt32(clamping: settings.head.bytes)
            ),
            nghttp2_settings_entry(
                settings_id: Int32(NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES.rawValue),
                value: 1
            ),
        ]
        if role == .client {
            entries.append(
                nghttp2_settings_entry(
                    settings_id: Int32(NGHTTP2_SETTINGS_ENABLE_PUSH.rawValue),
                    value: 0
                )
            )
        } else if settings.allowsWebSocket {
            entries.append(
                nghttp2_settings_entry(
                    settings_id: Int32(NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL.rawValue),
                    value: 1
                )
            )
        }
        let none = UInt8(NGHTTP2_FLAG_NONE.rawValue)
        let result = unsafe nghttp2_submit_settings(session, none, entries, entries.count)
        guard result == 0 else { return result }
        return unsafe nghttp2_session_set_local_window_size(
            session,
            none,
            0,
            Int32(clamping: settings.connectionWindow)
        )
    }
}
