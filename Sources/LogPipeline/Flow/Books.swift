public import Reactor

/// The accounts of a program's pipelines, as they change.
@MainLoop public final class Books {
    /// How many records of a source, and copies of them, have lots that are open.
    @MainLoop public final class Tally {
        /// Lots add what is put in and take off what came to its end.
        public internal(set) var open = 0
    }

    private var accounts = Accounts()
    private var tallies: [String: Tally] = [:]
    /// What earlier runs left.
    private var base = Accounts()

    /// Begins empty books.
    public init() {}

    /// The accounts now.
    public var now: Accounts {
        var accounts = accounts
        for (id, tally) in tallies {
            accounts.sources[id, default: Accounts.Source()].open = UInt64(clamping: tally.open)
        }
        return accounts
    }

    /// What happened since the program began: numbers that never fall.
    public var ofThisRun: Accounts { now.since(base) }

    /// All that are on their way.
    public var buffered: UInt64 { accounts.buffered }

    /// Goes on from what an earlier run left; what was open then is taken back.
    public func restore(_ earlier: Accounts) {
        accounts = earlier
        accounts.withdraw()
        base = accounts
    }

    /// Takes back what is open: the pipeline has ended, and another goes on from where it was.
    public func withdraw() {
        accounts = now
        tallies = [:]
        accounts.withdraw()
    }

    /// Begins counting what is open of a source.
    ///
    /// - Parameters:
    ///   - name: The source's name.
    ///   - readsAgain: Whether open records are read again after an end of the program.
    /// - Returns: What counts them.
    public func tally(of name: String, readsAgain: Bool) -> Tally {
        let tally = Tally()
        tallies[name] = tally
        source(name) { $0.readsAgain = readsAgain }
        return tally
    }

    /// Changes the account of a source.
    public func source(_ name: String, _ change: (inout Accounts.Source) -> Void) {
        change(&accounts.sources[name, default: Accounts.Source()])
    }

    /// Changes the account of a sink.
    public func sink(_ name: String, _ change: (inout Accounts.Sink) -> Void) {
        change(&accounts.sinks[name, default: Accounts.Sink()])
    }

    /// Believes a sink's buffer on disk (`Accounts.reconcile`).
    public func reconcile(_ name: String, stored: Int) {
        accounts.reconcile(name, stored: UInt64(clamping: stored))
    }

    /// Notes what a stage did.
    public func note(made count: Int, left causes: [Outlet.Leaving: Int]) {
        accounts.made += UInt64(count)
        guard !causes.isEmpty else { return }
        for (cause, count) in causes { accounts.left[cause, default: 0] += UInt64(count) }
    }
}
