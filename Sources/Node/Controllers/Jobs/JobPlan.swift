internal import Basics
internal import Formats
internal import PodModel

/// What a Job does next: which pods it makes and deletes, its status and what it tells.
///
/// A pure function of the Job, its pods and the account of those that are gone, applied again after
/// every change. Source: `pkg/controller/job/job_controller.go`.
struct JobPlan: Sendable {
    /// A pod to be made.
    struct NewPod: Sendable, Hashable {
        /// Its completion index.
        var index: Int?
        /// How often that index has failed.
        var failures = 0
    }

    /// What is known of a Job beside its wishes.
    struct State: Sendable {
        var namespace = "default"
        var conditions = Conditions()
        var started: Timestamp?
        var completed: Timestamp?
        var created = Timestamp(seconds: 0)
    }

    /// An event to be told.
    struct Notice: Sendable, Hashable {
        var reason: String
        var message: String
        var isWarning = false
    }

    var creations: [NewPod] = []
    /// The pods to be deleted.
    var deletions: [String] = []
    /// Whether the end of those pods counts: it does when the Job fails.
    var countsDeletions = false
    /// Whether the Job had come to its end before; then its status stays as it is.
    var wasOver = false
    var notices: [Notice] = []
    /// Whether the Job itself has outlived its time.
    var isExpired = false
    /// When to look again though nothing changes.
    var wait: Duration?
    private(set) var state: State
    private(set) var counts = Counts()

    /// The numbers of the status.
    struct Counts: Sendable, Hashable {
        var active = 0
        var ready = 0
        var terminating = 0
        var succeeded = 0
        var failed = 0
        var completedIndexes: IndexList?
        var failedIndexes: IndexList?
    }

    private let wishes: JobWishes
    private let pods: [JobPod]
    private let now: Timestamp
    private var sum: JobAccount

    /// The longest pause between a pod's failure and its replacement.
    private static let pauseMaximum = 600

    /// Plans for the pods that there are.
    init(
        _ wishes: JobWishes,
        _ state: State,
        pods: [JobPod],
        account: JobAccount,
        at now: Timestamp
    ) {
        self.wishes = wishes
        self.state = state
        self.pods = pods
        self.now = now
        sum = account
        wasOver = isOver
        if wasOver {
            expire()
            return
        }
        for pod in pods { sum.add(pod, wishes, namespace: state.namespace, isGone: false) }
        count()
        if state.started == nil, !wishes.isSuspended { self.state.started = now }
        if let (type, reason, message) = ending() {
            finish(type, reason, message)
            return
        }
        if wishes.isSuspended { suspend() } else { manage() }
        if let (reason, message) = completion() {
            finish("SuccessCriteriaMet", reason, message)
        }
        if let deadline = wishes.deadline, let start = self.state.started, !wishes.isSuspended {
            later(start + deadline - now)
        }
    }

    /// Whether the Job has come to its end.
    private var isOver: Bool {
        state.conditions.isTrue("Complete") || state.conditions.isTrue("Failed")
    }

    private mutating func later(_ time: Duration) {
        wait = min(wait ?? time, max(.zero, time))
    }

    private mutating func expire() {
        guard let life = wishes.timeToLive else { return }
        let end = state.conditions["Complete"]?.changed ?? state.conditions["Failed"]?.changed
        let rest = (end ?? now) + life - now
        if rest <= .zero { isExpired = true } else { wait = rest }
    }

    // MARK: Numbers

    private var active: [JobPod] { pods.filter(\.facts.isActive) }

    /// The indexes that have succeeded, and those that will not be tried again.
    private var succeededIndexes: Set<Int> {
        sum.completed.filter { $0 < wishes.completions ?? 0 }
    }

    private var failedIndexes: Set<Int> {
        guard let limit = wishes.backoffLimitPerIndex else { return [] }
        let spent = sum.failures.filter { $0.value > limit }.keys
        return sum.failedIndexes.union(spent).subtracting(sum.completed)
            .filter { $0 < wishes.completions ?? 0 }
    }

