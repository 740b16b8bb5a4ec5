/// The version of HTTP that a message came or goes in.
public enum HTTPVersion: UInt8, Sendable {
    /// HTTP/1.0.
    case http10
    /// HTTP/1.1.
    case http11
    /// HTTP/2.
    case http2

    /// The name, as in access logs.
    public var name: StaticString {
        switch self {
        case .http10: "HTTP/1.0"
        case .http11: "HTTP/1.1"
        case .http2: "HTTP/2"
        }
    }
}

/// The scheme of a request's target.
public enum HTTPScheme: UInt8, Sendable {
    /// Not said: an HTTP/1 request in origin form.
    case unknown
    /// `http`.
    case http
    /// `https`.
    case https

    /// The name; empty for `unknown`.
    public var name: StaticString {
        switch self {
        case .unknown: ""
        case .http: "http"
        case .https: "https"
        }
    }
}

/// What a connection or stream is asked to become.
public enum UpgradeKind: UInt8, Sendable {
    /// Nothing; also said of `h2c`, which is not offered.
    case none
    /// A WebSocket (RFC 6455, RFC 8441).
    case webSocket
    /// Another protocol, named by the `upgrade` field.
    case other
}
