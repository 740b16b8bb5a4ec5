/// A program to run: a path and arguments, never a line for a shell.
public struct Command: Sendable {
    /// Where the standard input comes from.
    public enum Input: Sendable {
        /// An empty one.
        case null
        /// These bytes, then the end.
        case bytes([UInt8])
        /// An open descriptor, which stays the caller's.
        case descriptor(Int32)
        /// This process's own.
        case inherit
    }

    /// Where an output goes.
    public enum Output: Sendable {
        /// Nowhere.
        case null
        /// Into memory, up to a limit in bytes; what is more is read and dropped.
        case capture(limit: Int)
        /// An open descriptor, which stays the caller's.
        case descriptor(Int32)
        /// This process's own.
        case inherit
    }

    /// How many bytes of an output are kept unless told otherwise: 1 MiB.
    public static let captureLimit = 1 << 20

    /// The program: a path, or a name that is searched in `PATH`.
    public var path: String
    /// The arguments, without the program's own name.
    public var arguments: [String]
    /// All variables; `nil` hands on this process's own.
    public var environment: [String: String]?
    /// The working directory.
    ///
    /// `nil` is this process's own, or the root if a mount namespace is entered.
    public var directory: String?
    /// The standard input.
    public var input: Input = .null
    /// The standard output.
    public var output: Output = .capture(limit: captureLimit)
    /// The standard error output.
    public var errors: Output = .capture(limit: captureLimit)
    /// More descriptors of the child and which ones of this process they are.
    ///
    /// The child gets nothing else: any other descriptor is closed in it.
    public var descriptors: [(child: Int32, parent: Int32)] = []
    /// A descriptor of a mount namespace that the child enters before it executes the program.
    public var mountNamespace: Int32?
    /// Whether the child leads a new session.
    public var newSession = false
    /// A signal that the child gets when this process ends.
    public var parentDeathSignal: Int32?

    /// A program with its arguments; everything else is as quiet as possible.
    public init(_ path: String, _ arguments: [String] = []) {
        self.path = path
        self.arguments = arguments
    }

    /// The program's own name, for failures.
    var name: String { path.split(separator: "/").last.map(String.init) ?? path }
}
