package import Basics
import Reactor

extension PostgresConnection {
    /// Connects to the first server that lets the user in and is of the wanted kind.
    ///
    /// Servers are tried in order. A wrong password ends the search at its server, as libpq does.
    /// - Parameters:
    ///   - settings: Which servers, who, and which of them will do.
    ///   - passwords: The file of passwords.
    ///   - security: How the session is secured.
    ///   - deadline: When to give up; `connect_timeout` holds for each server besides.
    /// - Returns: The session, and at which server it is.
    /// - Throws: The problem of the last server that was tried.
    package static func open(
        _ settings: PostgresSettings,
        passwords: PostgresPassfile,
        security: PostgresSecurity,
        deadline: Instant
    ) async throws(Problem) -> (connection: PostgresConnection, host: PostgresSettings.Host) {
        var problem = Problem.broken(
            Failure(.invalid, "no server is named"),
            isUncertain: false
        )
        let isPicky = settings.target == .preferStandby
        let rounds: [PostgresSettings.Target] =
            isPicky ? [.standby, .any] : [settings.target ?? .any]
        for target in rounds {
            for host in settings.servers() {
                let limit = settings.connectTimeout.flatMap { $0 > .zero ? $0 : nil }
                let end = limit.map { min(deadline, Loop.main.now + $0) } ?? deadline
                let login = settings.login(at: host, passwords: passwords)
                do throws(Problem) {
                    let connection = try await open(login, security: security, deadline: end)
                    if try await connection.fits(target, end) { return (connection, host) }
                    connection.close()
                    problem = .broken(
                        Failure(
                            .unavailable,
                            "\(host) will not do",
                            cause: "it is \(target.opposite)"
                        ),
                        isUncertain: false
                    )
                } catch {
                    problem = error
                    if case .refused(let refusal) = error, refusal.code.hasPrefix("28") {
                        throw error
                    }
                }
            }
        }
        throw problem
    }

    /// Whether the server is of a kind.
    package func fits(
        _ target: PostgresSettings.Target,
        _ deadline: Instant
    ) async throws(Problem) -> Bool {
        if target == .any || target == .preferStandby { return true }
        let state = try await role(deadline: deadline)
        switch target {
        case .any, .preferStandby: return true
        case .primary: return !state.isStandby
        case .standby: return state.isStandby
        case .readWrite: return state.isWritable
        case .readOnly: return !state.isWritable
        }
    }

    /// Whether the server is in recovery, and whether it takes writes.
    package func role(
        deadline: Instant
    ) async throws(Problem) -> (isStandby: Bool, isWritable: Bool) {
        let rows = try await query(
            "SELECT pg_catalog.pg_is_in_recovery(), "
                + "pg_catalog.current_setting('transaction_read_only')",
            deadline: deadline
        )
        guard let row = rows.rows.first, row.count == 2 else {
            throw .broken(
                Failure(.unavailable, "the server does not tell its role"),
                isUncertain: false
            )
        }
        return (row[0] == "t", row[0] == "f" && row[1] == "off")
    }
}

extension PostgresSettings.Target {
    /// What a server is that does not fit.
    fileprivate var opposite: String {
        switch self {
        case .any: "none"
        case .readWrite: "read-only"
        case .readOnly: "writable"
        case .primary: "a standby"
        case .standby, .preferStandby: "a primary"
        }
    }
}
