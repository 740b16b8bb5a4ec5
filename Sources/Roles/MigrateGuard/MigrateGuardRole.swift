import Basics
import Postgres
package import Reactor
import System

/// `companion migrate-guard`: a command under a PostgreSQL advisory lock.
@MainLoop package enum MigrateGuardRole {
    package static let role = Role(name: "migrate-guard", spec: spec) {
        invocation,
        _ throws(Failure) in
        let environment = FileAccess.environment
        let options = try GuardOptions(invocation, environment: environment)
        if invocation.flag("check") {
            let servers = options.settings.servers().map(\.description).joined(separator: ", ")
            Console.line("lock \(options.lock.number) (\(options.lock.name)) at \(servers)")
            return 0
        }
        for name in options.settings.withoutEffect {
            Console.note("migrate-guard: the parameter \(name) has no effect here")
        }
        let remark = PostgresPassfile.load(options.settings, environment: environment).remark
        if let remark { Console.note("migrate-guard: \(remark)") }
        return try await GuardRun(
            options.plan,
            settings: options.settings,
            lock: options.lock,
            command: options.command,
            environment: environment
        ) { Console.note("migrate-guard: " + $0) }.run()
    }

    private static let spec = CommandSpec(
        "migrate-guard",
        summary:
            "run a command under a PostgreSQL advisory lock, so that replicas do so one by one",
        discussion: """
            Of several replicas that start at once, one takes the lock and runs the command; the others wait, then run it
            as well, or, with --once, find its marker and do not.

            The lock belongs to a session with the database, which is watched while the command runs. If it is lost, the
            command gets SIGTERM, and SIGKILL after --grace, and the exit code is 1. If this program is killed, its command
            is killed too. A pooler in transaction mode, through which no lock can be held, is refused.

            Signals are handed on to the command. Without --database, DATABASE_URL is taken, else PGHOST, PGUSER and so on.

            Exit codes: the command's own, 128+N if signal N ended it; 0 if --once found its marker; 1 the lock was not had
            in time, or lost, or the marker not written; 2 the words make no sense; 126 and 127 the command cannot be run,
            or is not there.
            """,
        options: GuardOptions.specs
    )
}

/// What the command line of `companion migrate-guard` says.
struct GuardOptions: Sendable {
    /// Where the database is.
    var settings: PostgresSettings
    /// The lock.
    var lock: GuardLock
    /// How it is waited for.
    var plan = GuardMachine.Plan()
    /// What is run.
    var command: [String]

    /// Reads them.
    ///
    /// - Throws: `invalid` with one sentence.
    init(_ invocation: Invocation, environment: [String: String]) throws(Failure) {
        guard let command = invocation.rest, !command.isEmpty else {
            throw Failure(
                .invalid,
                "there is no command",
                remedy: "write it behind --: companion migrate-guard -- ./manage.py migrate"
            )
        }
        self.command = command
        settings = try Self.settings(invocation, environment)
        let isOnce = invocation.flag("once")
        for name in ["marker", "version"] where !isOnce && invocation.text(name) != nil {
            throw Failure(.invalid, "--\(name) is of use with --once only")
        }
        lock = try GuardLock(
            key: invocation.text("key") ?? "migrate",
            table: invocation.text("marker") ?? "companion_migrations",
            version: invocation.text("version") ?? ""
        )
        plan.isOnce = isOnce
        plan.stopsOnLoss = invocation.text("on-loss") != "continue"
        if let time = invocation.duration("wait-timeout"), time > .zero { plan.waitTimeout = time }
        if let time = invocation.duration("lock-retry") { plan.retry = time }
        if let time = invocation.duration("keep-alive") { plan.keepAlive = time }
        if let time = invocation.duration("grace") { plan.grace = time }
        for (name, time) in [("--lock-retry", plan.retry), ("--keep-alive", plan.keepAlive)]
        where time < .milliseconds(10) {
            throw Failure(.invalid, "\(name) is too short", remedy: "write 10ms or more")
        }
    }

    private static func settings(
        _ invocation: Invocation,
        _ environment: [String: String]
    ) throws(Failure) -> PostgresSettings {
        let variables = try PostgresSettings(environment: environment)
        var settings: PostgresSettings
        if let text = invocation.text("database") {
            settings = try PostgresSettings(text, in: "--database").over(variables)
        } else if let text = environment["DATABASE_URL"], !text.isEmpty {
            settings = try PostgresSettings(text, in: "DATABASE_URL").over(variables)
        } else {
            guard environment.keys.contains(where: { $0.hasPrefix("PG") }) else {
                throw Failure(
                    .invalid,
                    "no database is named",
                    remedy: "give --database URL, or set DATABASE_URL or PGHOST"
                )
            }
            settings = variables
        }
        // Each standby has locks of its own.
        if settings.target == nil { settings.target = .primary }
        return settings
    }

    /// All options.
    static let specs = [
        OptionSpec(
            "database",
            "d",
            .text("URL"),
            help: "postgresql://user@host:5432/name?sslmode=verify-full",
            byDefault: "DATABASE_URL, or PGHOST and so on"
        ),
        OptionSpec(
            "key",
            nil,
            .text("NAME|N"),
            help: "the lock: a name, or the number of one",
            byDefault: "migrate"
        ),
        OptionSpec(
            "wait-timeout",
            "t",
            .duration,
            help: "give up after so long without the lock; 0 is never",
            byDefault: "0s"
        ),
        OptionSpec(
            "lock-retry",
            nil,
            .duration,
            help: "the pause between two questions for the lock, varied by a fifth",
            byDefault: "1s"
        ),
        OptionSpec("once", help: "do not run the command if its marker is in the database"),
        OptionSpec(
            "marker",
            nil,
            .text("TABLE"),
            help: "the table of markers, which is made if it is not there",
            byDefault: "companion_migrations"
        ),
        OptionSpec(
            "version",
            nil,
            .text("TEXT"),
            help: "what the marker is for, such as a release"
        ),
        OptionSpec(
            "on-loss",
            nil,
            .choice(["stop", "continue"]),
            help: "what becomes of the command if the lock is lost",
            byDefault: "stop"
        ),
        OptionSpec(
            "keep-alive",
            nil,
            .duration,
            help: "how often the session is looked at while the command runs",
            byDefault: "5s"
        ),
        OptionSpec(
            "grace",
            nil,
            .duration,
            help: "from SIGTERM to SIGKILL for a command whose lock is lost",
            byDefault: "10s"
        ),
        OptionSpec("check", help: "say which lock is taken where, and end"),
    ]
}
