/// Where a text comes from: a file that is watched, or the configuration itself.
public enum TextSource: Sendable, Hashable {
    /// A file; it is read again when it changes.
    case file(String)
    /// The text itself.
    case inline(String)
}

/// A version of TLS.
public enum TLSVersion: Int, Sendable, Hashable, Comparable, CaseIterable {
    /// TLS 1.0 (RFC 2246), for old peers only.
    case tls10 = 0
    /// TLS 1.1 (RFC 4346), for old peers only.
    case tls11
    /// TLS 1.2 (RFC 5246).
    case tls12
    /// TLS 1.3 (RFC 8446).
    case tls13

    /// Orders by age.
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// A certificate chain and its private key.
public struct CertificateSettings: Sendable, Hashable {
    /// The certificates, the own first; PEM.
    public var chain: TextSource
    /// The private key; PEM.
    public var privateKey: TextSource
    /// An OCSP response that servers staple: DER in a file, and base64 of it inline; `nil` staples nothing.
    public var staple: TextSource?

    /// Makes a pair.
    public init(chain: TextSource, privateKey: TextSource, staple: TextSource? = nil) {
        self.chain = chain
        self.privateKey = privateKey
        self.staple = staple
    }

    /// All texts that it is made of.
    var sources: [TextSource] { [chain, privateKey] + (staple.map { [$0] } ?? []) }
}

/// What both sides of TLS have in common.
public struct TLSParameters: Sendable, Hashable {
    /// The oldest version that is spoken.
    public var minimum: TLSVersion
    /// The newest version that is spoken.
    public var maximum: TLSVersion
    /// Cipher suites of TLS 1.2 and older in OpenSSL's words; empty is OpenSSL's own choice.
    public var ciphers: String
    /// Cipher suites of TLS 1.3; empty is OpenSSL's own choice.
    public var suites: String
    /// Curves in OpenSSL's words, such as `X25519:P-256`; empty is OpenSSL's own choice.
    public var curves: String
    /// The application protocols (ALPN), best first.
    public var protocols: [String]

    /// Makes parameters.
    public init(
        minimum: TLSVersion = .tls12,
        maximum: TLSVersion = .tls13,
        ciphers: String = "",
        suites: String = "",
        curves: String = "",
        protocols: [String] = []
    ) {
        self.minimum = minimum
        self.maximum = maximum
        self.ciphers = ciphers
        self.suites = suites
        self.curves = curves
        self.protocols = protocols
    }
}

/// Whom a side of TLS trusts.
public struct TrustSettings: Sendable, Hashable {
    /// The authorities (PEM); `nil` is those of the machine.
    public var authorities: TextSource?
    /// Names of which the peer's certificate must carry one; empty accepts any.
    public var names: [TextMatch]
    /// SHA-256 fingerprints of certificates (lower-case hex without colons), one of which must fit; empty accepts any.
    public var fingerprints: [String]
    /// Whether an untrusted certificate is accepted after all.
    public var acceptsUntrusted: Bool

    /// Makes settings.
    public init(
        authorities: TextSource? = nil,
        names: [TextMatch] = [],
        fingerprints: [String] = [],
        acceptsUntrusted: Bool = false
    ) {
        self.authorities = authorities
        self.names = names
        self.fingerprints = fingerprints
        self.acceptsUntrusted = acceptsUntrusted
    }
}

/// What becomes of a client that asks for an OCSP response when none can be stapled.
public enum StaplePolicy: Sendable, Hashable {
    /// It goes on without.
    case lenient
    /// It goes on without if there never was one, and is refused if the one that there is has expired.
    case strict
    /// It is refused.
    case required
}

/// The TLS of a server.
public struct ServerTLSSettings: Sendable, Hashable {
    /// The identities, never empty: the one that fits the hello's server name is shown, else the first.
    public var certificates: [CertificateSettings]
    /// Versions, suites and protocols.
    public var parameters: TLSParameters
    /// Whom client certificates must be signed by; `nil` asks for none.
    public var clients: TrustSettings?
    /// Whether a client without a certificate is refused.
    public var requiresClientCertificate: Bool
    /// How long a session may be resumed, in seconds.
    public var sessionSeconds: Int
    /// What becomes of a client that asks for a staple which there is not.
    public var staples: StaplePolicy

    /// Makes settings.
    public init(
        certificates: [CertificateSettings],
        parameters: TLSParameters = TLSParameters(),
        clients: TrustSettings? = nil,
        requiresClientCertificate: Bool = false,
        sessionSeconds: Int = 7200,
        staples: StaplePolicy = .lenient
    ) {
        self.certificates = certificates
        self.parameters = parameters
        self.clients = clients
        self.requiresClientCertificate = requiresClientCertificate
        self.sessionSeconds = sessionSeconds
        self.staples = staples
    }
}

/// The TLS of a client, towards the hosts of a cluster.
public struct ClientTLSSettings: Sendable, Hashable {
    /// The name sent in the hello (SNI); `nil` sends none, or with `followsHost` the request's host.
    public var serverName: String?
    /// Whether the request's host is the name sent, and checked.
    public var followsHost: Bool
    /// The own certificate, for servers that ask for one.
    public var certificate: CertificateSettings?
    /// Versions, suites and protocols.
    public var parameters: TLSParameters
    /// Whom to trust; `nil` trusts everybody, as Envoy and HAProxy do without an authority.
    public var trust: TrustSettings?

    /// Makes settings.
    public init(
        serverName: String? = nil,
        followsHost: Bool = false,
        certificate: CertificateSettings? = nil,
        parameters: TLSParameters = TLSParameters(),
        trust: TrustSettings? = nil
    ) {
        self.serverName = serverName
        self.followsHost = followsHost
        self.certificate = certificate
        self.parameters = parameters
        self.trust = trust
    }
}
