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

/// The certificate chain and private key of a TLS server, both PEM texts.
public struct TLSIdentity: Sendable, Hashable {
    /// The certificates, the server's own first.
    public var certificates: String
    /// The private key.
    public var privateKey: String

    /// Makes an identity.
    public init(certificates: String, privateKey: String) {
        self.certificates = certificates
        self.privateKey = privateKey
    }
}