    private mutating func count() {
        counts.active = active.count
        counts.ready = active.count { $0.facts.isReady }
        counts.terminating = pods.count { $0.facts.isTerminating }
        counts.failed = sum.failed
        counts.succeeded = wishes.isIndexed ? succeededIndexes.count : sum.succeeded
        if wishes.isIndexed { counts.completedIndexes = IndexList(succeededIndexes) }
        if wishes.backoffLimitPerIndex != nil { counts.failedIndexes = IndexList(failedIndexes) }
    }

    // MARK: Ends

    /// What ends the Job before its pods are looked at: the condition, its reason and its message.
    private func ending() -> (type: String, reason: String, message: String)? {
        for type in ["FailureTarget", "SuccessCriteriaMet"] {
            if let known = state.conditions[type], known.isTrue {
                return (type, known.reason, known.message)
            }
        }
        func failure(_ reason: String, _ message: String) -> (String, String, String) {
            ("FailureTarget", reason, message)
        }
        if let verdict = sum.verdict { return failure("PodFailurePolicy", verdict) }
        if counts.failed > wishes.backoffLimit || isRestartedTooOften {
            return failure(
                "BackoffLimitExceeded",
                "Job has reached the specified backoff limit"
            )
        }
        if let deadline = wishes.deadline, let start = state.started, !wishes.isSuspended,
            now - start >= deadline
        {
            return failure("DeadlineExceeded", "Job was active longer than specified deadline")
        }
        if wishes.backoffLimitPerIndex != nil {
            let failed = failedIndexes.count
            if let most = wishes.maxFailedIndexes, failed > most {
                return failure(
                    "MaxFailedIndexesExceeded",
                    "Job has exceeded the specified maximal number of failed indexes"
                )
            }
            if failed > 0, failed + counts.succeeded >= wishes.completions ?? 0 {
                return failure("FailedIndexes", "Job has failed indexes")
            }
        }
        let met = wishes.successRules.firstIndex { $0.isMet(by: succeededIndexes) }
        return met.map {
            ("SuccessCriteriaMet", "SuccessPolicy", "Matched rules at index \($0)")
        }
    }

    /// Whether containers that are restarted in their pods have failed too often.
    private var isRestartedTooOften: Bool {
        guard wishes.restartsInPlace else { return false }
        let restarts = pods.filter { ["Running", "Pending"].contains($0.facts.phase) }
            .reduce(0) { $0 + $1.restarts }
        return wishes.backoffLimit == 0 ? restarts > 0 : restarts >= wishes.backoffLimit
    }

    private func completion() -> (reason: String, message: String)? {
        let isComplete =
            wishes.completions.map { counts.succeeded >= $0 }
            ?? (counts.succeeded > 0 && counts.active == 0)
        guard isComplete, !wishes.isSuspended else { return nil }
        return ("CompletionsReached", "Reached expected number of succeeded pods")
    }

    /// Lets all pods go, and ends the Job when they have gone.
    private mutating func finish(_ type: String, _ reason: String, _ message: String) {
        creations = []
        wait = nil
        deletions = active.map(\.facts.name)
        countsDeletions = type == "FailureTarget"
        state.conditions.set(type, "True", reason, message, at: now)
        counts.terminating += counts.active
        counts.active = 0
        counts.ready = 0
        guard counts.terminating == 0 else { return }
        if type == "FailureTarget" {
            state.conditions.set("Failed", "True", reason, message, at: now)
            notices.append(Notice(reason: reason, message: message, isWarning: true))
        } else {
            state.conditions.set("Complete", "True", reason, message, at: now)
            state.completed = now
            notices.append(Notice(reason: "Completed", message: "Job completed"))
        }
        expire()
    }

    // MARK: Pods

    private mutating func suspend() {
        deletions = active.map(\.facts.name)
        counts.terminating += counts.active
        counts.active = 0
        counts.ready = 0
        if state.conditions.set("Suspended", "True", "JobSuspended", "Job suspended", at: now) {
            notices.append(Notice(reason: "Suspended", message: "Job suspended"))
        }
    }

