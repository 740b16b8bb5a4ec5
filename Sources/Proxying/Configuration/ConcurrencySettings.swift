/// A limit of requests at a time (nginx's `limit_conn`).
public struct ConcurrencySettings: Sendable, Hashable {
    /// What has a count of its own; requests without it are not counted.
    public var key: RateLimitSettings.Key
    /// The most requests at a time.
    public var maximum: Int
    /// The status of those beyond.
    public var status: Int
    /// The name of counts that all limits of that name share.
    public var zone: String

    /// Makes a limit.
    public init(
        key: RateLimitSettings.Key = .address,
        maximum: Int,
        status: Int = 503,
        zone: String
    ) {
        self.key = key
        self.maximum = maximum
        self.status = status
        self.zone = zone
    }
}
