/// Whom a side of TLS trusts.
public struct TLSTrust: Sendable {
    /// Who must have signed the peer's certificate.
    public enum Authorities: Sendable, Hashable {
        /// Nobody in particular.
        case anybody
        /// The authorities of the machine.
        case system
        /// These (PEM) and no others; each of them ends a chain, a root or not.
        case these(pem: String)
    }

    /// Who must have signed the peer's certificate.
    public var authorities: Authorities
    /// Tests of the certificate's names, of which one must hold; empty accepts any.
    public var names: [TLSNameTest]
    /// SHA-256 fingerprints (lower-case hex), one of which must fit; empty accepts any.
    public var fingerprints: [String]
    /// Whether a peer that fails is accepted after all; the verdict is kept for logs.
    public var acceptsUntrusted: Bool

    /// Makes trust.
    public init(
        _ authorities: Authorities,
        names: [TLSNameTest] = [],
        fingerprints: [String] = [],
        acceptsUntrusted: Bool = false
    ) {
        self.authorities = authorities
        self.names = names
        self.fingerprints = fingerprints
        self.acceptsUntrusted = acceptsUntrusted
    }

    /// What tells this trust from others: sessions are resumed only under the same.
    var label: String {
        var parts: [String] = []
        switch authorities {
        case .anybody: parts.append("anybody")
        case .system: parts.append("system")
        case .these(let pem): parts.append(pem)
        }
        parts += names.map(\.label)
        parts += fingerprints
        parts.append(acceptsUntrusted ? "lenient" : "strict")
        return parts.joined(separator: "\n")
    }
}

/// A test of a name that a certificate carries (DNS, URI, mail or address).
public struct TLSNameTest: Sendable {
    /// What tells the test from others.
    public let label: String
    /// Whether a name of the certificate passes.
    public let accepts: @Sendable (String) -> Bool

    /// Makes a test; tests of the same label must be the same.
    public init(label: String, accepts: @escaping @Sendable (String) -> Bool) {
        self.label = label
        self.accepts = accepts
    }

    /// The certificate is good for this host: by name, or by a wildcard of one label.
    public static func host(_ name: String) -> Self {
        let wanted = ServerNames.normal(name)
        return Self(label: "host " + wanted) { ServerNames.covers(ServerNames.normal($0), wanted) }
    }
}
