internal import Basics
internal import Formats

/// What a CronJob does next: which Job it makes, which ones go, and what it tells.
///
/// A pure function of its wishes, its Jobs and the time.
/// Source: `pkg/controller/cronjob/cronjob_controllerv2.go`, `utils.go`.
struct CronPlan: Sendable {
    /// What is wanted of a CronJob.
    struct Wishes: Sendable {
        enum Concurrency: String, Sendable {
            /// Jobs may run side by side.
            case allow = "Allow"
            /// A Job that still runs keeps the next from starting.
            case forbid = "Forbid"
            /// A Job that still runs gives way to the next.
            case replace = "Replace"
        }

        var concurrency = Concurrency.allow
        var isSuspended = false
        /// How late a Job may start.
        var lateness: Duration?
        var successfulKept: Int? = 3
        var failedKept: Int? = 1
    }

    /// A Job that belongs to the CronJob.
    struct OwnJob: Sendable, Hashable {
        enum End: Sendable, Hashable {
            case succeeded(Timestamp?)
            case failed
        }

        var name: String
        var uid: String
        var end: End?
        /// Whether it was made by the clock, not by hand.
        var isScheduled = true
        var started = Timestamp(seconds: 0)
    }

    /// The time for which a Job is to be made now.
    var due: Timestamp?
    /// The Jobs to be deleted because another takes their place.
    var replaced: [String] = []
    /// The Jobs to be deleted because enough later ones are kept.
    var forgotten: [String] = []
    /// The UIDs of the Jobs that still run, without the one to be made.
    var active: [String] = []
    var lastSchedule: Timestamp?
    var lastSuccess: Timestamp?
    var notices: [JobPlan.Notice] = []
    /// When to look again though nothing changes.
    var wait: Duration?

    /// So many missed times are told of.
    private static let missedMaximum = 100
    /// Clocks that are set are noticed after this time at most.
    static let patience = Duration.seconds(30)

    /// Plans for a moment.
    ///
    /// - Parameters:
    ///   - wishes: What is wanted.
    ///   - times: The schedule; nil if it cannot be read.
    ///   - created: When the CronJob was made.
    ///   - lastSchedule: The time for which a Job was made last.
    ///   - lastSuccess: When a Job succeeded last.
    ///   - known: The UIDs and names of the Jobs that ran at the last look.
    ///   - jobs: The Jobs that there are.
    ///   - now: The wall clock.
    init(
        _ wishes: Wishes,
        times: CronTimes?,
        created: Timestamp,
        lastSchedule: Timestamp?,
        lastSuccess: Timestamp?,
        known: [String: String],
        jobs: [OwnJob],
        at now: Timestamp
    ) {
        self.lastSchedule = lastSchedule
        self.lastSuccess = lastSuccess
        review(jobs, known)
        forgotten = Self.surplus(jobs, wishes)
        guard !wishes.isSuspended, let times else { return }
        let earliest = max(created, lastSchedule ?? created)
        let begin = wishes.lateness.map { max(earliest, now - $0) } ?? earliest
        guard begin <= now, let (time, missed) = Self.latest(times, after: begin, until: now) else {
            sleep(until: times.next(after: max(now, begin)), now)
            return
        }
        sleep(until: times.next(after: now), now)
        if missed > Self.missedMaximum {
            tell(
                "TooManyMissedTimes",
                "too many missed start times: \(missed). Set or decrease"
                    + " .spec.startingDeadlineSeconds or check clock skew",
                isWarning: true
            )
        }
        if let lateness = wishes.lateness, time + lateness < now {
            tell(
                "MissSchedule",
                "Missed scheduled time to start a job: \(time.rfc1123)",
                isWarning: true
            )
            return
        }
        guard lastSchedule != time else { return }
        if !active.isEmpty {
            switch wishes.concurrency {
            case .allow: break
            case .forbid:
                tell(
                    "JobAlreadyActive",
                    "Not starting job because prior execution is running and concurrency policy"
                        + " is Forbid"
                )
                return
            case .replace:
                let running = Set(active)
                replaced = jobs.filter { running.contains($0.uid) }.map(\.name)
                active = []
            }
        }
        due = time
        self.lastSchedule = time
    }

    private mutating func tell(_ reason: String, _ message: String, isWarning: Bool = false) {
        notices.append(JobPlan.Notice(reason: reason, message: message, isWarning: isWarning))
    }

    private mutating func sleep(until time: Timestamp?, _ now: Timestamp) {
        // A fraction of a second later, so that the time has come then.
        guard let time else { return }
        wait = min(Self.patience, max(.zero, time - now) + .milliseconds(100))
    }

    /// Looks at what became of the Jobs that ran.
    private mutating func review(_ jobs: [OwnJob], _ known: [String: String]) {
        for job in jobs {
            guard let end = job.end else {
                if job.isScheduled { active.append(job.uid) }
                continue
            }
            var condition = "Failed"
            if case .succeeded(let time) = end {
                condition = "Complete"
                if let time { lastSuccess = max(lastSuccess ?? time, time) }
            }
            if known[job.uid] != nil {
                tell("SawCompletedJob", "Saw completed job: \(job.name), condition: \(condition)")
            }
        }
        let present = Set(jobs.map(\.uid))
        for (uid, name) in known.sorted(by: { $0.value < $1.value }) where !present.contains(uid) {
            tell("MissingJob", "Active job went missing: \(name)")
        }
    }

    /// The oldest ended Jobs beyond the limits.
    private static func surplus(_ jobs: [OwnJob], _ wishes: Wishes) -> [String] {
        func oldest(_ limit: Int?, _ isMeant: (OwnJob.End) -> Bool) -> [String] {
            guard let limit else { return [] }
            let ended = jobs.filter { $0.end.map(isMeant) ?? false }
                .sorted { ($0.started, $0.name) < ($1.started, $1.name) }
            return ended.dropLast(max(0, limit)).map(\.name)
        }
        return oldest(wishes.successfulKept) { if case .succeeded = $0 { true } else { false } }
            + oldest(wishes.failedKept) { $0 == .failed }
    }

    /// The last time of a schedule in a span, and how many there are in it (counted up to a limit).
    private static func latest(
        _ times: CronTimes,
        after start: Timestamp,
        until end: Timestamp
    ) -> (time: Timestamp, missed: Int)? {
        guard let first = times.next(after: start), first <= end else { return nil }
        guard let second = times.next(after: first), second <= end else { return (first, 1) }
        let step = max(1, second.seconds - first.seconds)
        // Steps differ, so that one goes back a little from where even steps lead.
        let count = (end.seconds - first.seconds) / step
        var time = first
        var missed = 1
        if count > Int64(2 * missedMaximum) {
            let near = Timestamp(seconds: first.seconds + (count - Int64(missedMaximum)) * step)
            if let jumped = times.next(after: near), jumped <= end {
                time = jumped
                missed = Int(count) - missedMaximum
            }
        }
        while let next = times.next(after: time), next <= end {
            time = next
            missed += 1
        }
        return (time, missed)
    }
}
