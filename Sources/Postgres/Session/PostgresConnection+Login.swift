import Basics
import HTTP

extension PostgresConnection {
    /// Answers the server's questions about the user until it is ready for statements.
    ///
    /// - Returns: What the server says against it; `nil` if it is ready.
    /// - Throws: Why the session ended, or why a question cannot be answered.
    func logIn(
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
