package import Basics
package import Reactor

/// The work of a role: what a process does, alone or beside the works of other roles.
///
/// The process has the signals, the admin port and the journal; the work has everything else.
@MainLoop package protocol RoleWork: AnyObject {
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

    /// Whether it can do its work, for probes: 200, or 503 and why not.
    var readiness: AdminPage.Answer { get }

    /// Its pages on the admin port, beside those that every process has (`ProcessPages`).
    var pages: [AdminPage] { get }

    /// Its metrics in the text form of Prometheus.
    var metrics: String { get }
}

extension RoleWork {
    package func reload() {}
    package var pages: [AdminPage] { [] }
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

    /// Puts them together.
    package init(
        journal: Journal,
        environment: [String: String] = [:],
        grace: Duration = .seconds(25),
        metrics: CompanionMetrics
    ) {
        self.journal = journal
        self.environment = environment
        self.grace = grace
        self.metrics = metrics
    }
}
