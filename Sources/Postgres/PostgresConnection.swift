package import Basics
import HTTP
package import Reactor
package import Security

/// A session with a PostgreSQL server.
@MainLoop package final class PostgresConnection {
    /// Why something was not done.
    package enum Problem: Error {
        /// The server says so; the session goes on.
        case refused(PostgresError)
        /// The session is over; `isUncertain` if the last statement may have been done.
        case broken(Failure, isUncertain: Bool)
    }

    private let channel: any ByteChannel
    private var decoder = PostgresDecoder()
    private static let pieceSize = 64 << 10
    private static let messageMaximum = 10_000

    private init(_ channel: any ByteChannel) {
        self.channel = channel
    }

    /// Connects and logs in.
    package static func open(
        _ login: PostgresLogin,
        tls: TLSOptions?,
        deadline: Instant
    ) async throws(Problem) -> PostgresConnection {
        let connection: PostgresConnection
        let refusal: PostgresError?
        do throws(Failure) {
            connection = try await connect(login, tls, deadline)
            try await connection.channel.write(
                PostgresWriter.startup(login),
                deadline: deadline
            )
            refusal = try await connection.logIn(login, deadline)
        } catch {
            throw .broken(error, isUncertain: false)
        }
        if let refusal {
            connection.close()
            throw .refused(refusal)
        }
        return connection
    }

    private static func connect(
        _ login: PostgresLogin,
        _ tls: TLSOptions?,
        _ deadline: Instant
    ) async throws(Failure) -> PostgresConnection {
        let stream = try await ByteStream.connect(
            host: login.host,
            port: login.port,
            timeout: deadline - Loop.main.now
        )
        guard let tls else { return PostgresConnection(Channels.plain(stream)) }
        return PostgresConnection(try await secure(stream, tls, login.host, deadline))
    }

    /// Runs a statement.
    ///
    /// - Returns: The first value of its last row.
    @discardableResult
    package func run(_ statement: String, deadline: Instant) async throws(Problem) -> String? {
        var value: String?
        var error: PostgresError?
        do throws(Failure) {
            try await channel.write(PostgresWriter.query(statement), deadline: deadline)
            loop: for _ in 0..<Self.messageMaximum {
                let message = try await next(deadline)
                switch message.kind {
                case UInt8(ascii: "D"): value = message.firstValue
                case UInt8(ascii: "E"): error = PostgresError(message)
                case UInt8(ascii: "Z"): break loop
                default: break
                }
            }
        } catch {
            close()
            throw .broken(error, isUncertain: true)
        }
        if let error { throw .refused(error) }
        return value
    }

    /// Copies rows into a table, all of them or none.
    ///
    /// - Parameters:
    ///   - statement: `COPY ... FROM STDIN`.
    ///   - rows: Lines of COPY's text form.
    ///   - deadline: When to give up.
    /// - Throws: What the server says against it, or why the session ended.
    package func copy(
        _ statement: String,
        rows: ArraySlice<UInt8>,
        deadline: Instant
    ) async throws(Problem) {
        // Only when the data's end was sent may the server have done it.
        var isUncertain = false
        var error: PostgresError?
        do throws(Failure) {
            try await channel.write(PostgresWriter.query(statement), deadline: deadline)
            error = try await waitForCopy(deadline)
            if error == nil {
                var rest = rows
                while !rest.isEmpty {
                    let piece = rest.prefix(Self.pieceSize)
                    try await channel.write(PostgresWriter.copyData(piece), deadline: deadline)
                    rest = rest.dropFirst(piece.count)
                }
                isUncertain = true
                try await channel.write(PostgresWriter.copyDone, deadline: deadline)
                error = try await waitForEnd(deadline)
            }
        } catch {
            close()
            throw .broken(error, isUncertain: isUncertain)
        }
        if let error { throw .refused(error) }
    }

    /// Ends the session.
    package func close() {
        channel.close()
    }

    /// Ends the session with a word.
    package func leave() async {
        try? await channel.write(
            PostgresWriter.terminate,
            deadline: Loop.main.now + .seconds(1)
        )
        channel.close()
    }

    // MARK: Answers

    /// Waits until data may be sent; what the server says against it otherwise.
    private func waitForCopy(_ deadline: Instant) async throws(Failure) -> PostgresError? {
        var error: PostgresError?
        for _ in 0..<Self.messageMaximum {
            let message = try await next(deadline)
            switch message.kind {
            case UInt8(ascii: "G"): return nil
            case UInt8(ascii: "E"): error = PostgresError(message)
            case UInt8(ascii: "Z"):
                if let error { return error }
                throw Failure(.unavailable, "the statement is no COPY")
            default: break
            }
        }
        throw Failure(.unavailable, "the server's answer does not end")
    }

    private func waitForEnd(_ deadline: Instant) async throws(Failure) -> PostgresError? {
        var error: PostgresError?
        for _ in 0..<Self.messageMaximum {
            let message = try await next(deadline)
            switch message.kind {
            case UInt8(ascii: "E"): error = PostgresError(message)
            case UInt8(ascii: "Z"): return error
            default: break
            }
        }
        throw Failure(.unavailable, "the server's answer does not end")
    }

    private func next(_ deadline: Instant) async throws(Failure) -> PostgresMessage {
        while true {
            do throws(PostgresDecoder.Mistake) {
                if let message = try decoder.next() { return message }
            } catch {
                throw Failure(.unavailable, "the server cannot be understood", cause: error.reason)
            }
            let bytes = try await channel.read(upTo: 65_536, deadline: deadline)
            if bytes.isEmpty {
                throw Failure(.unavailable, "the session ended", cause: "the server closed it")
            }
            decoder.append(bytes)
        }
    }

    // MARK: Login

    private static func secure(
        _ stream: ByteStream,
        _ tls: TLSOptions,
        _ host: String,
        _ deadline: Instant
    ) async throws(Failure) -> any ByteChannel {
        try await stream.write(PostgresWriter.tlsRequest, deadline: deadline)
        // One byte: what came before the handshake would be taken for what came under TLS.
        let answer = try await stream.read(upTo: 1, deadline: deadline)
        guard answer == [UInt8(ascii: "S")] else {
            throw Failure(
                .unavailable,
                "cannot secure the session",
                cause: "the server speaks no TLS",
                remedy: "turn on ssl there, or do without TLS here"
            )
        }
        return try await Channels.client(
            over: stream,
            options: tls,
            host: host,
            deadline: deadline
        )
    }

    private func logIn(
        _ login: PostgresLogin,
        _ deadline: Instant
    ) async throws(Failure) -> PostgresError? {
        var scram: ScramClient?
        for _ in 0..<Self.messageMaximum {
            let message = try await next(deadline)
            switch message.kind {
            case UInt8(ascii: "E"): return PostgresError(message)
            case UInt8(ascii: "Z"): return nil
            case UInt8(ascii: "R"):
                guard let answer = try Self.answer(message, login, &scram) else { continue }
                try await channel.write(answer, deadline: deadline)
            default: break
            }
        }
        throw Failure(.unavailable, "the login does not end")
    }

    private static func answer(
        _ message: PostgresMessage,
        _ login: PostgresLogin,
        _ scram: inout ScramClient?
    ) throws(Failure) -> [UInt8]? {
        let what = "cannot log in as \(login.user)"
        guard let code = message.number(at: 0) else {
            throw Failure(.unavailable, what, cause: "the server cannot be understood")
        }
        let rest = message.body.dropFirst(4)
        if code == 0 { return nil }
        guard let password = login.password else {
            throw Failure(
                .forbidden,
                what,
                cause: "the server asks for a password and none is given",
                remedy: "set the password"
            )
        }
        switch code {
        case 3: return PostgresWriter.password(password)
        case 5:
            let text = PostgresWriter.md5(user: login.user, password: password, salt: rest)
            guard let text else {
                throw Failure(.forbidden, what, cause: "this machine's rules forbid md5")
            }
            return PostgresWriter.password(text)
        case 10:
            guard message.texts(from: 4).contains("SCRAM-SHA-256") else {
                throw Failure(.unavailable, what, cause: "the server offers no SCRAM-SHA-256")
            }
            let client = ScramClient(password: password)
            scram = client
            return PostgresWriter.saslStart(client.first)
        case 11:
            guard let answer = scram?.answer(rest) else {
                throw Failure(.unavailable, what, cause: "its challenge cannot be answered")
            }
            return PostgresWriter.saslAnswer(answer)
        case 12:
            guard scram?.accepts(rest) ?? false else {
                throw Failure(.forbidden, what, cause: "the server does not know the password")
            }
            return nil
        default:
            throw Failure(
                .unavailable,
                what,
                cause: "authentication method \(code) is not supported"
            )
        }
    }
}
