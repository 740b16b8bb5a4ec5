import Basics
import Postgres
import Reactor

/// A PostgreSQL server that is asked queries; the session is kept for the next time.
@MainLoop final class PostgresSource: MetricSource {
    private let options: SourceOptions.PostgresOptions
    private var kept: PostgresConnection?

    init(_ options: SourceOptions.PostgresOptions) {
        self.options = options
    }

    func close() {
        kept?.close()
        kept = nil
    }

    func read(
        limit: Int,
        deadline: Instant,
        isKnown: Bool
    ) async throws(Failure) -> SourceAnswer {
        let wasKept = kept != nil
        do throws(PostgresConnection.Problem) {
            return try await ask(limit, deadline)
        } catch {
            close()
            // A kept session may have ended meanwhile: then a new one is tried.
            guard wasKept, case .broken = error else { throw failure(error) }
        }
        do throws(PostgresConnection.Problem) {
            return try await ask(limit, deadline)
        } catch {
            close()
            throw failure(error)
        }
    }

    private func failure(_ problem: PostgresConnection.Problem) -> Failure {
        let what = "cannot ask PostgreSQL at \(options.url.host):\(port)"
        switch problem {
        case .refused(let error): return Failure(.unavailable, what, cause: error.sentence)
        case .broken(let failure, _): return Failure(failure.code, what, cause: "\(failure)")
        }
    }

    private var port: UInt16 { options.url.port == 0 ? 5432 : options.url.port }

    private func ask(
        _ limit: Int,
        _ deadline: Instant
    ) async throws(PostgresConnection.Problem) -> SourceAnswer {
        let session: PostgresConnection
        if let kept { session = kept } else { session = try await open(deadline) }
        kept = session
        var set = SampleSet(limit: limit)
        var report = ReadReport()
        for query in (options.asksBuiltIn ? PostgresQueries.builtIn : []) + options.queries {
            do throws(PostgresConnection.Problem) {
                let answer = try await session.query(query.text, deadline: deadline)
                PostgresRowsReader.read(answer, query, into: &set, &report)
            } catch {
                guard case .refused(let refusal) = error else { throw error }
                if !query.isOptional { report.note("\(query.name): \(refusal.sentence)") }
            }
        }
        return .samples(set, report)
    }

    private func open(
        _ deadline: Instant
    ) async throws(PostgresConnection.Problem) -> PostgresConnection {
        let url = options.url
        var password = url.password
        let tls: TransportSecurity? = options.tls
        do throws(Failure) {
            if let path = options.passwordFile { password = try TransportSecurity.secret(path) }
            let user = url.user ?? "postgres"
            let name = String(url.path.drop { $0 == "/" })
            let login = PostgresLogin(
                host: url.host.isEmpty ? "127.0.0.1" : url.host,
                port: port,
                user: user,
                database: name.isEmpty ? user : name,
                password: password,
                application: "companion-metrics"
            )
            return try await Self.open(login, tls, deadline)
        } catch {
            throw .broken(error, isUncertain: false)
        }
    }

    private static func open(
        _ login: PostgresLogin,
        _ tls: TransportSecurity?,
        _ deadline: Instant
    ) async throws(Failure) -> PostgresConnection {
        let security = try tls?.options()
        do throws(PostgresConnection.Problem) {
            return try await PostgresConnection.open(login, tls: security, deadline: deadline)
        } catch {
            switch error {
            case .refused(let refusal):
                throw Failure(.forbidden, "the login is refused", cause: refusal.sentence)
            case .broken(let failure, _): throw failure
            }
        }
    }
}
