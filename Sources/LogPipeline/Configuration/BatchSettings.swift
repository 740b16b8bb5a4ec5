/// How records are put together for a request.
public struct BatchSettings: Sendable, Hashable {
    /// The bytes of records at which a batch is sent.
    public var bytes = 1 << 20
    /// The records at which a batch is sent; nil for no limit.
    public var records: Int?
    /// How long the first record of a batch waits for others; nil for the service's flush time.
    public var wait: Duration?

    /// The defaults.
    public init() {}
}

/// How attempts are repeated.
public struct RetrySettings: Sendable, Hashable {
    /// How many attempts follow the first; nil: as long as it takes.
    public var limit: Int?
    /// The first pause.
    public var initial = Duration.seconds(1)
    /// The longest pause.
    public var cap = Duration.seconds(30)
    /// What each pause is multiplied with.
    public var factor = 2.0
    /// Whether a pause is random between the first pause and what it would be (Fluent Bit's); if not it varies
    /// by 12.5 %.
    public var isFullyRandom = false
    /// How long attempts of a batch may go on in all; nil for no limit.
    public var timeout: Duration?

    /// The defaults.
    public init() {}
}

/// What lies in wait for a sink.
public struct BufferSettings: Sendable, Hashable {
    /// What is done when it is full.
    public enum WhenFull: String, Sendable, Hashable {
        /// Sources wait.
        case block
        /// New records leave, counted as `limited`.
        case dropNewest
        /// The oldest records leave, counted as rejected.
        case dropOldest
    }

    /// The most bytes in memory, requests included.
    public var memory = 2 << 20
    /// The most records in closed batches, waiting or under way; nil for no limit of their number.
    public var records: Int?
    /// The directory of a buffer on disk; nil for none.
    ///
    /// Records are then safe when they lie there.
    public var directory: String?
    /// The most bytes on disk.
    public var disk: Int64 = 256 << 20
    /// What is done when it is full.
    public var whenFull = WhenFull.block

    /// The defaults.
    public init() {}
}
