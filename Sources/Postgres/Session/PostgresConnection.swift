package import Basics
import HTTP
package import Reactor

/// A session with a PostgreSQL server.
@MainLoop package final class PostgresConnection {
    /// Why something was not done.
    package enum Problem: Error {
        /// The server says so; the session goes on.
        case refused(PostgresError)
        /// The session is over; `isUncertain` if the last statement may have been done.
        case broken(Failure, isUncertain: Bool)
    }

    let channel: any ByteChannel
    private var decoder = PostgresDecoder()
    private static let pieceSize = 64 << 10
    static let messageMaximum = 10_000
    /// The most remarks of the server that are kept.
    package static let noticesMaximum = 32

    /// What the server says of itself: `server_version`, `in_hot_standby`, ...
    package private(set) var parameters: [String: String] = [:]
    /// The process that the server named at the login; a pooler names one of its own.
    package private(set) var processID: Int?
    /// Whether the session is encrypted.
    package let isSecure: Bool
    private var notices: [PostgresError] = []

    init(_ channel: any ByteChannel, isSecure: Bool) {
        self.channel = channel
        self.isSecure = isSecure
    }

    /// The server's remarks since the last call, the oldest first; of too many the first are kept.
    package func takeNotices() -> [PostgresError] {
        defer { notices = [] }
        return notices
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
            loop: while true {
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

    /// Asks for rows.
    ///
    /// - Parameters:
    ///   - statement: A statement; of several, the rows of the last that has any are the answer.
    ///   - limit: The most bytes of values.
    ///   - deadline: When to give up.
    /// - Returns: The rows, as text.
    /// - Throws: `refused` with the server's words; `broken` if the session ended or the answer is longer
    ///   than the limit.
    package func query(
        _ statement: String,
        limit: Int = 16 << 20,
        deadline: Instant
    ) async throws(Problem) -> PostgresRows {
        var rows = PostgresRows(columns: [], rows: [])
        var error: PostgresError?
        var size = 0
        do throws(Failure) {
            try await channel.write(PostgresWriter.query(statement), deadline: deadline)
            loop: while true {
                let message = try await next(deadline)
                switch message.kind {
                case UInt8(ascii: "T"):
                    guard let columns = message.columns else { throw Self.unreadable }
                    rows = PostgresRows(columns: columns, rows: [])
                    size = 0
                case UInt8(ascii: "D"):
                    guard let row = message.row, row.count == rows.columns.count else {
                        throw Self.unreadable
                    }
                    size += message.body.count
                    guard size <= limit else {
                        throw Failure(.exhausted, "the answer has more than \(limit) bytes")
                    }
                    rows.rows.append(row)
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
        return rows
    }

    /// Listens, without asking anything, until a deadline or until the task is cancelled.
    ///
    /// - Throws: `broken` with the server's last words if the session ends before.
    package func idle(until deadline: Instant) async throws(Problem) {
        do throws(Failure) {
            while true {
                let message = try await next(deadline)
                guard message.kind == UInt8(ascii: "E") else { continue }
                throw Failure(
                    .unavailable,
                    "the server ends the session",
                    cause: PostgresError(message).sentence
                )
            }
        } catch {
            if error.code == .timedOut || Task.isCancelled { return }
            close()
            throw .broken(error, isUncertain: false)
        }
    }

    private static let unreadable = Failure(
        .unavailable,
        "the server cannot be understood",
        cause: "a row does not fit its description"
    )

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

    func next(_ deadline: Instant) async throws(Failure) -> PostgresMessage {
        while true {
            do throws(PostgresDecoder.Mistake) {
                if let message = try decoder.next() {
                    note(message)
                    return message
                }
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

    /// Keeps what the server says beside its answers.
    private func note(_ message: PostgresMessage) {
        switch message.kind {
        case UInt8(ascii: "S"):
            let pair = message.body.split(separator: 0, omittingEmptySubsequences: false)
            guard pair.count >= 2, parameters.count < Self.parametersMaximum else { return }
            parameters[String(decoding: pair[0], as: UTF8.self)] = String(
                decoding: pair[1],
                as: UTF8.self
            )
        case UInt8(ascii: "K"): processID = message.number(at: 0)
        case UInt8(ascii: "N"):
            if notices.count < Self.noticesMaximum { notices.append(PostgresError(message)) }
        default: break
        }
    }

    private static let parametersMaximum = 256
}
