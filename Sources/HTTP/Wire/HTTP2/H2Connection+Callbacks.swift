internal import CNGHTTP2

extension H2Connection {
    /// Makes the session and says which events are wanted.
    func open() -> Int32 {
        var callbacks: OpaquePointer?
        guard unsafe nghttp2_session_callbacks_new(&callbacks) == 0 else { return -1 }
        defer { unsafe nghttp2_session_callbacks_del(callbacks) }
        unsafe setReceiving(callbacks)
        unsafe setSending(callbacks)
        var option: OpaquePointer?
        guard unsafe nghttp2_option_new(&option) == 0 else { return -1 }
        defer { unsafe nghttp2_option_del(option) }
        unsafe nghttp2_option_set_no_auto_window_update(option, 1)
        unsafe nghttp2_option_set_no_closed_streams(option, 1)
        unsafe nghttp2_option_set_max_outbound_ack(option, settings.flood.control.burst)
        // The library counts a frame again for each piece that its header of nine bytes comes in.
        unsafe nghttp2_option_set_max_continuations(option, 9 * settings.flood.continuations)
        unsafe nghttp2_option_set_max_send_header_block_length(option, 1 << 20)
        // Until its settings come a server is not asked more than this.
        unsafe nghttp2_option_set_peer_max_concurrent_streams(option, 100)
        // The connection frees the session and is not moved: the pointer lives as long as it.
        let user = unsafe Unmanaged.passUnretained(self).toOpaque()
        if role == .server {
            return unsafe nghttp2_session_server_new2(&session, callbacks, user, option)
        }
        return unsafe nghttp2_session_client_new2(&session, callbacks, user, option)
    }

    private func setReceiving(_ callbacks: OpaquePointer?) {
        unsafe nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks) {
            _,
            header,
            user in
            guard let header = unsafe header else { return 0 }
            return unsafe H2Connection.with(user) { unsafe $0.began(header.pointee) }
        }
        unsafe nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks) {
            _,
            frame,
            user in
            guard let frame = unsafe frame else { return 0 }
            return unsafe H2Connection.with(user) { unsafe $0.beganHead(frame) }
        }
        unsafe nghttp2_session_callbacks_set_on_header_callback(callbacks) {
            _,
            frame,
            name,
            nameLength,
            value,
            valueLength,
            _,
            user in
            guard let frame = unsafe frame else { return 0 }
            let id = unsafe frame.pointee.hd.stream_id
            let name = unsafe UnsafeBufferPointer(start: name, count: nameLength)
            let value = unsafe UnsafeBufferPointer(start: value, count: valueLength)
            return unsafe H2Connection.with(user) {
                unsafe $0.field(
                    id,
                    Span(_unsafeElements: name),
                    Span(_unsafeElements: value)
                )
            }
        }
        // Without this one the library drops such fields and goes on.
        unsafe nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks) {
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _ in
            NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue
        }
        unsafe nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks) {
            _,
            frame,
            error,
            user in
            guard let frame = unsafe frame else { return 0 }
            unsafe H2Connection.with(user) { unsafe $0.refused(frame, error) }
            return 0
        }
        unsafe nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) {
            _,
            _,
            id,
            data,
            length,
            user in
            let bytes = unsafe UnsafeBufferPointer(start: data, count: length)
            unsafe H2Connection.with(user) { unsafe $0.body(id, Span(_unsafeElements: bytes)) }
            return 0
        }
        unsafe nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks) {
            _,
            frame,
            user in
            guard let frame = unsafe frame else { return 0 }
            return unsafe H2Connection.with(user) { unsafe $0.received(frame) }
        }
    }

    private func setSending(_ callbacks: OpaquePointer?) {
        unsafe nghttp2_session_callbacks_set_on_stream_close_callback(callbacks) {
            _,
            id,
            code,
            user in
            unsafe H2Connection.with(user) { $0.closed(id, code) }
            return 0
        }
        unsafe nghttp2_session_callbacks_set_on_frame_send_callback(callbacks) {
            _,
            frame,
            user in
            guard let frame = unsafe frame else { return 0 }
            unsafe H2Connection.with(user) { unsafe $0.sent(frame) }
            return 0
        }
        unsafe nghttp2_session_callbacks_set_send_data_callback(callbacks) {
            _,
            _,
            header,
            length,
            source,
            user in
            guard let raw = unsafe source?.pointee.ptr, let header = unsafe header else {
                return NGHTTP2_ERR_CALLBACK_FAILURE.rawValue
            }
            let slot = unsafe raw.assumingMemoryBound(to: H2Slot.self)
            unsafe H2Connection.with(user) { unsafe $0.copy(slot, header: header, length) }
            return 0
        }
    }

    /// The connection that a callback is for, without counting references.
    static func with<R>(_ user: UnsafeMutableRawPointer?, _ body: (H2Connection) -> R) -> R {
        guard let user = unsafe user else { preconditionFailure("no connection") }
        return unsafe Unmanaged<H2Connection>.fromOpaque(user)._withUnsafeGuaranteedRef(body)
    }
}
