public import Reactor

/// The accounts of a pipeline, in read records and copies of them.
///
/// At every moment: `read + made = delivered + rejected + left + buffered`.
@MainLoop public final class Books {
    /// The account of one source.
    public struct Source: Sendable, Hashable {
        /// Records that were read.
        public var read: UInt64 = 0
        /// Their bytes.
        public var bytes: UInt64 = 0
        /// Records that were read again after a restart, or that a peer sent again.
        public var repeated: UInt64 = 0
        /// Bytes that made no record: lines beyond the limit that the configuration says to skip.
        public var skipped: UInt64 = 0

        /// Begins an account.
        public init() {}
    }

    /// The account of one sink: `received = delivered + rejected + buffered`.
    public struct Sink: Sendable, Hashable {
        /// Records that came to it.
        public var received: UInt64 = 0
        /// Records that the other side has confirmed.
        public var delivered: UInt64 = 0
        /// Records that the other side refused for good; they are in the dead-letter file if there is one.
        public var rejected: UInt64 = 0
        /// Bytes of delivered records.
        public var bytes: UInt64 = 0
        /// Attempts after the first.
        public var retried: UInt64 = 0
        /// Requests that failed.
        public var errors: UInt64 = 0
        /// Records that may have been delivered twice, because an answer was lost.
        public var uncertain: UInt64 = 0

        /// Begins an account.
        public init() {}

        /// Records that are on their way.
        public var buffered: UInt64 { received - delivered - rejected }
    }

    /// The accounts of sources, by their names.
    public private(set) var sources: [String: Source] = [:]
    /// The accounts of sinks, by their names.
    public private(set) var sinks: [String: Sink] = [:]
    /// Copies that were made on the way.
    public private(set) var made: UInt64 = 0
    /// Records that left on purpose, by cause.
    public private(set) var left: [Outlet.Leaving: UInt64] = [:]

    /// Begins empty books.
    public init() {}

    /// Changes the account of a source.
    public func source(_ name: String, _ change: (inout Source) -> Void) {
        change(&sources[name, default: Source()])
    }

    /// Changes the account of a sink.
    public func sink(_ name: String, _ change: (inout Sink) -> Void) {
        change(&sinks[name, default: Sink()])
    }

    /// Notes what a stage did.
    public func note(made count: Int, left causes: [Outlet.Leaving: Int]) {
        made += UInt64(count)
        guard !causes.isEmpty else { return }
        for (cause, count) in causes { left[cause, default: 0] += UInt64(count) }
    }

    /// All records that were read, and copies of them.
    public var incoming: UInt64 { sources.values.reduce(0) { $0 + $1.read } + made }
    /// All that came to their end.
    public var ended: UInt64 {
        sinks.values.reduce(0) { $0 + $1.delivered + $1.rejected } + left.values.reduce(0, +)
    }
    /// All that are on their way: in stages, in sinks' buffers, in requests.
    public var buffered: UInt64 { incoming - ended }
}
