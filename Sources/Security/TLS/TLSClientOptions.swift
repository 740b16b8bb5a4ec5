/// What a TLS client shows, speaks and expects.
public struct TLSClientOptions: Sendable {
    /// Whom to trust; `nil` trusts everybody.
    public var trust: TLSTrust?
    /// The own certificate, for servers that ask for one.
    public var identity: TLSIdentity?
    /// Versions, ciphers and the application protocols to offer.
    public var choices: TLSChoices
    /// Whether the server's certificate must carry the name that is sent (SNI), or its address.
    public var checksServerName: Bool

    /// Makes options.
    public init(
        trust: TLSTrust? = TLSTrust(.system),
        identity: TLSIdentity? = nil,
        choices: TLSChoices = TLSChoices(),
        checksServerName: Bool = true
    ) {
        self.trust = trust
        self.identity = identity
        self.choices = choices
        self.checksServerName = checksServerName
    }
}
