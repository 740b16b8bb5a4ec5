public import Basics
internal import CNGHTTP2

/// One side of an HTTP/2 connection, as bytes in and bytes out.
///
/// The frames, HPACK and windows are nghttp2's; the heads, the limits and what is told to the owner are
/// here. Nothing is acknowledged by itself: body bytes count against the windows until they are consumed.
/// What costs a peer nothing is counted (`H2FloodLimits`). It belongs to one thread.
///
/// A WebSocket over HTTP/2 (RFC 8441) looks like one over HTTP/1: a `GET` with `upgrade`, answered by 101.
@safe public final class H2Connection {
    /// Which side it is.
    public enum Role: Sendable {
        /// Takes requests.
        case server
        /// Makes requests.
        case client
    }

    /// Which side it is.
    public let role: Role
    /// What the peer is allowed.
    public let settings: H2Settings
    /// Who is told; it outlives the connection.
    public unowned(unsafe) var owner: any H2Owner
    /// The scheme of requests that name none.
    public var defaultScheme = HTTPScheme.http
    /// Why the connection failed.
    public internal(set) var failure: H2Violation?
    /// The code of a GOAWAY that was sent.
    public internal(set) var sentGoAway: H2ErrorCode?
    /// Whether the peer has said that it takes no more streams.
    public internal(set) var isGoingAway = false
    /// How many streams are open.
    public internal(set) var openCount = 0
    /// Whether nothing follows the head that the owner is just told of.
    public internal(set) var headIsWhole = false
    /// Where bodies that wait to be sent get their memory from.
    public var blocks: BlockPool?

    var session: OpaquePointer?
    var slots: [UnsafeMutablePointer<H2Slot>]
    var unused: [Int32] = []
    var guardian: H2FloodGuard
    var now = Instant.zero
    var request = RequestHead()
    var response = ResponseHead()
    var trailers = HeaderBlock()
    var list = H2FieldList()
    /// Where frames go while they are flushed.
    var outgoing = ByteBuffer()
    var isInside = false
    /// Whether the transport is gone.
    private var isDead = false
    /// Whether the DATA frame at hand had content.
    var frameHasContent = false
    /// Streams that the client has ended.
    var ended = H2EndedStreams()
    private var scanner = H2FrameScanner()

    /// Begins a connection; the preface and the settings wait to be flushed.
    ///
    /// - Throws: `H2Violation.closed` if there is no memory.
    public init(
        _ role: Role,
        settings: H2Settings = H2Settings(),
        owner: any H2Owner
    ) throws(H2Violation) {
        self.role = role
        self.settings = settings
        unsafe self.owner = owner
        unsafe slots = []
        guardian = H2FloodGuard(settings.flood)
        unsafe session = nil
        guard open() == 0, submitSettings() == 0 else { throw .closed }
    }

    deinit {
        unsafe nghttp2_session_del(session)
        for index in unsafe slots.indices {
            let slot = unsafe slots[index]
            unsafe slot.deinitialize(count: 1)
            unsafe slot.deallocate()
        }
    }

    // MARK: Bytes

