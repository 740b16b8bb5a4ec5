import Basics
import Postgres
import Reactor
import Security

/// Copies records into a table of PostgreSQL, a batch in one transaction.
///
/// A record that the table does not take is looked for by halving the batch, and refused alone.
@MainLoop final class PostgresCarrier: Carrier {
    private let settings: PostgresSettings
    private var rows: PostgresRows
    private var idle: [PostgresConnection] = []
    private var isTableThere = false
    private static let idleMaximum = 4

    init(_ settings: PostgresSettings) {
        self.settings = settings
        rows = PostgresRows(settings)
    }

    func append(_ event: inout Event, at moment: Moment, to bytes: inout [UInt8]) -> String? {
        rows.append(&event, to: &bytes)
        return nil
    }

    func carry(_ load: RecordLoad, partition: [UInt8], attempt: Int) async -> DeliveryAnswer {
        let connection: PostgresConnection
        do throws(PostgresConnection.Problem) {
            connection = try await connect()
        } catch {
            return .failed(setback(error, isUnreached: true))
        }
        var verdicts: [ItemVerdict] = []
        var done = 0
        do throws(PostgresConnection.Problem) {
            try await copy(0..<load.count, of: load, over: connection, &verdicts, &done)
        } catch {
            if case .refused(let refusal) = error {
                // The server is well; its rules or its state are against it.
                keep(connection)
                if refusal.code == "42P01" { isTableThere = false }
            }
            let reason = setback(error, isUnreached: false)
            guard done > 0 || !verdicts.isEmpty else { return .failed(reason) }
            return .partly(
                verdicts
                    + (done..<load.count).map {
                        ItemVerdict(item: $0, isRetriable: true, reason: reason.reason, code: nil)
                    }
            )
        }
        keep(connection)
        return verdicts.isEmpty ? .delivered : .partly(verdicts)
    }

    func close() async {
        for connection in idle { await connection.leave() }
        idle = []
    }

    /// Copies a part; if a record of it is at fault, its halves.
    private func copy(
        _ range: Range<Int>,
        of load: RecordLoad,
        over connection: PostgresConnection,
        _ verdicts: inout [ItemVerdict],
        _ done: inout Int
    ) async throws(PostgresConnection.Problem) {
        let bytes = load[range.lowerBound].lowerBound..<load[range.upperBound - 1].upperBound
        do throws(PostgresConnection.Problem) {
            try await connection.copy(
                rows.copying,
                rows: load.bytes[bytes],
                deadline: Loop.main.now + settings.timeout
            )
            done = range.upperBound
            return
        } catch {
            guard case .refused(let refusal) = error, refusal.concernsData else { throw error }
            if range.count == 1 {
                verdicts.append(
                    ItemVerdict(
                        item: range.lowerBound,
                        isRetriable: false,
                        reason: "PostgreSQL: " + refusal.sentence,
                        code: nil
                    )
                )
                done = range.upperBound
                return
            }
        }
        let middle = range.lowerBound + range.count / 2
        try await copy(range.lowerBound..<middle, of: load, over: connection, &verdicts, &done)
        try await copy(middle..<range.upperBound, of: load, over: connection, &verdicts, &done)
    }

    private func connect() async throws(PostgresConnection.Problem) -> PostgresConnection {
        if let connection = idle.popLast() { return connection }
        let deadline = Loop.main.now + settings.timeout
        let tls: TLSOptions?
        do throws(Failure) {
            tls = try settings.endpoint.tls?.options()
        } catch {
            throw .broken(error, isUncertain: false)
        }
        let connection = try await PostgresConnection.open(login, tls: tls, deadline: deadline)
        if settings.createsTable && !isTableThere {
            do throws(PostgresConnection.Problem) {
                try await connection.run(rows.creation, deadline: deadline)
            } catch {
                // Two that make it at once trip over each other; it is there then.
                guard case .refused(let refusal) = error,
                    ["23505", "42P07"].contains(refusal.code)
                else {
                    connection.close()
                    throw error
                }
            }
            isTableThere = true
        }
        return connection
    }

    private var login: PostgresLogin {
        PostgresLogin(
            host: settings.endpoint.host,
            port: settings.endpoint.port,
            user: settings.user,
            database: settings.database,
            password: settings.password
        )
    }

    private func keep(_ connection: PostgresConnection) {
        if idle.count < Self.idleMaximum { idle.append(connection) } else { connection.close() }
    }

    private func setback(_ problem: PostgresConnection.Problem, isUnreached: Bool) -> Setback {
        switch problem {
        case .refused(let error): return Setback(.retry, "PostgreSQL: " + error.sentence)
        case .broken(let failure, let isUncertain):
            // Idle sessions are of the same server; it has gone or was started anew.
            for connection in idle { connection.close() }
            idle = []
            var setback = Setback(.retry, "PostgreSQL: \(failure)")
            setback.isUncertain = isUncertain
            setback.isUnreached = isUnreached
            return setback
        }
    }
}
