/// An error of the world in one sentence: what failed, on what, why, and what to do about it.
///
/// Secrets never enter a failure. Our own bugs are preconditions, not failures.
public struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
    /// The class of a failure, for callers that act on it (exit codes, HTTP status, retries).
    public enum Code: String, Sendable, Hashable, CaseIterable {
        /// The input is wrong; retrying cannot help.
        case invalid
        /// The thing asked for does not exist.
        case notFound
        /// The thing exists already, or is held by somebody else.
        case conflict
        /// The caller may not do this.
        case forbidden
        /// The operation ran out of its time.
        case timedOut
        /// A limit was reached (size, count, disk).
        case exhausted
        /// A program, peer or file system did not do its part; retrying may help.
        case unavailable
        /// The operation was cancelled by its caller.
        case cancelled
        /// A state that should not occur.
        case internalError
    }

    /// The class of the failure.
    public var code: Code
    /// What was attempted, and on what: `cannot mount volume "data" of pod default/web`.
    public var what: String
    /// Why it failed, without a full stop; empty if nothing is known.
    public var cause: String
    /// What the user can do next, without a full stop; empty if nothing helps.
    public var remedy: String

    /// Makes a failure from its parts.
    public init(_ code: Code, _ what: String, cause: String = "", remedy: String = "") {
        self.code = code
        self.what = what
        self.cause = cause
        self.remedy = remedy
    }

    /// The sentence: `what: cause; remedy`.
    public var description: String {
        var text = what
        if !cause.isEmpty { text += ": " + cause }
        if !remedy.isEmpty { text += "; " + remedy }
        return text
    }
}
