internal import Basics

/// The stopping of one container, from the request to its last exit (semantics section 7.2).
///
/// preStop (at most the whole grace) → turn (ordered pods only, at most what is left) → stop signal →
/// SIGKILL after what is left, at least 2 s → SIGKILL again every 5 s until it is gone.
struct Kill: Sendable, Hashable {
    enum Stage: String, Sendable, Hashable {
        case preStop
        case turn
        case signalled
        case killed
    }

    /// Why the container is stopped: decides the grace and what comes after.
    enum Reason: String, Sendable, Hashable {
        /// With its whole pod.
        case pod
        case liveness
        case startup
        case imageChanged
        case resized
        case postStartFailed
    }

    var stage: Stage
    var reason: Reason
    /// Whole seconds of grace left when the stage began.
    var grace: Int
    /// When the stage began.
    var since: Instant
    /// When the stage ends at the latest.
    var until: Instant
    /// Whether a sidecar waits for its turn.
    var isOrdered: Bool
    /// How often SIGKILL was sent.
    var kills = 0

    /// What the stop signal is followed by at the earliest, however little grace is left.
    static let floor = 2
    /// Between two SIGKILLs that have no effect.
    static let again = Duration.seconds(5)

    /// Whole seconds of grace left at `now`, the fraction of the time passed dropped.
    func remaining(_ now: Instant) -> Int {
        max(0, grace - Int((now - since).components.seconds))
    }
}
