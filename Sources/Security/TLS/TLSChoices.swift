/// Which versions, ciphers and application protocols a side of TLS speaks.
public struct TLSChoices: Sendable, Hashable {
    /// A version of TLS.
    public enum Version: Int32, Sendable, Hashable, CaseIterable {
        /// TLS 1.0 (RFC 2246), for old peers only.
        case tls10 = 0x0301
        /// TLS 1.1 (RFC 4346), for old peers only.
        case tls11 = 0x0302
        /// TLS 1.2 (RFC 5246).
        case tls12 = 0x0303
        /// TLS 1.3 (RFC 8446).
        case tls13 = 0x0304
    }

    /// The oldest version.
    public var minimum: Version
    /// The newest version.
    public var maximum: Version
    /// Cipher suites of TLS 1.2 and older in OpenSSL's words; empty is OpenSSL's own choice.
    public var ciphers: String
    /// Cipher suites of TLS 1.3; empty is OpenSSL's own choice.
    public var suites: String
    /// Curves in OpenSSL's words, such as `X25519:P-256`; empty is OpenSSL's own choice.
    public var curves: String
    /// The application protocols (ALPN), best first.
    public var protocols: [String]

    /// Makes choices.
    public init(
        minimum: Version = .tls12,
        maximum: Version = .tls13,
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
