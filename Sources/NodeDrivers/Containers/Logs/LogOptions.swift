public import Basics

/// Which part of a log is wanted, and in which form: the options of `kubectl logs`.
public struct LogOptions: Sendable, Hashable {
    /// The streams of a container.
    public enum Stream: String, Sendable, Hashable, CaseIterable {
        /// Both.
        case all = "All"
        /// The standard output.
        case output = "Stdout"
        /// The standard error output.
        case errors = "Stderr"
    }

    /// Only the last so many lines.
    public var tailLines: Int?
    /// Only what was written then or later.
    public var since: Timestamp?
    /// No more than so many bytes.
    public var limitBytes: Int?
    /// Whether each line begins with its time.
    public var timestamps: Bool
    /// Whether to go on as long as the container runs.
    public var follow: Bool
    /// Which streams.
    public var stream: Stream

    /// Makes options; without arguments the whole log as it is now.
    public init(
        tailLines: Int? = nil,
        since: Timestamp? = nil,
        limitBytes: Int? = nil,
        timestamps: Bool = false,
        follow: Bool = false,
        stream: Stream = .all
    ) {
        self.tailLines = tailLines
        self.since = since
        self.limitBytes = limitBytes
        self.timestamps = timestamps
        self.follow = follow
        self.stream = stream
    }
}