    /// Takes bytes from the peer.
    ///
    /// - Parameters:
    ///   - bytes: What came; all of it is taken.
    ///   - now: The time, for the limits.
    /// - Throws: `H2Violation`; then `flush` what is left to say, and close.
    public func receive(_ bytes: Span<UInt8>, now: Instant) throws(H2Violation) {
        guard failure == nil, !isInside else { throw failure ?? .closed }
        self.now = now
        let found = role == .server ? scanner.find(bytes, &ended) : nil
        let bytes = bytes.extracting(0..<(found?.length ?? bytes.count))
        isInside = true
        let taken = unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe nghttp2_session_mem_recv(session, buffer.baseAddress, buffer.count)
        }
        isInside = false
        if let found, taken >= 0, failure == nil { failure = found.violation }
        guard taken < 0 || failure != nil else { return }
        let violation = failure ?? Self.violation(taken)
        failure = violation
        if violation != .preface {
            let code = violation.errorCode.rawValue
            _ = unsafe nghttp2_session_terminate_session(session, code)
        }
        throw violation
    }

    /// Writes frames that wait to be sent.
    ///
    /// - Parameters:
    ///   - buffer: Where to write.
    ///   - maximum: How many bytes the buffer may hold before no further frame is written.
    /// - Returns: Whether more waits.
    @discardableResult
    public func flush(into buffer: inout ByteBuffer, maximum: Int = 256 * 1024) -> Bool {
        guard !isInside, !isDead else { return !isDead }
        isInside = true
        swap(&outgoing, &buffer)
        var isDone = false
        while outgoing.count < maximum {
            var start: UnsafePointer<UInt8>?
            let before = outgoing.count
            let count = unsafe nghttp2_session_mem_send(session, &start)
            if count > 0, let start = unsafe start {
                let bytes = unsafe UnsafeBufferPointer(start: start, count: Int(count))
                unsafe outgoing.append(Span(_unsafeElements: bytes))
            } else if count < 0 {
                if failure == nil { failure = .closed }
                isDone = true
                break
            } else if outgoing.count == before {
                isDone = true
                break
            }
        }
        swap(&outgoing, &buffer)
        isInside = false
        return !isDone
    }

    /// Whether there is something to flush.
    public var wantsFlush: Bool { unsafe nghttp2_session_want_write(session) != 0 }

    /// Whether all is said and done and the connection is to be closed.
    public var isFinished: Bool {
        unsafe nghttp2_session_want_read(session) == 0
            && (unsafe nghttp2_session_want_write(session) == 0)
    }

    // MARK: The connection

    /// How many streams the peer takes at a time.
    public var peerStreamsMaximum: Int {
        Int(
            unsafe nghttp2_session_get_remote_settings(
                session,
                NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS
            )
        )
    }

    /// Whether a server takes WebSockets on streams.
    public var peerAllowsWebSocket: Bool {
        unsafe nghttp2_session_get_remote_settings(
            session,
            NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL
        ) == 1
    }

    /// Whether another request may be made now.
    public var canOpen: Bool {
        role == .client && failure == nil && !isGoingAway && sentGoAway == nil
            && openCount < peerStreamsMaximum
    }

    /// Tells the clients that no more streams will be taken soon; those that are on their way still are.
    ///
    /// Call `goAway` a round trip later.
    public func announceShutdown() {
        _ = unsafe nghttp2_submit_shutdown_notice(session)
    }

    /// Takes no more streams; those that are open go on.
    public func goAway(_ code: H2ErrorCode = .none) {
        _ = unsafe nghttp2_submit_goaway(
            session,
            UInt8(NGHTTP2_FLAG_NONE.rawValue),
            nghttp2_session_get_last_proc_stream_id(session),
            code.rawValue,
            nil,
            0
        )
    }

    /// Ends the connection as soon as that is flushed.
    public func terminate(_ code: H2ErrorCode) {
        _ = unsafe nghttp2_session_terminate_session(session, code.rawValue)
    }

    /// Asks the peer for a sign of life.
    public func ping() {
        _ = unsafe nghttp2_submit_ping(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), nil)
    }

    /// Tells the owner that every open stream is closed, when the transport is gone.
    public func closeAll(_ code: H2ErrorCode) {
        if failure == nil { failure = .closed }
        isDead = true
        for index in unsafe slots.indices where unsafe slots[index].pointee.id != 0 {
            let slot = unsafe slots[index]
            let handle = unsafe slot.pointee.handle
            let isKnown = unsafe isKnown(slot)
            unsafe slot.pointee.isAbandoned = true
            if isKnown { unsafe owner.h2Closed(self, handle, code) }
            unsafe release(slot)
        }
    }

    private static func violation(_ result: Int) -> H2Violation {
        switch Int32(clamping: result) {
        case NGHTTP2_ERR_BAD_CLIENT_MAGIC.rawValue: .preface
        case NGHTTP2_ERR_FLOODED.rawValue: .controlFlood
        case NGHTTP2_ERR_TOO_MANY_CONTINUATIONS.rawValue: .headBomb
        default: .protocolError
        }
    }
}
