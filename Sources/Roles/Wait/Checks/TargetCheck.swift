import Basics
import HTTP
import Postgres
import Reactor
import Security
import System

/// Asks targets whether they are there.
@MainLoop struct TargetCheck {
    /// What answers must be like.
    var settings = CheckSettings()
    /// The variables of the process.
    var environment: [String: String] = [:]
    /// The clock on the wall, for ages of files and ends of certificates.
    var wall: @MainLoop () -> Timestamp = { Loop.main.moment.wall }

    /// Asks once.
    func ask(_ target: WaitTarget, until deadline: Instant) async -> WaitMachine.Answer {
        do throws(Failure) {
            switch target {
            case .tcp(let address):
                try await connect(address, deadline).close()
                return .there("")
            case .unix(let path):
                try await ByteStream.connect(unix: path, timeout: left(deadline)).close()
                return .there("")
            case .http(let address): return try await http(address, deadline)
            case .tls(let address): return try await tls(address, deadline)
            case .dns(let name, let type, let least, let server):
                return try await dns(name, type, least, server, deadline)
            case .postgres(let settings, let need, _):
                return await postgres(settings, need, deadline)
            case .mysql(let address): return try await mysql(address, deadline)
            case .redis(let address, let user, let password, let role, let isSecure):
                return try await redis(address, user, password, role, isSecure, deadline)
            case .grpc(let address, let service, let isSecure):
                return try await grpc(address, service, isSecure, deadline)
            case .file(let path, let isFilled, let freshness):
                return file(path, isFilled, freshness)
            case .command(let words): return try await command(words, deadline)
            }
        } catch {
            return .missing(CheckReason.text(error))
        }
    }

    func left(_ deadline: Instant) -> Duration { max(deadline - Loop.main.now, .zero) }

    func connect(
        _ address: NetworkAddress,
        _ deadline: Instant
    ) async throws(Failure) -> ByteStream {
        try await ByteStream.connect(
            host: address.host,
            port: address.port,
            timeout: left(deadline)
        )
    }

    /// A connection, under TLS if it is to be.
    func channel(
        _ address: NetworkAddress,
        isSecure: Bool,
        protocols: [String] = [],
        _ deadline: Instant
    ) async throws(Failure) -> any ByteChannel {
        let stream = try await connect(address, deadline)
        guard isSecure else { return Channels.plain(stream) }
        var options = settings.tls
        options.protocols = protocols
        return try await Channels.client(
            over: stream,
            options: options,
            host: address.host,
            deadline: deadline
        )
    }

    // MARK: Files and commands

    private func file(
        _ path: String,
        _ isFilled: Bool,
        _ freshness: Duration?
    ) -> WaitMachine.Answer {
        let status: FileStatus
        do throws(SystemError) {
            status = try Files.stat(path)
        } catch {
            let words = SystemError.words(for: error.number)
            return .missing(words.prefix(1).lowercased() + words.dropFirst())
        }
        if isFilled, status.kind == .file, status.size == 0 { return .missing("it is empty") }
        if let freshness, wall() - status.modified > freshness {
            return .missing("it is older than \(WaitMachine.text(freshness))")
        }
        return .there("")
    }

    private func command(
        _ words: [String],
        _ deadline: Instant
    ) async throws(Failure) -> WaitMachine.Answer {
        var command = Command(words[0], Array(words.dropFirst()))
        command.output = .capture(limit: 4096)
        command.errors = .capture(limit: 4096)
        let result = try await ChildProcess.run(command, deadline: left(deadline))
        if result.status.isSuccess { return .there("") }
        let said = result.errorText + result.outputText
        let line = said.split(whereSeparator: \.isNewline).last.map { ": " + $0.prefix(200) } ?? ""
        return .missing("\(result.status)\(line)")
    }

    // MARK: Names

    private func dns(
        _ name: String,
        _ type: WaitTarget.RecordType,
        _ least: Int,
        _ server: String?,
        _ deadline: Instant
    ) async throws(Failure) -> WaitMachine.Answer {
        let servers = server.map { [$0.contains(":") ? $0 : $0 + ":53"] } ?? []
        let found: [String]
        if type == .srv {
            found = try await NameResolver.main.services(
                of: name,
                servers: servers,
                timeout: left(deadline)
            ).map { "\($0.host):\($0.port)" }
        } else {
            let families: [AddressFamily] =
                switch type {
                case .a: [.v4]
                case .aaaa: [.v6]
                case .any, .srv: AddressFamily.allCases
                }
            found = try await NameResolver.main.addresses(
                of: name,
                families: families,
                servers: servers,
                timeout: left(deadline)
            ).addresses.map(\.host)
        }
        guard found.count >= least else {
            return .missing("\(found.count) of \(least) records")
        }
        return .there(found.prefix(3).joined(separator: ", "))
    }
}
