internal import Basics
internal import PodModel

/// The numbers of one probe.
struct ProbePlan: Sendable, Hashable {
    /// Seconds from the container's start to the first attempt.
    var initialDelay: Int
    var period: Int
    var timeout: Int
    var successThreshold: Int
    var failureThreshold: Int
    /// The grace of a kill that this probe causes, if it has its own.
    var grace: Int?

    init(_ probe: Probe) {
        initialDelay = max(0, probe.initialDelaySeconds)
        period = max(1, probe.periodSeconds)
        timeout = max(1, probe.timeoutSeconds)
        successThreshold = max(1, probe.successThreshold)
        failureThreshold = max(1, probe.failureThreshold)
        grace = probe.terminationGracePeriodSeconds
    }
}
