/// What became of records, in read records and copies of them: a value.
///
/// At every moment `read + made = delivered + rejected + left + buffered`, over all runs of a program whose accounts
/// are kept (Documentation/formats/logs-state.md).
public struct Accounts: Sendable, Hashable {
    /// The account of one source.
    public struct Source: Sendable, Hashable {
        /// Records that were read, without those that were taken back.
        public var read: UInt64 = 0
        /// Their bytes.
        public var bytes: UInt64 = 0
        /// Records that were read again after a restart, or that a peer sent again.
        public var repeated: UInt64 = 0
        /// Bytes that made no record: lines beyond the limit that the configuration says to skip.
        public var skipped: UInt64 = 0
        /// Records that were taken back: a run ended before they came to their end, and they are read again.
        public var withdrawn: UInt64 = 0
        /// Records and copies of them whose lots are open.
        public var open: UInt64 = 0
        /// Whether open records are read again after an end of the program.
        public var readsAgain = true

        /// Begins an account.
        public init() {}
    }

    /// The account of one sink: `received = delivered + rejected + buffered`.
    public struct Sink: Sendable, Hashable {
        /// Records that came to it, without those that were taken back.
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
        /// Records that were taken back before they came to their end.
        public var withdrawn: UInt64 = 0
        /// Records that the buffer on disk answers for, and no source any more; below zero for a moment if records
        /// are delivered before they are safe.
        public var stored: Int64 = 0

        /// Begins an account.
        public init() {}

        /// Records that are on their way.
        public var buffered: UInt64 { received - delivered - rejected }
    }

    /// The accounts of sources, by their names.
    public var sources: [String: Source] = [:]
    /// The accounts of sinks, by their names.
    public var sinks: [String: Sink] = [:]
    /// Copies that were made on the way, without those that were taken back.
    public var made: UInt64 = 0
    /// Copies that were taken back.
    public var unmade: UInt64 = 0
    /// Records that left on purpose, by cause.
    public var left: [Outlet.Leaving: UInt64] = [:]

    /// Begins empty accounts.
    public init() {}

    // MARK: Sums

    /// All records that were read, without copies.
    public var read: UInt64 { sources.values.reduce(0) { $0 + $1.read } }
    /// All records that were read, and copies of them.
    public var incoming: UInt64 { read + made }
    /// All that came to their end.
    public var ended: UInt64 {
        sinks.values.reduce(0) { $0 + $1.delivered + $1.rejected } + left.values.reduce(0, +)
    }
    /// All that are on their way: in stages, in sinks' buffers, in requests.
    public var buffered: UInt64 { incoming - ended }
    /// All whose lots are open: the same number as `buffered` without what lies on disk, counted by other hands.
    public var open: UInt64 { sources.values.reduce(0) { $0 + $1.open } }
    /// Whether what was read and what became of it agree with what lots and buffers hold.
    public var isBalanced: Bool {
        let held = sinks.values.reduce(Int64(clamping: open)) { $0 + $1.stored }
        return Int64(clamping: incoming) - Int64(clamping: ended) == held
    }

    // MARK: An end before the end

    /// Takes back what was open when a run ended: it is read again, or lost where the source cannot read again.
    ///
    /// What lies in a buffer on disk stays. Copies are taken back in proportion.
    public mutating func withdraw() {
        // What was delivered before it was safe on disk is open with its source, and needs no taking back.
        var early: UInt64 = 0
        for (id, sink) in sinks {
            if sink.stored < 0 { early += sink.stored.magnitude }
            let kept = UInt64(clamping: sink.stored)
            sinks[id]?.stored = Int64(clamping: kept)
            sinks[id]?.withdrawn += sink.buffered - min(kept, sink.buffered)
            sinks[id]?.received = sink.delivered + sink.rejected + kept
        }
        let lost = sources.values.reduce(0) { $0 + ($1.readsAgain ? 0 : $1.open) }
        let again = open - lost
        let interrupted = lost - min(lost, early)
        early -= min(lost, early)
        if interrupted > 0 { left[.interrupted, default: 0] += interrupted }
        var rest = again - min(again, early)
        unmake(Self.share(made, of: rest, in: incoming), of: &rest)
        let share = rest
        let names = sources.keys.sorted()
        for id in names {
            guard let source = sources[id], source.readsAgain else { continue }
            takeBack(Self.share(source.open, of: share, in: again), from: id, of: &rest)
        }
        // What rounding left over.
        for id in names where sources[id]?.readsAgain == true {
            takeBack(rest, from: id, of: &rest)
        }
        unmake(rest, of: &rest)
        for id in names { sources[id]?.open = 0 }
    }

    /// A part of a whole that is given out, rounded down.
    private static func share(_ part: UInt64, of given: UInt64, in whole: UInt64) -> UInt64 {
        whole == 0 ? 0 : UInt64(Double(given) * Double(part) / Double(whole))
    }

    private mutating func unmake(_ wanted: UInt64, of rest: inout UInt64) {
        let count = min(wanted, made, rest)
        made -= count
        unmade += count
        rest -= count
    }

    private mutating func takeBack(_ wanted: UInt64, from id: String, of rest: inout UInt64) {
        guard var source = sources[id] else { return }
        let count = min(wanted, source.read, rest)
        source.read -= count
        source.withdrawn += count
        rest -= count
        sources[id] = source
    }

    /// Believes a sink's buffer on disk, which outlives a run and goes on after accounts were written down.
    ///
    /// - Parameters:
    ///   - id: The sink's name.
    ///   - stored: How many records lie there.
    public mutating func reconcile(_ id: String, stored: UInt64) {
        var sink = sinks[id, default: Sink()]
        let known = UInt64(clamping: sink.stored)
        if stored > known {
            // They come from outside these accounts: the buffer on disk is their source.
            sources[id + " (buffer)", default: Source()].read += stored - known
            sink.received += stored - known
        } else {
            sink.delivered += known - stored
        }
        sink.stored = Int64(clamping: stored)
        sinks[id] = sink
    }

    // MARK: Differences

    /// What happened since other accounts, for counters that never fall: taken back records count as read.
    public func since(_ base: Accounts) -> Accounts {
        var accounts = self
        for (id, source) in sources {
            let before = base.sources[id] ?? Source()
            var now = source
            now.read = source.read + source.withdrawn - before.read - before.withdrawn
            now.withdrawn = source.withdrawn - before.withdrawn
            now.bytes -= before.bytes
            now.repeated -= before.repeated
            now.skipped -= before.skipped
            accounts.sources[id] = now
        }
        for (id, sink) in sinks {
            let before = base.sinks[id] ?? Sink()
            var now = sink
            now.received = sink.received + sink.withdrawn - before.received - before.withdrawn
            now.withdrawn = sink.withdrawn - before.withdrawn
            now.delivered -= before.delivered
            now.rejected -= before.rejected
            now.bytes -= before.bytes
            now.retried -= before.retried
            now.errors -= before.errors
            now.uncertain -= before.uncertain
            accounts.sinks[id] = now
        }
        accounts.made = made + unmade - base.made - base.unmade
        accounts.unmade = unmade - base.unmade
        for (cause, count) in base.left { accounts.left[cause, default: count] -= count }
        return accounts
    }
}
