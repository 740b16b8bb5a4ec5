/// How the end of a body is found (RFC 9112 section 6).
public enum BodyFraming: Sendable, Equatable {
    /// There is no body, and nothing says how long it is.
    case none
    /// So many bytes.
    case length(Int)
    /// Pieces up to the last one; in HTTP/2, a body of unknown length.
    case chunked
    /// All bytes until the connection ends.
    case untilClose
}
