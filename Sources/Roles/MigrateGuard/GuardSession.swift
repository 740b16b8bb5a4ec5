import Basics
import Postgres
import Reactor

/// A session with the database that holds the lock.
@MainLoop final class GuardSession {
    /// Why there is none.
    struct Refusal: Error {
        var text: String
        /// Whether it is of no use to try again.
        var isFinal: Bool
    }

    /// How long a server may take for an answer.
    static let patience = Duration.seconds(10)

    private let connection: PostgresConnection
    private let lock: GuardLock
    private var listening: Task<String?, Never>?
    private var looking: Task<String?, Never>?
    private var isLeaving = false

    private init(_ connection: PostgresConnection, _ lock: GuardLock) {
        self.connection = connection
        self.lock = lock
    }

    /// Opens a session in which a lock can be held.
    static func open(
        _ settings: PostgresSettings,
        _ lock: GuardLock,
        environment: [String: String]
    ) async throws(Refusal) -> GuardSession {
        let connection = try await connect(settings, environment)
        let isShared: Bool
        do throws(PostgresConnection.Problem) {
            isShared = try await prepare(connection, settings, environment)
        } catch {
            connection.close()
            throw Refusal(text: TargetCheck.text(error), isFinal: false)
        }
        guard !isShared else {
            await connection.leave()
            throw Refusal(
                text:
                    "a pooler in transaction mode is in between, through which no session holds a lock; "
                    + "connect to the server itself, or through a pool in session mode",
                isFinal: true
            )
        }
        return GuardSession(connection, lock)
    }

    /// Makes a session fit to hold a lock; whether a pooler shares it with others.
    private static func prepare(
        _ connection: PostgresConnection,
        _ settings: PostgresSettings,
        _ environment: [String: String]
    ) async throws(PostgresConnection.Problem) -> Bool {
        let deadline = Loop.main.now + patience
        try await connection.run("SET standard_conforming_strings = on", deadline: deadline)
        do throws(PostgresConnection.Problem) {
            try await connection.run("SET idle_session_timeout = 0", deadline: deadline)
        } catch {
            // Servers before 14 have no such limit.
            guard case .refused = error else { throw error }
        }
        let own = try await connection.run("SELECT pg_backend_pid()", deadline: deadline)
        if own == connection.processID.map(String.init) { return false }
        return try await isShared(connection, own, settings, environment)
    }

    private static func connect(
        _ settings: PostgresSettings,
        _ environment: [String: String]
    ) async throws(Refusal) -> PostgresConnection {
        let security: PostgresSecurity
        do throws(Failure) {
            security = try PostgresSecurity(settings)
        } catch {
            throw Refusal(text: "\(error)", isFinal: true)
        }
        do throws(PostgresConnection.Problem) {
            return try await PostgresConnection.open(
                settings,
                passwords: PostgresPassfile.load(settings, environment: environment).passwords,
                security: security,
                deadline: Loop.main.now + patience
            ).connection
        } catch {
            // 28: who logs in is refused, and will be.
            var isFinal = false
            if case .refused(let refusal) = error { isFinal = refusal.code.hasPrefix("28") }
            throw Refusal(text: TargetCheck.text(error), isFinal: isFinal)
        }
    }

    /// Whether a pooler gives each transaction another server's session.
    ///
    /// A second client begins a transaction, for which a pooler takes a session that is free. If that is
    /// the first client's, or the first one gets another one now, sessions are nobody's own.
    private static func isShared(
        _ connection: PostgresConnection,
        _ own: String?,
        _ settings: PostgresSettings,
        _ environment: [String: String]
    ) async throws(PostgresConnection.Problem) -> Bool {
        guard let second = try? await connect(settings, environment) else { return false }
        defer { second.close() }
        let deadline = Loop.main.now + .seconds(3)
        let other: String?
        do throws(PostgresConnection.Problem) {
            try await second.run("BEGIN", deadline: deadline)
            other = try await second.run("SELECT pg_backend_pid()", deadline: deadline)
        } catch {
            // A pool of one session in session mode lets the second client wait.
            return false
        }
        let now = try await connection.run(
            "SELECT pg_backend_pid()",
            deadline: Loop.main.now + patience
        )
        await second.leave()
        return other == own || now != own
    }

    /// Takes the lock if nobody has it.
    func take() async throws(PostgresConnection.Problem) -> Bool {
        try await connection.run(lock.take, deadline: Loop.main.now + Self.patience) == "t"
    }

    /// Whether the marker is there; the table is made if it is not.
    func hasMarker() async throws(PostgresConnection.Problem) -> Bool {
        let deadline = Loop.main.now + Self.patience
        try await connection.run(lock.makeTable, deadline: deadline)
        return try await connection.run(lock.findMarker, deadline: deadline) != "0"
    }

    /// Listens for a while, then looks whether the lock is held.
    ///
    /// - Returns: Why it is not; `nil` if it is, or if the session is about to be left.
    func look(after time: Duration) async -> String? {
        if isLeaving { return nil }
        let task = Task { @MainLoop in await listenAndLook(time) }
        looking = task
        return await task.value
    }

    private func listenAndLook(_ time: Duration) async -> String? {
        // The command may have ended before this began.
        if isLeaving { return nil }
        let listening = Task { @MainLoop [connection] () -> String? in
            do throws(PostgresConnection.Problem) {
                try await connection.idle(until: Loop.main.now + time)
                return nil
            } catch {
                return TargetCheck.text(error)
            }
        }
        self.listening = listening
        if let why = await listening.value { return why }
        if isLeaving { return nil }
        do throws(PostgresConnection.Problem) {
            let count = try await connection.run(
                lock.isHeld,
                deadline: Loop.main.now + Self.patience
            )
            return count == "1" ? nil : "the server knows of no such lock of this session"
        } catch {
            return TargetCheck.text(error)
        }
    }

    /// Ends the listening, so that statements can be sent.
    private func settle() async {
        isLeaving = true
        listening?.cancel()
        _ = await looking?.value
    }

    /// Writes the marker.
    func writeMarker() async throws(PostgresConnection.Problem) {
        await settle()
        try await connection.run(lock.writeMarker, deadline: Loop.main.now + Self.patience)
    }

    /// Lets the lock go and ends the session.
    func leave() async {
        await settle()
        _ = try? await connection.run(lock.release, deadline: Loop.main.now + .seconds(2))
        await connection.leave()
    }
}
