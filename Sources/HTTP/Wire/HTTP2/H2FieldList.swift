internal import CNGHTTP2

/// The fields of a head in the library's form: pointers into the head, which the library copies from.
///
/// The head has to stay as it is until the list is submitted.
@safe struct H2FieldList: ~Copyable {
    private(set) var entries: UnsafeMutablePointer<nghttp2_nv>
    private(set) var count = 0
    private var capacity = 32
    /// Digits of numbers that are written for the list.
    private let digits: UnsafeMutablePointer<UInt8>
    private static let digitsMaximum = 24
    private var digitCount = 0

    init() {
        unsafe entries = .allocate(capacity: capacity)
        unsafe digits = .allocate(capacity: 2 * Self.digitsMaximum)
    }

    deinit {
        unsafe entries.deallocate()
        unsafe digits.deallocate()
    }

    mutating func request(_ head: borrowing RequestHead, defaultScheme: HTTPScheme) {
        count = 0
        digitCount = 0
        let scheme = head.scheme == .unknown ? defaultScheme : head.scheme
        if head.upgrade == .webSocket {
            append(":method", HeaderBlock.span("CONNECT"))
            append(":protocol", HeaderBlock.span("websocket"))
        } else {
            append(":method", head.methodName)
        }
        if !head.authority.isEmpty { append(":authority", head.authority) }
        if head.method != .connect {
            append(":scheme", HeaderBlock.span(scheme.name))
            append(":path", head.path)
        }
        let isUpgrade = head.upgrade == .webSocket
        append(head.fields, keepsLength: false, isWebSocket: isUpgrade)
        if !isUpgrade { append(head.framing) }
    }

    mutating func response(_ head: borrowing ResponseHead, isWebSocket: Bool) {
        count = 0
        digitCount = 0
        let isAccepted = isWebSocket && head.status == 101
        append(":status", number: isAccepted ? 200 : head.status)
        let keepsLength = head.framing == .none && head.status >= 200 && head.status != 204
        append(head.fields, keepsLength: keepsLength, isWebSocket: isAccepted)
        if !head.isInterim && !isAccepted { append(head.framing) }
    }

    mutating func trailers(_ fields: borrowing HeaderBlock) {
        count = 0
        append(fields, keepsLength: false, isWebSocket: false)
    }

    private mutating func append(_ framing: BodyFraming) {
        if case .length(let length) = framing { append("content-length", number: length) }
    }

    /// Appends what may travel over HTTP/2 (RFC 9113 section 8.2.2).
    private mutating func append(
        _ fields: borrowing HeaderBlock,
        keepsLength: Bool,
        isWebSocket: Bool
    ) {
        for index in 0..<fields.count {
            switch fields.id(index) {
            case .connection, .keepAlive, .proxyConnection, .transferEncoding, .upgrade,
                .http2Settings, .host:
                continue
            case .te where !fields.value(index).equalsFolded("trailers"): continue
            case .contentLength where !keepsLength: continue
            case .secWebSocketKey where isWebSocket, .secWebSocketAccept where isWebSocket:
                continue
            default: append(fields.name(index), fields.value(index))
            }
        }
    }

    private mutating func append(_ name: StaticString, number: Int) {
        var rest = number.magnitude
        let start = digitCount
        precondition(start < 2 * Self.digitsMaximum, "a head has two numbers at most")
        var place = start + Self.digitsMaximum
        repeat {
            place -= 1
            unsafe digits[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        digitCount = start + Self.digitsMaximum
        let text = unsafe UnsafeBufferPointer(
            start: digits + place,
            count: start + Self.digitsMaximum - place
        )
        unsafe append(name, Span(_unsafeElements: text))
    }

    private mutating func append(_ name: StaticString, _ value: Span<UInt8>) {
        append(HeaderBlock.span(name), value)
    }

    private mutating func append(_ name: Span<UInt8>, _ value: Span<UInt8>) {
        if count == capacity { grow() }
        unsafe (entries + count).initialize(
            to: nghttp2_nv(
                name: Self.pointer(name),
                value: Self.pointer(value),
                namelen: name.count,
                valuelen: value.count,
                flags: UInt8(NGHTTP2_NV_FLAG_NONE.rawValue)
            )
        )
        count += 1
    }

    private static func pointer(_ bytes: Span<UInt8>) -> UnsafeMutablePointer<UInt8>? {
        unsafe bytes.withUnsafeBufferPointer {
            unsafe UnsafeMutablePointer(mutating: $0.baseAddress)
        }
    }

    private mutating func grow() {
        let fresh = UnsafeMutablePointer<nghttp2_nv>.allocate(capacity: 2 * capacity)
        unsafe fresh.update(from: entries, count: count)
        unsafe entries.deallocate()
        unsafe entries = fresh
        capacity *= 2
    }
}
