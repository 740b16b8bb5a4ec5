/// Where a container's termination message comes from.
public enum TerminationMessagePolicy: String, Sendable, Hashable, CaseIterable {
    /// From its file alone.
    case file = "File"
    /// From the end of the log if it failed without a message.
    case fallbackToLogsOnError = "FallbackToLogsOnError"
}
