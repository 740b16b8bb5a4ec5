/// What a TLS server shows, speaks and asks for.
public struct TLSServerOptions: Sendable {
    /// The identities, never empty: the one that fits the hello's server name is shown, else the first.
    ///
    /// Of several for one name, with keys of different kinds, the client's algorithms decide.
    public var identities: [TLSIdentity]
    /// Versions, ciphers and application protocols; of the latter the first that the client has too.
    public var choices: TLSChoices
    /// Who must have signed clients' certificates; `nil` asks for none.
    public var clients: TLSTrust?
    /// Whether a client without a certificate is refused.
    public var requiresCertificate: Bool
    /// How long a session may be resumed, in seconds; 0 is never.
    public var sessionSeconds: Int
    /// The keys of sessions' tickets; with `nil` the context has its own, which are never changed.
    public var tickets: TLSTicketKeys?

    /// Makes options.
    public init(
        identities: [TLSIdentity],
        choices: TLSChoices = TLSChoices(),
        clients: TLSTrust? = nil,
        requiresCertificate: Bool = false,
        sessionSeconds: Int = 7200,
        tickets: TLSTicketKeys? = nil
    ) {
        self.identities = identities
        self.choices = choices
        self.clients = clients
        self.requiresCertificate = requiresCertificate
        self.sessionSeconds = sessionSeconds
        self.tickets = tickets
    }
}
