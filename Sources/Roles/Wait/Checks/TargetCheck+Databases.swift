import Basics
import HTTP
import Postgres
import Reactor

extension TargetCheck {
    /// A PostgreSQL server that lets the user in and answers, of the wanted kind.
    func postgres(
        _ settings: PostgresSettings,
        _ need: WaitTarget.PostgresNeed,
        _ deadline: Instant
    ) async -> WaitMachine.Answer {
        let passwords = PostgresPassfile.load(settings, environment: environment).passwords
        do throws(Failure) {
            let security = try PostgresSecurity(settings)
            if need == .login { return await ping(settings, security, deadline) }
            let opened: (connection: PostgresConnection, host: PostgresSettings.Host)
            do throws(PostgresConnection.Problem) {
                opened = try await PostgresConnection.open(
                    settings,
                    passwords: passwords,
                    security: security,
                    deadline: deadline
                )
                defer { opened.connection.close() }
                try await opened.connection.run("SELECT 1", deadline: deadline)
                await opened.connection.leave()
            } catch {
                return .missing(Self.text(error))
            }
            return .there(settings.servers().count > 1 ? "\(opened.host)" : "")
        } catch {
            return .missing(error.description)
        }
    }

    /// The first server that says a friendly word.
    private func ping(
        _ settings: PostgresSettings,
        _ security: PostgresSecurity,
        _ deadline: Instant
    ) async -> WaitMachine.Answer {
        var reason = "no server is named"
        for host in settings.servers() {
            do throws(Failure) {
                let login = settings.login(at: host)
                guard
                    let error = try await PostgresConnection.ping(
                        login,
                        security: security,
                        deadline: deadline
                    )
                else { return .there("") }
                // Whoever is refused by name was answered by a server that takes sessions.
                guard error.isStarting || error.code.hasPrefix("53") else { return .there("") }
                reason = error.message
            } catch {
                reason = CheckReason.text(error)
            }
        }
        return .missing(reason)
    }

    nonisolated static func text(_ problem: PostgresConnection.Problem) -> String {
        switch problem {
        case .refused(let error): error.sentence
        case .broken(let failure, _): CheckReason.text(failure)
        }
    }

    /// A MySQL server that greets.
    func mysql(
        _ address: NetworkAddress,
        _ deadline: Instant
    ) async throws(Failure) -> WaitMachine.Answer {
        let stream = try await connect(address, deadline)
        defer { stream.close() }
        var bytes: [UInt8] = []
        while true {
            switch MySQLGreeting.read(bytes) {
            case .version(let version): return .there(version)
            case .refusal(let text): return .missing(text)
            case .stranger: return .missing("it does not speak MySQL's protocol")
            case .incomplete: break
            }
            let more = try await stream.read(upTo: 4096, deadline: deadline)
            if more.isEmpty { return .missing("it closed the connection without a greeting") }
            bytes += more
        }
    }

    /// A Redis server that answers, is loaded, and has the wanted role.
    func redis(
        _ address: NetworkAddress,
        _ user: String?,
        _ password: String?,
        _ role: WaitTarget.RedisRole,
        _ isSecure: Bool,
        _ deadline: Instant
    ) async throws(Failure) -> WaitMachine.Answer {
        let channel = try await channel(address, isSecure: isSecure, deadline)
        defer { channel.close() }
        var received: [UInt8] = []
        func call(_ words: [String]) async throws(Failure) -> RedisReply {
            try await channel.write(RedisReply.request(words), deadline: deadline)
            while true {
                do throws(RedisReply.Mistake) {
                    if let (reply, count) = try RedisReply.read(received) {
                        received.removeFirst(count)
                        return reply
                    }
                } catch {
                    throw Failure(.unavailable, "it does not speak Redis's protocol")
                }
                let more = try await channel.read(upTo: 16 << 10, deadline: deadline)
                if more.isEmpty {
                    throw Failure(.unavailable, "it closed the connection without an answer")
                }
                received += more
            }
        }
        if let password {
            let words = user.map { ["AUTH", $0, password] } ?? ["AUTH", password]
            if case .error(let text) = try await call(words) { return .missing(text) }
        }
        switch try await call(["PING"]) {
        case .error(let text): return .missing(text)
        case .text("PONG"): break
        default: return .missing("it answers PING with something else")
        }
        guard role != .any else { return .there("") }
        guard case .list(let parts) = try await call(["ROLE"]), case .text(let word) = parts.first
        else { return .missing("it does not tell its role") }
        let wanted = role == .master ? "master" : "slave"
        guard word == wanted else {
            return .missing("it is a \(word == "slave" ? "replica" : word)")
        }
        if role == .replica, parts.count > 3, case .text(let state) = parts[3], state != "connected"
        {
            return .missing("it is a replica whose link is \(state)")
        }
        return .there(role.rawValue)
    }
}
