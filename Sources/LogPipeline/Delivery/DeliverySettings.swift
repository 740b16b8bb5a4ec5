/// How a sink delivers.
struct DeliverySettings: Sendable, Hashable {
    /// The bytes at which a batch is closed.
    var batchBytes = 1 << 20
    /// The records at which a batch is closed; nil for no limit.
    var batchRecords: Int?
    /// How long the first record of a batch waits for others.
    var batchWait = Duration.seconds(1)
    /// How many requests may be open at once.
    var concurrency = 2
    /// Whether batches are delivered in the order in which they came; one request at a time then.
    var isOrdered = false
    /// How attempts are repeated.
    var retry = RetrySettings()
    /// The most bytes that wait or are under way; beyond it the sink is full.
    var memory = 4 << 20
    /// The most records in closed batches, waiting or under way; beyond it the sink is full; nil for no limit.
    var recordMaximum: Int?
    /// After so many failures in a row one request at a time tries whether the other side is back.
    var breakerAfter = 3
    /// The most batches that are being filled at once; beyond it the oldest is closed.
    var partitionMaximum = 256
    /// The longest that the other side may ask to be left alone.
    var retryAfterMaximum = Duration.seconds(600)

    /// The defaults.
    init() {}

    /// Takes over what a configuration says.
    ///
    /// - Parameters:
    ///   - sink: The sink.
    ///   - service: The service, for what the sink does not say.
    init(_ sink: SinkSettings, service: ServiceSettings) {
        batchBytes = max(1, sink.batch.bytes)
        batchRecords = sink.batch.records
        batchWait = sink.batch.wait ?? service.flush
        retry = sink.retry ?? service.retry
        memory = max(1, sink.buffer.memory)
        recordMaximum = sink.buffer.records.map { max(1, $0) }
        // One is filled while others are on their way: all of them must fit into the buffer.
        batchBytes = min(batchBytes, max(memory / 4, 1))
    }
}
