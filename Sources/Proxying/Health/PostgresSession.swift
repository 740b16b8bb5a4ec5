internal import Basics
internal import Reactor
internal import Security

/// A session of PostgreSQL's protocol, version 3, for one question.
@MainLoop final class PostgresSession {
    private let stream: CheckStream
    private var received: [UInt8] = []
    private var parameters: [String: String] = [:]
    private static let messageMaximum = 64 * 1024
    /// What a server may ask a client to compute.
    private static let iterationsMaximum = 200_000
    private static let messagesMaximum = 256

    private init(_ stream: CheckStream) {
        self.stream = stream
    }

    /// Connects and logs in; without `completely` only up to the server's first word.
    static func open(
        _ target: CheckTarget,
        _ login: PostgresLogin,
        _ completely: Bool,
        _ deadline: Instant
    ) async throws(PostgresProblem) -> PostgresSession {
        let session = try await connection { () async throws(Failure) in
            PostgresSession(try await CheckStream.connect(to: target, deadline: deadline))
        }
        do throws(PostgresProblem) {
            try await session.secure(target, deadline)
            try await session.send(PostgresMessage.startup(login, isComplete: completely), deadline)
            try await session.logIn(login, completely, deadline)
        } catch {
            session.close()
            throw error
        }
        return session
    }

    /// Whether the server takes writes: not in recovery, and not read-only by default.
    func isWritable(deadline: Instant) async throws(PostgresProblem) -> Bool {
        let text = "SELECT pg_is_in_recovery(), current_setting('default_transaction_read_only')"
        try await send(PostgresMessage.query(text), deadline)
        var row: [String?]?
        for _ in 0..<Self.messagesMaximum {
            let message = try await next(deadline)
            switch message.kind {
            case UInt8(ascii: "D"): row = message.row
            case UInt8(ascii: "E"): throw .refused(message.problem)
            case UInt8(ascii: "Z"):
                guard let row, row.count == 2 else { throw .refused("the answer cannot be read") }
                return row[0] == "f" && row[1] == "off"
            default: break
            }
        }
        throw .refused("the answer does not end")
    }

    func close() {
        stream.close()
    }

    // MARK: Login

    private func secure(
        _ target: CheckTarget,
        _ deadline: Instant
    ) async throws(PostgresProblem) {
        guard let security = target.security else { return }
        try await send(PostgresMessage.tlsRequest, deadline)
        let answer = try await read(1, deadline)
        guard answer == [UInt8(ascii: "S")] else { throw .refused("the server speaks no TLS") }
        // What came before the handshake would be taken for what came under TLS.
        guard received.isEmpty else { throw .refused("the server sends before its handshake") }
        try await Self.connection { () async throws(Failure) in
            try await self.stream.secure(
                security,
                serverName: target.serverName,
                deadline: deadline
            )
        }
    }

    private func logIn(
        _ login: PostgresLogin,
        _ completely: Bool,
        _ deadline: Instant
    ) async throws(PostgresProblem) {
        var exchange: ScramExchange?
        for _ in 0..<Self.messagesMaximum {
            let message = try await next(deadline)
            switch message.kind {
            case UInt8(ascii: "E"): throw .refused(message.problem)
            case UInt8(ascii: "Z"): return
            case UInt8(ascii: "R"):
                guard let code = message.number(at: 0) else {
                    throw .refused("the answer cannot be read")
                }
                if !completely {
                    // HAProxy's list.
                    if [0, 2, 3, 4, 5, 6, 7, 9, 10].contains(code) { return }
                    throw .refused("authentication method \(code)")
                }
                try await authenticate(code, message, login, &exchange, deadline)
            default: break
            }
        }
        throw .refused("the login does not end")
    }

    private func authenticate(
        _ code: Int,
        _ message: PostgresMessage,
        _ login: PostgresLogin,
        _ exchange: inout ScramExchange?,
        _ deadline: Instant
    ) async throws(PostgresProblem) {
        if code == 0 { return }
        if code == 12 {
            guard let exchange, exchange.verify(message.body.dropFirst(4)) else {
                throw .refused("the server does not know the password")
            }
            return
        }
        guard let password = login.password else {
            throw .refused(
                "its role is unknown, for it asks for the password of \(login.user) and none is "
                    + "given; set PGPASSWORD"
            )
        }
        switch code {
        case 3: try await send(PostgresMessage.password(password), deadline)
        case 5:
            let text = PostgresMessage.md5(login.user, password, salt: message.body.dropFirst(4))
            try await send(PostgresMessage.password(text), deadline)
        case 10:
            let names = message.strings(from: 4)
            guard names.contains("SCRAM-SHA-256") else {
                throw .refused("authentication by \(names.joined(separator: ", "))")
            }
            let made = ScramExchange(password: password)
            exchange = made
            try await send(PostgresMessage.saslStart(made.first), deadline)
        case 11:
            guard var made = exchange,
                made.take(message.body.dropFirst(4), iterationsMaximum: Self.iterationsMaximum)
            else { throw .refused("the server's challenge cannot be answered") }
            exchange = made
            try await send(PostgresMessage.saslAnswer(made.final), deadline)
        default: throw .refused("authentication method \(code) is not supported by checks")
        }
    }

    // MARK: Bytes

    private func send(_ bytes: [UInt8], _ deadline: Instant) async throws(PostgresProblem) {
        try await Self.connection { () async throws(Failure) in
            try await self.stream.write(bytes, deadline: deadline)
        }
    }

    private func next(_ deadline: Instant) async throws(PostgresProblem) -> PostgresMessage {
        let head = try await read(5, deadline)
        let size = head[1...4].reduce(0) { $0 << 8 | Int($1) }
        guard size >= 4, size <= Self.messageMaximum else {
            throw .refused("it does not speak PostgreSQL's protocol")
        }
        return PostgresMessage(kind: head[0], body: try await read(size - 4, deadline))
    }

    private func read(
        _ count: Int,
        _ deadline: Instant
    ) async throws(PostgresProblem) -> [UInt8] {
        while received.count < count {
            let more = try await Self.connection { () async throws(Failure) in
                try await self.stream.read(upTo: 16 * 1024, deadline: deadline)
            }
            if more.isEmpty {
                throw .connection(
                    Failure(
                        .unavailable,
                        "cannot ask the server",
                        cause: "it closed the connection"
                    )
                )
            }
            received += more
        }
        defer { received.removeFirst(count) }
        return Array(received.prefix(count))
    }

    private static func connection<T>(
        _ body: () async throws(Failure) -> T
    ) async throws(PostgresProblem) -> T {
        do throws(Failure) {
            return try await body()
        } catch {
            throw .connection(error)
        }
    }
}
