internal import Basics
internal import Formats
internal import Reactor

/// What a client sends to a program.
enum CommandInput: Sendable, Hashable {
    /// Bytes for its standard input.
    case input([UInt8])
    /// Its standard input has ended.
    case endOfInput
    /// The window of the client's terminal has this size.
    case resize(columns: Int, rows: Int)
}

/// The way between a client and a program: the channels of a WebSocket, or the streams of SPDY.
@MainLoop protocol CommandLink: AnyObject {
    /// Waits until the client takes output.
    ///
    /// - Returns: Whether it does; if not, the link is closed.
    func open(_ request: ExecRequest) async -> Bool

    /// What the client sends next; `nil` when it has left.
    func next() async -> CommandInput?

    /// Sends a piece of output.
    ///
    /// - Throws: that the client has left.
    func send(_ output: ExecOutput) async throws(Failure)

    /// Asks for a sign of life, whose answer does not matter: the connection of a client that is gone
    /// breaks when something is sent to it.
    ///
    /// - Throws: that the client has left.
    func knock() async throws(Failure)

    /// Ends all output, sends the status, closes properly and waits a while for the client to close.
    func finish(_ result: ExecResult) async
}

extension ExecResult {
    /// The status in the API server's form, as clients since v4 of the protocol read it.
    var status: JSON {
        switch self {
        case .exited(0): return ["metadata": [:], "status": "Success"]
        case .exited(let code):
            return [
                "metadata": [:], "status": "Failure", "reason": "NonZeroExitCode",
                "message": .string(words),
                "details": ["causes": [["reason": "ExitCode", "message": .string("\(code)")]]],
            ]
        case .failed(let why):
            return [
                "metadata": [:], "status": "Failure", "reason": "InternalError",
                "message": .string(why), "code": 500,
            ]
        }
    }

    /// The same as a sentence, for clients of before v4; empty for success.
    var words: String {
        switch self {
        case .exited(0): ""
        case .exited(let code):
            "command terminated with non-zero exit code: exit status \(code)"
        case .failed(let why): why
        }
    }
}

extension CommandInput {
    /// Reads the size of a window: `{"Width":80,"Height":24}`; `nil` for anything else, 0 × 0 too.
    static func resize(parsing text: [UInt8]) -> Self? {
        guard let size = try? JSON.parse(text), let width = size["Width"]?.int,
            let height = size["Height"]?.int, width > 0, height > 0
        else { return nil }
        return .resize(columns: min(width, 65535), rows: min(height, 65535))
    }
}
