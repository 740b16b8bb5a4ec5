/// Which requests an access log writes.
public indirect enum AccessLogFilter: Sendable, Hashable {
    /// How a number is compared.
    public enum Comparison: String, Sendable, Hashable {
        /// It is the other.
        case equal
        /// It is the other, or more.
        case atLeast
        /// It is the other, or less.
        case atMost
        /// It is not the other.
        case notEqual
    }

    /// Those with such a status; 0 is none.
    case status(Comparison, Int)
    /// Those that took so many milliseconds.
    case duration(Comparison, Int)
    /// Those that a health filter did not answer.
    case notHealthCheck
    /// Those with response flags.
    case flagged
    /// Those that all of these want.
    case all([AccessLogFilter])
    /// Those that any of these wants.
    case any([AccessLogFilter])
}
