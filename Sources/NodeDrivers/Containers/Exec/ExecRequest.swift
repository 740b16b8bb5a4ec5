/// A program to run in a running container, beside its own.
///
/// It gets the container's environment, user, capabilities, working directory and control group.
public struct ExecRequest: Sendable, Hashable {
    /// The program and its arguments.
    public var arguments: [String]
    /// Whether it gets a standard input; else it is empty.
    public var hasInput: Bool
    /// Whether it runs on a terminal; then all output comes as standard output.
    public var hasTerminal: Bool
    /// The size of the terminal, if known.
    public var rows: UInt16
    /// The size of the terminal, if known.
    public var columns: UInt16

    /// Makes a request.
    public init(
        _ arguments: [String],
        hasInput: Bool = false,
        hasTerminal: Bool = false,
        rows: UInt16 = 0,
        columns: UInt16 = 0
    ) {
        self.arguments = arguments
        self.hasInput = hasInput
        self.hasTerminal = hasTerminal
        self.rows = rows
        self.columns = columns
    }
}

/// What a short program in a container answered.
public struct ExecResult: Sendable, Hashable {
    /// Its exit code; 128 + signal if it was killed.
    public var code: Int
    /// Both of its outputs, in the order in which they were written, cut at the limit.
    public var output: [UInt8]

    /// The output as text; invalid UTF-8 is replaced.
    public var text: String { String(decoding: output, as: UTF8.self) }
}
