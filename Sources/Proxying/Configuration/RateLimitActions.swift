/// What a request shows to the descriptors of a rate limit.
public enum RateLimitAction: Sendable, Hashable {
    /// A fixed text.
    case text(key: String, value: String)
    /// The value of a header field; without the field the whole rule yields nothing, unless skipped.
    case header(name: String, key: String, isSkippedIfAbsent: Bool)
    /// The value of a parameter of the query.
    case query(name: String, key: String, isSkippedIfAbsent: Bool)
    /// The client's address, with the key `remote_address`.
    case remoteAddress
    /// The chosen cluster, with the key `destination_cluster`.
    case destinationCluster
    /// A fixed text if the header fields pass (or, with `expects` false, do not pass) the tests.
    case headersMatch(key: String, value: String, expects: Bool, tests: [HeaderMatch])
}
