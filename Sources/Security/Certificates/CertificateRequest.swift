internal import Basics

/// What a certificate shall say.
public struct CertificateRequest: Sendable, Hashable {
    /// What a certificate is good for.
    public enum Use: Sendable, Hashable {
        /// A TLS server.
        case server
        /// A TLS client.
        case client
    }

    /// The common name of the subject; for clients of Kubernetes the user.
    public var commonName: String
    /// The organizations of the subject; for clients of Kubernetes the groups.
    public var organizations: [String]
    /// The hosts that it is good for: DNS names and IP addresses.
    public var hosts: [String]
    /// What it is good for.
    public var use: Use
    /// How long it holds, at most as long as its authority.
    public var life: Duration

    /// Makes a request.
    public init(
        commonName: String,
        organizations: [String] = [],
        hosts: [String] = [],
        use: Use,
        life: Duration
    ) {
        self.commonName = commonName
        self.organizations = organizations
        self.hosts = hosts
        self.use = use
        self.life = life
    }

    /// Whether a certificate can be made: names of 1 to 64 characters (RFC 5280, appendix A) without
    /// controls, hosts that are names or addresses.
    ///
    /// - Throws: `invalid` with the first name that cannot be written.
    func check() throws(Failure) {
        for name in [commonName] + organizations {
            let isPlain = name.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 }
            guard !name.isEmpty, name.unicodeScalars.count <= 64, isPlain else {
                throw Failure(
                    .invalid,
                    "cannot make a certificate for \"\(name)\"",
                    cause: "a name has 1 to 64 characters and no controls"
                )
            }
        }
        for host in hosts where !IPText.isAddress(host) && !Self.isName(host) {
            throw Failure(
                .invalid,
                "cannot make a certificate for \"\(host)\"",
                cause: "it is neither a DNS name nor an address"
            )
        }
    }

    private static func isName(_ host: String) -> Bool {
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        return host.utf8.count <= 253
            && labels.allSatisfy { label in
                (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                    && label.utf8.allSatisfy { byte in
                        switch byte {
                        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D: true
                        default: false
                        }
                    }
            }
    }
}
