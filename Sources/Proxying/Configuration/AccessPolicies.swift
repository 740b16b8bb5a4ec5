/// Who may ask for what, as Envoy's role-based access control says it.
public struct AccessPolicies: Sendable, Hashable {
    /// What is asked of a request and of its client.
    public indirect enum Condition: Sendable, Hashable {
        /// Every request.
        case any
        /// All of these hold.
        case all([Condition])
        /// One of these holds.
        case either([Condition])
        /// This does not hold.
        case not(Condition)
        /// A header field, or what `HeaderMatch` knows besides.
        case field(HeaderMatch)
        /// The path without its query.
        case path(TextMatch)
        /// The client's address, as trusted fields say, or that of the connection.
        case client(AddressRange, isDirect: Bool)
        /// The own address of the connection.
        case own(AddressRange)
        /// The own port of the connection, from the first up to and with the last.
        case port(ClosedRange<Int>)
        /// The name that the TLS hello asked for.
        case serverName(TextMatch)
        /// A client with a certificate; one of its URIs or host names passes, or its subject if it has neither.
        case certificate(TextMatch?)
    }

    /// Those who may do something, and what.
    public struct Policy: Sendable, Hashable {
        /// The name in messages.
        public var name: String
        /// What is done: one of these holds.
        public var permissions: [Condition]
        /// Who does it: one of these holds.
        public var principals: [Condition]

        /// Makes a policy.
        public init(name: String, permissions: [Condition], principals: [Condition]) {
            self.name = name
            self.permissions = permissions
            self.principals = principals
        }
    }

    /// Whether requests pass for which a policy holds, and no others; else it is the other way round.
    public var allows: Bool
    /// The policies.
    public var policies: [Policy]

    /// Makes policies.
    public init(allows: Bool, policies: [Policy]) {
        self.allows = allows
        self.policies = policies
    }

    /// Everybody may do everything.
    public static let none = Self(allows: false, policies: [])
}
