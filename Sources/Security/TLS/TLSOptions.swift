/// What a TLS client expects of its server.
public struct TLSOptions: Sendable, Hashable {
    /// Whom to trust.
    public enum Verification: Sendable, Hashable {
        /// Anybody, as probes do; weak keys are accepted too.
        case none
        /// The authorities of the machine.
        case system
        /// The authorities in this PEM text, and no others.
        case authorities(pem: String)
    }

    /// Whom to trust.
    public var verification: Verification
    /// The name for SNI, and to be found in the certificate; that of the connection if nil.
    public var serverName: String?
    /// The application protocols to offer (ALPN), best first; none by default.
    public var protocols: [String]
    /// Whether the certificate must carry the name.
    public var checksServerName = true
    /// The own certificate, for servers that ask for one.
    public var identity: TLSIdentity?

    /// Makes options.
    public init(
        verification: Verification = .system,
        serverName: String? = nil,
        protocols: [String] = []
    ) {
        self.verification = verification
        self.serverName = serverName
        self.protocols = protocols
    }

    /// TLS without any verification.
    public static let unverified = Self(verification: .none)
}
