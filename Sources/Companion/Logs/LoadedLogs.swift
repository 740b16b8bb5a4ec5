internal import Basics
internal import Formats
internal import LogPipeline

/// A configuration for logs that was read and found good.
struct LoadedLogs: Sendable {
    /// What the role does.
    var configuration: LogConfiguration
    /// Its language.
    var dialect: LogDialect
    /// Where it comes from, for messages: a path, or what it was derived from.
    var origin: String
    /// The SHA-256 of the file and of what it includes, in the order in which they were read.
    var hash: String
    /// What has no effect, or another one than the writer may think.
    var warnings: [ConfigurationFinding]
}

/// Why there is no configuration for logs.
enum LogLoadingError: Error {
    /// It has mistakes.
    case findings(ConfigurationErrors)
    /// It cannot be read, or there is none.
    case failure(Failure)

    /// One line for each thing that is wrong.
    var text: String {
        switch self {
        case .findings(let errors): errors.description
        case .failure(let failure): "error: \(failure)"
        }
    }
}
