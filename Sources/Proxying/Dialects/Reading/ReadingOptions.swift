/// How configurations are read.
public struct ReadingOptions: Sendable {
    /// The bytes of a file; `nil` if it cannot be read.
    public typealias ReadFile = @Sendable (_ path: String) -> [UInt8]?
    /// The names in a directory, sorted; empty if it cannot be read.
    public typealias ListDirectory = @Sendable (_ path: String) -> [String]

    /// Whether unknown and unsupported keys are warnings.
    public var isLenient: Bool
    /// The environment, for `${NAME}` where a language has it.
    public var environment: [String: String]
    /// Where relative paths of included files begin; empty is the directory of the file that is read.
    public var baseDirectory: String
    /// How other files are read.
    public var readFile: ReadFile
    /// How directories are listed, for includes with `*`.
    public var listDirectory: ListDirectory

    /// Makes options; without more words no other file can be read.
    public init(
        isLenient: Bool = false,
        environment: [String: String] = [:],
        baseDirectory: String = "",
        readFile: @escaping ReadFile = { _ in nil },
        listDirectory: @escaping ListDirectory = { _ in [] }
    ) {
        self.isLenient = isLenient
        self.environment = environment
        self.baseDirectory = baseDirectory
        self.readFile = readFile
        self.listDirectory = listDirectory
    }
}
