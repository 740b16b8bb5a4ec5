internal import Basics
internal import Formats
public import Security

/// The keys that an engine knows its callers by.
public struct NodeCredentials: Sendable {
    /// Signs the certificates of the server and of clients.
    public var authority: CertificateAuthority
    /// Signs tokens.
    public var tokenKey: SigningKey

    /// Makes credentials of keys that were made before.
    public init(authority: CertificateAuthority, tokenKey: SigningKey) {
        self.authority = authority
        self.tokenKey = tokenKey
    }

    /// Who an engine's tokens are from and, if nothing else is asked for, for.
    static let issuer = "https://kubernetes.default.svc.cluster.local"

    /// The caller of a certificate that the authority signed: its common name is the user, its
    /// organizations are the groups.
    static func caller(of certificate: TLSCertificate) -> Caller? {
        guard let name = certificate.commonName, !name.isEmpty else { return nil }
        return Caller(
            name: name,
            groups: certificate.organizations + [Caller.authenticated],
            extra: [
                "authentication.kubernetes.io/credential-id": [
                    "X509SHA256=" + certificate.fingerprint
                ]
            ]
        )
    }
}
