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
    /// What becomes of a client that asks for a staple which there is not.
    public var staples: StaplePolicy
    /// The keys of sessions' tickets; with `nil` the context has its own, which are never changed.
    public var tickets: TLSTicketKeys?

    /// Makes options.
    public init(
        identities: [TLSIdentity],
        choices: TLSChoices = TLSChoices(),
        clients: TLSTrust? = nil,
        requiresCertificate: Bool = false,
        sessionSeconds: Int = 7200,
        staples: StaplePolicy = .lenient,
        tickets: TLSTicketKeys? = nil
    ) {
        self.identities = identities
        self.choices = choices
        self.clients = clients
        self.requiresCertificate = requiresCertificate
        self.sessionSeconds = sessionSeconds
        self.staples = staples
        self.tickets = tickets
    }

    /// What becomes of a client that asks for an OCSP response when none can be sent; Envoy's three ways.
    public enum StaplePolicy: Sendable, Hashable {
        /// It goes on without.
        case lenient
        /// It goes on without if there never was one, and is refused if the one that there is has expired.
        case strict
        /// It is refused.
        case required
    }
}
