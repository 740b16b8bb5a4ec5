internal import Basics
internal import LogPipeline
internal import Reactor
internal import Roles

/// What the command line of `companion logs` says.
struct LogsOptions: Sendable {
    /// The configurations' files.
    var configs: [String] = []
    /// Directories of configurations (Vector's `--config-dir`).
    var directories: [String] = []
    var dialect: LogDialect?
    /// The program that is stood for.
    var program: String
    /// A shell's command line; empty for none.
    var words: [String] = []
    var isCheck = false
    var isLenient = false
    var state: String?
    var grace: Duration?
    /// What the process is told.
    var process = ProcessOptions(port: 2020)

    /// Reads the command line.
    ///
    /// - Throws: `invalid` for values that make no sense, or not together.
    init(_ invocation: Invocation, program: String) throws(Failure) {
        self.program = program
        configs = invocation.texts("config")
        directories = invocation.texts("config-dir")
        words = invocation.path.count > 1 ? [] : invocation.rest ?? []
        if invocation.path.count == 1, !invocation.arguments.isEmpty {
            throw Failure(
                .invalid,
                "\"\(invocation.arguments[0])\" is not understood here",
                remedy: "give --config FILE, or a command line behind --"
            )
        }
        guard words.isEmpty || configs.isEmpty && directories.isEmpty else {
            throw Failure(
                .invalid,
                "there is a configuration and a command line behind --",
                remedy: "give one of them"
            )
        }
        dialect =
            invocation.text("dialect").flatMap(LogDialect.init(rawValue:))
            ?? LogDialect.of(program: program)
        isCheck = invocation.flag("check")
        isLenient = invocation.flag("lenient")
        process = try ProcessOptions(invocation, port: process.port)
        state = invocation.text("state")
        grace = invocation.duration("grace")
    }
}
