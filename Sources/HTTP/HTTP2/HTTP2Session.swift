import Basics
import CNGHTTP2

/// The client's side of an HTTP/2 connection with one request, as bytes in and bytes out.
///
/// A thin wrapper of an nghttp2 session: it never touches a socket.
@safe final class HTTP2Session {
    /// The response as far as it has arrived.
    struct Exchange {
        /// The fields of the head and of the trailers, in order, pseudo fields included.
        var fields: [(name: String, value: String)] = []
        var body: [UInt8] = []
        var isComplete = false
        /// The error code of the stream's end; 0 is none.
        var errorCode: UInt32 = 0
        /// Why the response was abandoned here.
        var refusal: String?
    }

    private(set) var exchange = Exchange()
    private var session: OpaquePointer?
    private var requestBody: ArraySlice<UInt8>
    private let bodyLimit: Int
    private static let fieldLimit = 64 * 1024
    private var fieldBytes = 0

    /// Starts a session and submits its request.
    ///
    /// - Parameters:
    ///   - headers: All fields, the pseudo fields (`:method`, `:path`, ...) first.
    ///   - body: The body of the request.
    ///   - bodyLimit: The most body bytes of the response.
    /// - Throws: `unavailable` if nghttp2 refuses the request.
    init(headers: [(String, String)], body: [UInt8], bodyLimit: Int) throws(Failure) {
        requestBody = body[...]
        self.bodyLimit = bodyLimit
        try open()
        try check(
            unsafe nghttp2_submit_settings(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), nil, 0)
        )
        try submit(headers)
    }

    deinit {
        unsafe nghttp2_session_del(session)
    }

    /// Takes in bytes from the server.
    ///
    /// - Throws: `unavailable` if the server breaks the protocol.
    func receive(_ bytes: [UInt8]) throws(Failure) {
        let taken = unsafe nghttp2_session_mem_recv(session, bytes, bytes.count)
        try check(Int32(clamping: taken))
    }

    /// Takes the bytes that are to be sent to the server; empty if there are none.
    ///
    /// - Throws: `unavailable` if the session has failed.
    func takeOutgoing() throws(Failure) -> [UInt8] {
        var all: [UInt8] = []
        while true {
            var start: UnsafePointer<UInt8>?
            let count = unsafe nghttp2_session_mem_send(session, &start)
            try check(Int32(clamping: count))
            guard count > 0, let start = unsafe start else { return all }
            unsafe all.append(contentsOf: UnsafeBufferPointer(start: start, count: Int(count)))
        }
    }

    private func open() throws(Failure) {
        var callbacks: OpaquePointer?
        try check(unsafe nghttp2_session_callbacks_new(&callbacks))
        defer { unsafe nghttp2_session_callbacks_del(callbacks) }
        unsafe nghttp2_session_callbacks_set_on_header_callback(callbacks) {
            _,
            _,
            name,
            nameLength,
            value,
            valueLength,
            _,
            user in
            let name = unsafe UnsafeBufferPointer(start: name, count: nameLength)
            let value = unsafe UnsafeBufferPointer(start: value, count: valueLength)
            return unsafe HTTP2Session.of(user).take(
                field: String(decoding: name, as: UTF8.self),
                String(decoding: value, as: UTF8.self)
            )
        }
        unsafe nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) {
            _,
            _,
            _,
            data,
            length,
            user in
            let data = unsafe UnsafeBufferPointer(start: data, count: length)
            return unsafe HTTP2Session.of(user).take(body: Array(data))
        }
        unsafe nghttp2_session_callbacks_set_on_stream_close_callback(callbacks) {
            _,
            _,
            code,
            user in
            let session = unsafe HTTP2Session.of(user)
            session.exchange.isComplete = true
            session.exchange.errorCode = code
            return 0
        }
        // The session does not outlive `self`, which frees it.
        let user = unsafe Unmanaged.passUnretained(self).toOpaque()
        try check(unsafe nghttp2_session_client_new(&session, callbacks, user))
    }

    private func submit(_ headers: [(String, String)]) throws(Failure) {
        // All texts lie in one buffer; the library copies them before the call returns.
        var text = headers.flatMap { Array($0.0.utf8) + Array($0.1.utf8) }
        let result = unsafe text.withUnsafeMutableBufferPointer { buffer -> Int32 in
            var offset = 0
            var fields: [nghttp2_nv] = unsafe []
            for (name, value) in headers {
                let (nameLength, valueLength) = (name.utf8.count, value.utf8.count)
                let start = unsafe buffer.baseAddress.map { unsafe $0 + offset }
                unsafe fields.append(
                    nghttp2_nv(
                        name: start,
                        value: start.map { unsafe $0 + nameLength },
                        namelen: nameLength,
                        valuelen: valueLength,
                        flags: UInt8(NGHTTP2_NV_FLAG_NONE.rawValue)
                    )
                )
                offset += nameLength + valueLength
            }
            var provider = unsafe nghttp2_data_provider()
            unsafe provider.read_callback = { _, _, target, room, flags, _, user in
                let session = unsafe HTTP2Session.of(user)
                let piece = session.requestBody.prefix(room)
                let target = unsafe UnsafeMutableBufferPointer(start: target, count: room)
                _ = unsafe target.update(fromContentsOf: piece)
                session.requestBody = session.requestBody.dropFirst(piece.count)
                if session.requestBody.isEmpty {
                    unsafe flags?.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue
                }
                return piece.count
            }
            return unsafe nghttp2_submit_request(
                session,
                nil,
                fields,
                fields.count,
                &provider,
                nil
            )
        }
        try check(result)
    }

    private func take(field name: String, _ value: String) -> Int32 {
        fieldBytes += name.utf8.count + value.utf8.count + 32
        guard fieldBytes <= Self.fieldLimit else { return refuse("too many header fields") }
        exchange.fields.append((name, value))
        return 0
    }

    private func take(body piece: [UInt8]) -> Int32 {
        guard exchange.body.count + piece.count <= bodyLimit else {
            return refuse("the response is longer than \(bodyLimit) bytes")
        }
        exchange.body += piece
        return 0
    }

    private func refuse(_ why: String) -> Int32 {
        exchange.refusal = why
        return NGHTTP2_ERR_CALLBACK_FAILURE.rawValue
    }

    private func check(_ result: Int32) throws(Failure) {
        guard result < 0 else { return }
        let text = unsafe nghttp2_strerror(result).map { unsafe String(cString: $0) }
        throw Failure(
            .unavailable,
            "the HTTP/2 connection failed",
            cause: exchange.refusal ?? text ?? "error \(result)"
        )
    }

    private static func of(_ user: UnsafeMutableRawPointer?) -> HTTP2Session {
        guard let user = unsafe user else { preconditionFailure("no session") }
        return unsafe Unmanaged<HTTP2Session>.fromOpaque(user).takeUnretainedValue()
    }
}
