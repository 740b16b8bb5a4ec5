internal import Basics

/// Why and with what grace the whole pod is being stopped.
struct Termination: Sendable, Hashable {
    enum Cause: String, Sendable, Hashable {
        /// The object was deleted.
        case deleted
        /// Evicted, or past its deadline.
        case evicted
        /// Nothing is left to run: the mains have finished or an init container has failed for good.
        case completed
    }

    var cause: Cause
    /// The grace in whole seconds as of `since`.
    var grace: Int
    var since: Instant
}

/// A stop of all containers that the pod survives.
enum Interlude: String, Sendable, Hashable {
    /// The sandbox is gone; a new one is made when everything has stopped.
    case newSandbox
    /// A rule asks for all containers to run again.
    case restartAll
}
