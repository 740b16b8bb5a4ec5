package import Basics
package import Reactor

/// The work of a role: what a process does, alone or beside the works of other roles.
///
/// The process has the signals, the admin port and the journal; the work has everything else.
@MainLoop package protocol RoleWork: AnyObject {
    /// Takes what must be there before anything is shown to others: a configuration, ports, threads.
    ///
    /// - Throws: Why the work cannot begin: a failure ends the process with exit code 1, or, beside others, is
    ///   tried again later. Nothing may be left behind then.
    func begin() async throws(Failure)

    /// Does the work until it is done or `end` was called.
    ///
    /// - Returns: The exit code.
    /// - Throws: Why it cannot go on: a failure ends the process, or, beside others, begins it anew later.
    func run() async throws(Failure) -> Int32

    /// Asks for an end in order: nothing new is begun, what was begun is done until `deadline` at most, and
    /// `run` returns. A second call with an earlier deadline hurries it.
    func end(by deadline: Instant)

    /// Reads the configuration again; a bad one is refused and the old one kept.
    func reload()

    /// Where its configuration wants the admin pages; `nil` if it does not say.
    var adminAddress: ListenAddress? { get }

    /// Whether its configuration wants admin pages at all.
    var wantsAdmin: Bool { get }

    /// How long its configuration lets the end take; `nil` if it does not say.
    var grace: Duration? { get }

    /// Signals with a meaning of the work's own, by their names.
    var signals: [String] { get }

    /// One of `signals` came.
    ///
    /// - Returns: Whether it asks for the end of the process.
    func take(signal: String) -> Bool

    /// What the end waits for, as the rest of a sentence.
    func outlook(within grace: Duration) async -> String

    /// Whether it can do its work, for probes: 200, or 503 and why not.
    var readiness: AdminPage.Answer { get }

    /// Its pages on the admin port, beside those that every process has (`ProcessPages`).
    var pages: [AdminPage] { get }

    /// Its metrics in the text form of Prometheus.
    var metrics: String { get }

    /// Its metrics with those of the process.
    func metrics(beside own: String) -> String
}

extension RoleWork {
    package func begin() async throws(Failure) {}
    package func reload() {}
    package var adminAddress: ListenAddress? { nil }
    package var wantsAdmin: Bool { true }
    package var grace: Duration? { nil }
    package var signals: [String] { [] }
    package func take(signal: String) -> Bool { false }
    package func outlook(within grace: Duration) async -> String {
        "what was begun may take \(grace.humanText)"
    }
    package var pages: [AdminPage] { [] }
    package func metrics(beside own: String) -> String { metrics + own }
}

/// What a work is given by its process.
package struct WorkSurroundings: Sendable {
    /// Where it tells what it does.
    package var journal: Journal
    /// The variables of the process.
    package var environment: [String: String]
    /// How long its end may take.
    package var grace: Duration
    /// What the program tells about configurations.
    package var metrics: CompanionMetrics
    /// The memory that the works of the process may fill.
    package var memory: MemoryShare
    /// Who else is told the lines of the journal.
    package var readers: JournalReaders

    /// Puts them together.
    package init(
        journal: Journal,
        environment: [String: String] = [:],
        grace: Duration = .seconds(25),
        metrics: CompanionMetrics,
        memory: MemoryShare = MemoryShare(limit: { nil }),
        readers: JournalReaders = JournalReaders()
    ) {
        self.memory = memory
        self.readers = readers
        self.journal = journal
        self.environment = environment
        self.grace = grace
        self.metrics = metrics
    }
}
