/// The head of a response of any version, with its memory, to be used again.
public struct ResponseHead: ~Copyable {
    /// The status code, 100 to 999.
    public var status = 200
    /// The version that it came in.
    public var version = HTTPVersion.http11
    /// The header fields.
    public var fields = HeaderBlock()
    /// How the end of the body is found.
    public var framing = BodyFraming.none
    /// Whether the server will take another request on the connection.
    public var keepsAlive = true

    /// Makes an empty head without memory.
    public init() {}

    /// Whether another head follows for the same request: 1xx, other than 101.
    public var isInterim: Bool { status < 200 && status != 101 }

    /// Takes everything from another head.
    public mutating func copy(_ other: borrowing ResponseHead) {
        removeAll()
        status = other.status
        version = other.version
        fields.append(contentsOf: other.fields)
        framing = other.framing
        keepsAlive = other.keepsAlive
    }

    /// Empties the head and keeps its memory.
    public mutating func removeAll() {
        status = 200
        version = .http11
        fields.removeAll()
        framing = .none
        keepsAlive = true
    }

    /// Empties the head and gives its memory back.
    public mutating func release() {
        removeAll()
        fields.release()
    }
}
