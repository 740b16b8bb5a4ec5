internal import Basics
internal import Reactor

/// Who logs in to a PostgreSQL server.
struct PostgresLogin: Sendable {
    var user: String
    var password: String?
    var database: String?

    init(user: String, password: String? = nil, database: String? = nil) {
        self.user = user
        self.password = password
        self.database = database
    }
}

/// A login to PostgreSQL.
///
/// When any server will do, the first message of the login is enough, as with HAProxy's `pgsql-check`:
/// a server that asks for a password is up, one that answers with an error is not. When its role
/// matters the login is completed, the server asked whether it is in recovery, and the session kept.
@MainLoop final class PostgresCheck: HealthCheck {
    private let target: CheckTarget
    private let login: PostgresLogin
    private let role: HealthCheckSettings.PostgresRole
    private let keeps: Bool
    private var session: PostgresSession?

    init(
        _ target: CheckTarget,
        _ login: PostgresLogin,
        role: HealthCheckSettings.PostgresRole,
        keeps: Bool
    ) {
        self.target = target
        self.login = login
        self.role = role
        self.keeps = keeps
    }

    func run(deadline: Instant) async -> CheckOutcome {
        if let kept = session {
            do throws(PostgresProblem) {
                return judge(try await kept.isWritable(deadline: deadline))
            } catch {
                close()
                // The server may have ended the session; a time that is over stays over.
                if Loop.main.now >= deadline { return error.outcome }
            }
        }
        do throws(PostgresProblem) {
            let session = try await PostgresSession.open(target, login, role != .any, deadline)
            if role == .any {
                session.close()
                return .success
            }
            self.session = session
            let outcome = judge(try await session.isWritable(deadline: deadline))
            if !keeps { close() }
            return outcome
        } catch {
            close()
            return error.outcome
        }
    }

    func close() {
        session?.close()
        session = nil
    }

    private func judge(_ isWritable: Bool) -> CheckOutcome {
        switch role {
        case .any: .success
        case .primary:
            CheckOutcome(
                result: .success,
                note: isWritable ? "" : "it takes no writes",
                hasRole: isWritable
            )
        case .standby:
            CheckOutcome(
                result: .success,
                note: isWritable ? "it is a primary" : "",
                hasRole: !isWritable
            )
        }
    }
}

/// Why a server could not be asked.
enum PostgresProblem: Error {
    /// The connection.
    case connection(Failure)
    /// The server said no, and why.
    case refused(String)

    var outcome: CheckOutcome {
        switch self {
        case .connection(let failure): CheckOutcome(failure)
        case .refused(let text): .refused(text)
        }
    }
}
