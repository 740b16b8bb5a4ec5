/// The scheme of a request.
public enum URIScheme: String, Sendable, Hashable, CaseIterable {
    /// Plain HTTP.
    case http = "HTTP"
    /// HTTP over TLS.
    case https = "HTTPS"
}
