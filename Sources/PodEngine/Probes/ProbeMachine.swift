internal import Basics

/// One probe of one container run: when to ask, and what the answers add up to.
///
/// It publishes a verdict that moves only after `successThreshold` or `failureThreshold` equal answers
/// in a row. A liveness probe that has failed and a startup probe that has come to any verdict are
/// *held*: they ask no more until the container is replaced (kubelet, `prober/worker.go`).
struct ProbeMachine: Sendable, Hashable {
    enum Verdict: String, Sendable, Hashable {
        case unknown, success, failure
    }

    let kind: ProbeKind
    let plan: ProbePlan
    /// What the rest of the engine goes by.
    private(set) var published: Verdict
    /// Whether it asks no more until the container is replaced.
    private(set) var isHeld = false
    /// When the attempt under way counts as lost, if one is under way.
    private(set) var lostAt: Instant?
    /// The next attempt.
    private(set) var next: Instant
    private var last: Verdict = .unknown
    private var row = 0
    /// How long beyond its own timeout an attempt may stay unanswered.
    static let patience = Duration.seconds(30)

    /// A probe of a container that started at `started`; `published` only differs from the kubelet's
    /// initial value when a running container is adopted.
    init(kind: ProbeKind, plan: ProbePlan, started: Instant, published: Verdict? = nil) {
        self.kind = kind
        self.plan = plan
        self.published = published ?? Self.initial(kind)
        self.next = started + .seconds(plan.initialDelay)
        self.isHeld = kind == .startup && self.published == .success
    }

    /// The verdict before the first answer.
    static func initial(_ kind: ProbeKind) -> Verdict {
        switch kind {
        case .startup: .unknown
        case .liveness: .success
        case .readiness: .failure
        }
    }

    var isInFlight: Bool { lostAt != nil }

    /// Whether an attempt is to be made now.
    func isDue(_ now: Instant) -> Bool {
        !isHeld && lostAt == nil && now >= next
    }

    /// When something is to be done next, unless held.
    var wake: Instant? { isHeld ? nil : lostAt ?? next }

    /// An attempt goes out.
    mutating func begin(_ now: Instant) {
        lostAt = now + .seconds(plan.timeout) + Self.patience
        advance(past: now)
    }

    /// The tick is passed over, because the container is not far enough.
    mutating func skip(_ now: Instant) {
        advance(past: now)
    }

    /// The attempt under way was never answered: it counts as one that could not be carried out.
    mutating func loseAttempt(_ now: Instant) {
        lostAt = nil
        next = max(next, now)
    }

    /// Ask at once, whatever the period (after the startup probe's success); the initial delay is kept.
    mutating func trigger(_ now: Instant, started: Instant) {
        next = max(now, started + .seconds(plan.initialDelay))
    }

    /// Asks no more.
    mutating func hold() {
        isHeld = true
        lostAt = nil
    }

    /// Takes the answer of the attempt under way; true if the published verdict moved.
    mutating func finish(_ outcome: ProbeOutcome, _ now: Instant) -> Bool {
        lostAt = nil
        next = max(next, now)
        let verdict: Verdict
        switch outcome {
        case .success, .warning: verdict = .success
        case .failure: verdict = .failure
        case .error: return false
        }
        row = verdict == last ? row + 1 : 1
        last = verdict
        let threshold = verdict == .success ? plan.successThreshold : plan.failureThreshold
        guard row >= threshold else { return false }
        let moved = published != verdict
        published = verdict
        if kind == .startup || (kind == .liveness && verdict == .failure) {
            isHeld = true
            row = 0
        }
        return moved
    }

    private mutating func advance(past now: Instant) {
        let period = Duration.seconds(plan.period)
        next = next + period
        if next <= now { next = now + period }
    }
}
