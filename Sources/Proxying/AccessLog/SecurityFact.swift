/// What the TLS of a client's connection tells, for access logs and header values.
enum SecurityFact: Int, CaseIterable {
    case version
    case cipher
    case sessionID
    /// `r` or `.`, as nginx writes whether a session was resumed.
    case reuse
    /// `SUCCESS`, `FAILED:reason` or `NONE`, as nginx writes what became of the peer's certificate.
    case verdict
    /// OpenSSL's number of what is wrong with the peer's certificate, 0 for nothing.
    case code
    /// `1` if the peer has shown a certificate, else `0`.
    case hasPeer
    case peerSubject
    case peerSubjectLine
    case peerCommonName
    case peerIssuer
    case peerIssuerLine
    case peerSerial
    /// In upper-case hex.
    case peerLargeSerial
    case peerFingerprint
    case peerOldFingerprint
    /// The same in upper-case hex.
    case peerLargeFingerprint
    case peerDomains
    case peerURIs
    case peerMails
    case peerAddresses
    /// PEM, percent-encoded.
    case peerCertificate
    /// The peer's certificate and those that it sent with it, PEM, percent-encoded.
    case peerChain
    case ownSubject
    case ownDomains
    case ownURIs

    /// The fact that a command in its percent signs stands for.
    init?(command: String) {
        guard command.hasPrefix("%"), command.hasSuffix("%"),
            let fact = Self.commands[String(command.dropFirst().dropLast())]
        else { return nil }
        self = fact
    }

    /// Envoy's commands, and those that words of other languages become (`DOWNSTREAM_TLS_...`).
    static let commands: [String: Self] = [
        "DOWNSTREAM_TLS_VERSION": .version, "DOWNSTREAM_TLS_CIPHER": .cipher,
        "DOWNSTREAM_TLS_SESSION_ID": .sessionID, "DOWNSTREAM_PEER_SUBJECT": .peerSubject,
        "DOWNSTREAM_PEER_ISSUER": .peerIssuer, "DOWNSTREAM_PEER_SERIAL": .peerSerial,
        "DOWNSTREAM_PEER_FINGERPRINT_256": .peerFingerprint,
        "DOWNSTREAM_PEER_FINGERPRINT_1": .peerOldFingerprint,
        "DOWNSTREAM_PEER_DNS_SAN": .peerDomains, "DOWNSTREAM_PEER_URI_SAN": .peerURIs,
        "DOWNSTREAM_PEER_EMAIL_SAN": .peerMails, "DOWNSTREAM_PEER_IP_SAN": .peerAddresses,
        "DOWNSTREAM_PEER_CERT": .peerCertificate, "DOWNSTREAM_LOCAL_SUBJECT": .ownSubject,
        "DOWNSTREAM_LOCAL_DNS_SAN": .ownDomains, "DOWNSTREAM_LOCAL_URI_SAN": .ownURIs,
        "DOWNSTREAM_TLS_REUSE": .reuse, "DOWNSTREAM_TLS_VERDICT": .verdict,
        "DOWNSTREAM_TLS_HAS_PEER": .hasPeer, "DOWNSTREAM_PEER_SUBJECT_LINE": .peerSubjectLine,
        "DOWNSTREAM_PEER_COMMON_NAME": .peerCommonName,
        "DOWNSTREAM_PEER_ISSUER_LINE": .peerIssuerLine,
        "DOWNSTREAM_PEER_LARGE_SERIAL": .peerLargeSerial,
        "DOWNSTREAM_PEER_LARGE_FINGERPRINT": .peerLargeFingerprint,
        "DOWNSTREAM_TLS_VERIFY_CODE": .code,
    ]
}