    private mutating func manage() {
        if state.conditions.isTrue("Suspended") {
            state.conditions.set("Suspended", "False", "JobResumed", "Job resumed", at: now)
            notices.append(Notice(reason: "Resumed", message: "Job resumed"))
            // The deadline is about the time that it is active.
            state.started = now
        }
        var wanted = wishes.parallelism
        if let completions = wishes.completions {
            wanted = min(wanted, max(0, completions - counts.succeeded))
        } else if counts.succeeded > 0 {
            wanted = counts.active
        }
        var kept = active
        if wishes.isIndexed { kept = withoutSuperfluous(kept) }
        if kept.count > wanted {
            let going = kept.sorted { $0.facts.goesBefore($1.facts) }.prefix(kept.count - wanted)
            deletions += going.map(\.facts.name)
            let names = Set(deletions)
            kept.removeAll { names.contains($0.facts.name) }
        }
        let deleted = counts.active - kept.count
        counts.active = kept.count
        counts.terminating += deleted
        counts.ready = kept.count { $0.facts.isReady }
        let waiting = wishes.replacesEndedOnly ? counts.terminating : 0
        let missing = wanted - kept.count - waiting
        guard missing > 0 else { return }
        if wishes.backoffLimitPerIndex == nil {
            let rest = pause(pods)
            guard rest <= .zero else { return later(rest) }
        }
        if wishes.isIndexed {
            createIndexes(missing, kept)
        } else {
            creations = Array(repeating: NewPod(), count: missing)
        }
        counts.active += creations.count
    }

    /// Deletes pods of one index but the first, and those beyond the last index.
    private mutating func withoutSuperfluous(_ pods: [JobPod]) -> [JobPod] {
        var seen: Set<Int> = succeededIndexes.union(failedIndexes)
        var kept: [JobPod] = []
        let sorted = pods.sorted { $1.facts.goesBefore($0.facts) }
        for pod in sorted {
            if let index = pod.index, index < wishes.completions ?? 0, seen.insert(index).inserted {
                kept.append(pod)
            } else {
                deletions.append(pod.facts.name)
            }
        }
        return kept
    }

    private mutating func createIndexes(_ missing: Int, _ kept: [JobPod]) {
        var taken = succeededIndexes.union(failedIndexes).union(kept.compactMap(\.index))
        if wishes.replacesEndedOnly {
            taken.formUnion(pods.filter(\.facts.isTerminating).compactMap(\.index))
        }
        var index = 0
        while index < wishes.completions ?? 0, creations.count < missing {
            defer { index += 1 }
            guard !taken.contains(index) else { continue }
            if wishes.backoffLimitPerIndex != nil {
                let rest = pause(pods.filter { $0.index == index })
                guard rest <= .zero else {
                    later(rest)
                    continue
                }
            }
            creations.append(NewPod(index: index, failures: sum.failures[index] ?? 0))
        }
    }

    /// How long until a pod may be made after the failures of some: 10 s, doubled by each since the
    /// last success.
    private func pause(_ pods: [JobPod]) -> Duration {
        let ended = pods.filter { $0.isCounted && $0.finished != nil && !$0.facts.isActive }
        let success = ended.filter { $0.facts.phase == "Succeeded" }.compactMap(\.finished).max()
        let failures = ended.filter { $0.isFailed(onlyWhenOver: wishes.replacesEndedOnly) }
            .compactMap(\.finished).filter { time in success.map { time > $0 } ?? true }
        guard let last = failures.max() else { return .zero }
        let seconds = min(Self.pauseMaximum, 10 << min(failures.count - 1, 10))
        return last + .seconds(seconds) - now
    }

    // MARK: Status

    /// The status.
    var status: JSON {
        var status: JSON = [:]
        if !state.conditions.all.isEmpty { status["conditions"] = state.conditions.json(.probed) }
        status["startTime"] = state.started.map { .string($0.rfc3339) }
        status["completionTime"] = state.completed.map { .string($0.rfc3339) }
        for (field, number) in [
            ("active", counts.active), ("succeeded", counts.succeeded), ("failed", counts.failed),
        ] where number > 0 {
            status[field] = .int(number)
        }
        status["terminating"] = .int(counts.terminating)
        status["ready"] = .int(counts.ready)
        if let indexes = counts.completedIndexes, indexes.count > 0 {
            status["completedIndexes"] = .string(indexes.description)
        }
        status["failedIndexes"] = counts.failedIndexes.map { .string($0.description) }
        status["uncountedTerminatedPods"] = [:]
        return status
    }
}
