/// A configuration that nobody wrote: it follows from arguments, the environment or files found.
public struct DerivedConfiguration: Sendable, Hashable {
    /// The configuration.
    public var configuration: ProxyConfiguration
    /// What was decided and why, for the log: whole sentences without a full stop.
    public var sentences: [String]

    /// Makes a configuration.
    public init(_ configuration: ProxyConfiguration, sentences: [String]) {
        self.configuration = configuration
        self.sentences = sentences
    }
}
