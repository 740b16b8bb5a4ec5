package import Basics
import HTTP
import Reactor
package import Security

extension PostgresConnection {
    /// Connects and logs in.
    ///
    /// - Parameters:
    ///   - login: Where and who.
    ///   - tls: What is expected of a server that must speak TLS; `nil` for a session without.
    ///   - deadline: When to give up.
    /// - Returns: The session, ready for statements.
    /// - Throws: `refused` with the server's words; `broken` if the session cannot be had.
    package static func open(
        _ login: PostgresLogin,
        tls: TLSOptions?,
        deadline: Instant
    ) async throws(Problem) -> PostgresConnection {
        try await open(login, security: tls.map { .required($0) } ?? .off, deadline: deadline)
    }

    /// Connects and logs in, with TLS as far as it is wanted and to be had.
    package static func open(
        _ login: PostgresLogin,
        security: PostgresSecurity,
        deadline: Instant
    ) async throws(Problem) -> PostgresConnection {
        do throws(Problem) {
            return try await attempt(login, security, deadline)
        } catch {
            // What refuses a session without TLS may take one with it.
            guard case .fallback(let options) = security, case .refused = error else { throw error }
            do throws(Problem) {
                return try await attempt(login, .required(options), deadline)
            } catch let second {
                if case .broken = second { throw error }
                throw second
            }
        }
    }

    /// Connects to a server and waits for its first word, without a password.
    ///
    /// - Returns: What it says against sessions; `nil` if it asks for a password or lets one in.
    /// - Throws: Why there is no answer.
    package static func ping(
        _ login: PostgresLogin,
        security: PostgresSecurity,
        deadline: Instant
    ) async throws(Failure) -> PostgresError? {
        let connection = try await connect(login, security, deadline)
        defer { connection.close() }
        try await connection.channel.write(PostgresWriter.startup(login), deadline: deadline)
        for _ in 0..<messageMaximum {
            let message = try await connection.next(deadline)
            switch message.kind {
            case UInt8(ascii: "E"): return PostgresError(message)
            case UInt8(ascii: "R"): return nil
            default: break
            }
        }
        throw Failure(.unavailable, "the server's answer does not end")
    }

    private static func attempt(
        _ login: PostgresLogin,
        _ security: PostgresSecurity,
        _ deadline: Instant
    ) async throws(Problem) -> PostgresConnection {
        var open: PostgresConnection?
        let refusal: PostgresError?
        do throws(Failure) {
            let connection = try await connect(login, security, deadline)
            open = connection
            try await connection.channel.write(
                PostgresWriter.startup(login),
                deadline: deadline
            )
            refusal = try await connection.logIn(login, deadline)
        } catch {
            open?.close()
            throw .broken(error, isUncertain: false)
        }
        if let refusal {
            open?.close()
            throw .refused(refusal)
        }
        guard let open else { preconditionFailure("a login without a connection") }
        return open
    }

    private static func connect(
        _ login: PostgresLogin,
        _ security: PostgresSecurity,
        _ deadline: Instant
    ) async throws(Failure) -> PostgresConnection {
        let host = PostgresSettings.Host(login.host, login.port)
        let left = max(deadline - Loop.main.now, .zero)
        if let socket = host.socket {
            // Nobody listens in on a Unix socket: libpq does not secure it either.
            let stream = try await ByteStream.connect(unix: socket, timeout: left)
            return PostgresConnection(Channels.plain(stream), isSecure: false)
        }
        let stream = try await ByteStream.connect(
            host: login.host,
            port: login.port,
            timeout: left
        )
        switch security {
        case .off, .fallback: return PostgresConnection(Channels.plain(stream), isSecure: false)
        case .preferred(let options):
            guard try await speaksTLS(stream, deadline) else {
                return PostgresConnection(Channels.plain(stream), isSecure: false)
            }
            return try await secured(stream, options, login.host, deadline)
        case .required(let options):
            guard try await speaksTLS(stream, deadline) else {
                throw Failure(
                    .unavailable,
                    "cannot secure the session",
                    cause: "the server speaks no TLS",
                    remedy: "turn on ssl there, or do without TLS here"
                )
            }
            return try await secured(stream, options, login.host, deadline)
        }
    }

    private static func speaksTLS(
        _ stream: ByteStream,
        _ deadline: Instant
    ) async throws(Failure) -> Bool {
        try await stream.write(PostgresWriter.tlsRequest, deadline: deadline)
        // One byte: what came before the handshake would be taken for what came under TLS.
        switch try await stream.read(upTo: 1, deadline: deadline) {
        case [UInt8(ascii: "S")]: return true
        case [UInt8(ascii: "N")]: return false
        case []:
            throw Failure(
                .unavailable,
                "cannot secure the session",
                cause: "the server closed it"
            )
        case [UInt8(ascii: "E")]:
            throw Failure(
                .unavailable,
                "cannot secure the session",
                cause: "the server answers with an error; it may have no processes left"
            )
        default:
            throw Failure(
                .unavailable,
                "cannot secure the session",
                cause: "the server does not speak PostgreSQL's protocol"
            )
        }
    }

    private static func secured(
        _ stream: ByteStream,
        _ options: TLSOptions,
        _ host: String,
        _ deadline: Instant
    ) async throws(Failure) -> PostgresConnection {
        let channel = try await Channels.client(
            over: stream,
            options: options,
            host: host,
            deadline: deadline
        )
        return PostgresConnection(channel, isSecure: true)
    }
}
