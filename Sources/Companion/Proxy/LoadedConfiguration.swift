internal import Basics
internal import Formats
internal import Proxying

/// A configuration that was read and found good.
struct LoadedConfiguration: Sendable {
    /// What the proxy does.
    var configuration: ProxyConfiguration
    /// Its language; `nil` if nobody wrote it.
    var dialect: Dialect?
    /// Where it comes from, for messages: a path, or what it was derived from.
    var origin: String
    /// The SHA-256 of the file and of what it includes, in the order in which they were read.
    var hash: String
    /// What has no effect, or another one than the writer may think.
    var warnings: [ConfigurationFinding]
    /// What was decided without the writer.
    var sentences: [String]
}

/// Why there is no configuration.
enum LoadingError: Error {
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
