/// The head of a request of any version, with its memory, to be used again.
///
/// The authority is no field: it is taken from `Host`, the absolute target or `:authority`, and the
/// `host` field is dropped.
public struct RequestHead: ~Copyable {
    /// The method; the bytes of an unknown one are in `methodName`.
    public private(set) var method = HTTPMethod.get
    /// The version that it came in.
    public var version = HTTPVersion.http11
    /// The scheme of the target, if it has one.
    public var scheme = HTTPScheme.unknown
    /// The header fields without `host`.
    public var fields = HeaderBlock()
    /// How the end of the body is found.
    public var framing = BodyFraming.none
    /// Whether the client wants to use the connection again.
    public var keepsAlive = true
    /// Whether the client waits for `100 Continue` before it sends the body.
    public var expectsContinue = false
    /// What the connection or stream is asked to become.
    public var upgrade = UpgradeKind.none
    var methodText = ByteText()
    var authorityText = ByteText()
    var pathText = ByteText()

    /// Makes an empty head without memory.
    public init() {}

    /// The method's name.
    public var methodName: Span<UInt8> {
        @_lifetime(borrow self)
        get { method == .other ? methodText.span : HeaderBlock.span(method.name) }
    }

    /// The host and port as they came; empty if there is none.
    public var authority: Span<UInt8> {
        @_lifetime(borrow self)
        get { authorityText.span }
    }

    /// The path with its query: `/a?b=c`, `*`, or empty for `CONNECT`.
    public var path: Span<UInt8> {
        @_lifetime(borrow self)
        get { pathText.span }
    }

    /// Whether an authority is that of the request, in any case.
    func isFor(_ authority: Span<UInt8>) -> Bool {
        self.authority.equalsFolded(authority)
    }

    /// Sets the method; the name must be a token.
    public mutating func setMethod(_ name: Span<UInt8>) {
        method = HTTPMethod(name)
        if method == .other { methodText.set(name) }
    }

    /// Sets a known method; not `.other`.
    public mutating func setMethod(_ method: HTTPMethod) {
        precondition(method != .other, "a method without a name")
        self.method = method
    }

    /// Sets the host and port.
    public mutating func setAuthority(_ bytes: Span<UInt8>) {
        authorityText.set(bytes)
    }

    /// Sets the path with its query; visible ASCII only.
    public mutating func setPath(_ bytes: Span<UInt8>) {
        pathText.set(bytes)
    }

    /// Takes everything from another head.
    public mutating func copy(_ other: borrowing RequestHead) {
        removeAll()
        method = other.method
        methodText.set(other.methodText.span)
        version = other.version
        scheme = other.scheme
        authorityText.set(other.authority)
        pathText.set(other.path)
        fields.append(contentsOf: other.fields)
        framing = other.framing
        keepsAlive = other.keepsAlive
        expectsContinue = other.expectsContinue
        upgrade = other.upgrade
    }

    /// Empties the head and keeps its memory.
    public mutating func removeAll() {
        method = .get
        version = .http11
        scheme = .unknown
        fields.removeAll()
        framing = .none
        keepsAlive = true
        expectsContinue = false
        upgrade = .none
        methodText.removeAll()
        authorityText.removeAll()
        pathText.removeAll()
    }

    /// Empties the head and gives its memory back.
    public mutating func release() {
        removeAll()
        fields.release()
        methodText.release()
        authorityText.release()
        pathText.release()
    }
}
