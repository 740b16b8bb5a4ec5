import Basics
import Formats
import PodModel
import TestKit
import Testing

@testable import Node

@Suite("Job plan") struct JobPlanTests {
    private let now = Timestamp(seconds: 10_000)

    private func pod(
        _ name: String,
        _ phase: String = "Running",
        index: Int? = nil,
        code: Int = 1,
        ended ago: Int = 100,
        deleted: Bool = false,
        restarts: Int = 0
    ) -> JobPod {
        let isOver = phase == "Succeeded" || phase == "Failed"
        return JobPod(
            facts: PodFacts(name: name, phase: phase, isDeleted: deleted),
            index: index,
            restarts: restarts,
            exits: isOver ? [.init(container: "main", code: phase == "Failed" ? code : 0)] : [],
            finished: isOver || deleted ? now + .seconds(-ago) : nil
        )
    }

    private func plan(
        _ wishes: JobWishes,
        _ pods: [JobPod] = [],
        _ state: JobPlan.State = .init(started: Timestamp(seconds: 9000)),
        account: JobAccount = JobAccount()
    ) -> JobPlan {
        JobPlan(wishes, state, pods: pods, account: account, at: now)
    }

    private func ending(_ plan: JobPlan) -> String? {
        ["Complete", "Failed"].compactMap { plan.state.conditions[$0] }.first(where: \.isTrue)
            .map { $0.type + " " + $0.reason }
    }

    @Test func `as many pods run as are wanted and still needed`() {
        #expect(plan(.init()).creations.count == 1)
        #expect(plan(.init(parallelism: 3, completions: 5)).creations.count == 3)
        let wishes = JobWishes(parallelism: 3, completions: 5)
        let two = [pod("a", "Succeeded"), pod("b", "Succeeded"), pod("c"), pod("d")]
        #expect(plan(wishes, two).creations.count == 1)
        let four = two + [pod("e", "Succeeded"), pod("f", "Succeeded")]
        #expect(plan(wishes, four).deletions.count == 1)
        #expect(plan(.init(parallelism: 1, completions: 5), two).deletions.count == 1)
        // A queue of work makes no more once a pod has succeeded.
        let queue = JobWishes(parallelism: 3, completions: nil)
        #expect(plan(queue, [pod("a")]).creations.count == 2)
        let last = plan(queue, [pod("a", "Succeeded"), pod("b")])
        #expect(last.creations.isEmpty && last.deletions.isEmpty && ending(last) == nil)
        let over = plan(queue, [pod("a", "Succeeded"), pod("b", "Succeeded")])
        #expect(ending(over) == "Complete CompletionsReached")
    }

    @Test func `a Job completes with its last pod and tells so`() {
        let done = plan(.init(), [pod("a", "Succeeded")])
        #expect(ending(done) == "Complete CompletionsReached")
        #expect(done.state.conditions.isTrue("SuccessCriteriaMet"))
        #expect(done.status["succeeded"] == 1 && done.status["completionTime"] != nil)
        #expect(done.notices == [.init(reason: "Completed", message: "Job completed")])
        #expect(done.status["active"] == nil)
        let none = plan(.init(completions: 0))
        #expect(ending(none) == "Complete CompletionsReached")
    }

    @Test func `a failed pod is replaced after a pause that doubles`() {
        #expect(plan(.init(), [pod("a", "Failed", ended: 3)]).wait == .seconds(7))
        #expect(plan(.init(), [pod("a", "Failed", ended: 10)]).creations.count == 1)
        let three = (0..<3).map { pod("\($0)", "Failed", ended: 5 + $0) }
        #expect(plan(.init(), three).wait == .seconds(35))
        // A success ends the pauses.
        let better = three + [pod("s", "Succeeded", ended: 5)]
        #expect(plan(.init(parallelism: 2, completions: 3), better).creations.count == 2)
        let many = (0..<20).map { pod("\($0)", "Failed", ended: 5) }
        #expect(plan(.init(backoffLimit: 100), many).wait == .seconds(595))
    }

    @Test func `too many failures fail the Job, its other pods go first`() {
        let wishes = JobWishes(parallelism: 2, completions: 4, backoffLimit: 1)
        let two = [pod("a", "Failed"), pod("b", "Failed"), pod("c")]
        let failing = plan(wishes, two)
        #expect(failing.deletions == ["c"] && failing.countsDeletions)
        #expect(ending(failing) == nil)
        #expect(failing.state.conditions["FailureTarget"]?.reason == "BackoffLimitExceeded")
        var gone = JobAccount()
        gone.failed = 1
        let over = plan(wishes, Array(two.prefix(2)), failing.state, account: gone)
        #expect(ending(over) == "Failed BackoffLimitExceeded")
        #expect(over.status["failed"] == 3 && over.status["completionTime"] == nil)
        #expect(
            over.notices == [
                .init(
                    reason: "BackoffLimitExceeded",
                    message: "Job has reached the specified backoff limit",
                    isWarning: true
                )
            ]
        )
    }

    @Test func `containers that are restarted in place count as well`() {
        let wishes = JobWishes(backoffLimit: 3, restartsInPlace: true)
        #expect(ending(plan(wishes, [pod("a", restarts: 2)])) == nil)
        let over = plan(wishes, [pod("a", restarts: 3)])
        #expect(over.state.conditions["FailureTarget"]?.reason == "BackoffLimitExceeded")
        let never = JobWishes(backoffLimit: 0, restartsInPlace: true)
        #expect(plan(never, [pod("a")]).state.conditions["FailureTarget"] == nil)
        #expect(plan(never, [pod("a", restarts: 1)]).state.conditions["FailureTarget"] != nil)
    }

    @Test func `a deadline is about the time that the Job is active`() {
        let wishes = JobWishes(deadline: .seconds(1500))
        #expect(plan(wishes, [pod("a")]).wait == .seconds(500))
        let late = plan(JobWishes(deadline: .seconds(1000)), [pod("a")])
        #expect(late.state.conditions["FailureTarget"]?.reason == "DeadlineExceeded")
        let suspended = JobWishes(isSuspended: true, deadline: .seconds(1000))
        #expect(plan(suspended, []).state.conditions["FailureTarget"] == nil)
    }

    @Test func `a suspended Job has no pods, and begins anew when it is resumed`() {
        let suspended = plan(.init(isSuspended: true), [pod("a")])
        #expect(suspended.deletions == ["a"] && !suspended.countsDeletions)
        #expect(suspended.state.conditions["Suspended"]?.reason == "JobSuspended")
        let resumed = plan(.init(), [], suspended.state)
        #expect(resumed.creations.count == 1 && resumed.state.started == now)
        #expect(resumed.state.conditions["Suspended"]?.reason == "JobResumed")
        let fresh = plan(.init(isSuspended: true), [], .init())
        #expect(fresh.state.started == nil && fresh.status["startTime"] == nil)
    }

    @Test func `a finished Job is kept as long as it shall live, and its status stays`() {
        var done = plan(.init(), [pod("a", "Succeeded")]).state
        done.conditions.set("Complete", "True", "CompletionsReached", "", at: now)
        let kept = plan(.init(timeToLive: .seconds(60)), [], done)
        #expect(kept.wait == .seconds(60) && !kept.isExpired && kept.wasOver)
        #expect(plan(.init(timeToLive: .zero), [], done).isExpired)
        let forever = plan(.init(), [], done)
        #expect(forever.wait == nil && !forever.isExpired && forever.creations.isEmpty)
    }

    // MARK: Indexes

    @Test func `each index has one pod, and is tried again until it succeeds`() {
        let wishes = JobWishes(parallelism: 2, completions: 4, isIndexed: true)
        #expect(plan(wishes).creations.map(\.index) == [0, 1])
        let some = plan(wishes, [pod("a", "Succeeded", index: 0), pod("b", index: 2)])
        #expect(some.creations.map(\.index) == [1])
        #expect(some.status["completedIndexes"] == "0")
        let double = plan(wishes, [pod("a", index: 1), pod("b", index: 1)])
        #expect(double.deletions.count == 1)
        #expect(plan(wishes, [pod("a", index: 9), pod("b", index: 0)]).deletions == ["a"])
        let all = ["0", "1", "2", "3"].map { pod($0, "Succeeded", index: Int($0)) }
        let done = plan(wishes, all + [pod("again", "Succeeded", index: 0)])
        #expect(ending(done) == "Complete CompletionsReached")
        #expect(done.status["succeeded"] == 4 && done.status["completedIndexes"] == "0-3")
    }

    @Test func `each index has its own limit, and the others go on`() {
        let wishes = JobWishes(
            parallelism: 3,
            completions: 3,
            backoffLimit: .max,
            backoffLimitPerIndex: 1,
            isIndexed: true
        )
        let once = plan(wishes, [pod("a", "Failed", index: 0, ended: 4)])
        #expect(once.creations.map(\.index) == [1, 2] && once.wait == .seconds(6))
        let twice = [pod("a", "Failed", index: 0), pod("b", "Failed", index: 0)]
        let spent = plan(wishes, twice)
        #expect(spent.creations.map(\.index) == [1, 2])
        #expect(spent.status["failedIndexes"] == "0")
        let rest = [pod("c", "Succeeded", index: 1), pod("d", "Succeeded", index: 2)]
        #expect(ending(plan(wishes, twice + rest)) == "Failed FailedIndexes")
        var strict = wishes
        strict.maxFailedIndexes = 0
        #expect(ending(plan(strict, twice)) == "Failed MaxFailedIndexesExceeded")
        let again = plan(wishes, [pod("a", "Failed", index: 0)])
        #expect(again.creations.first == .init(index: 0, failures: 1))
    }

    @Test func `a Job succeeds early as its policy says`() {
        var wishes = JobWishes(parallelism: 4, completions: 4, isIndexed: true)
        wishes.successRules = [
            .init(indexes: IndexList("0,2-3"), count: 2), .init(indexes: nil, count: 4),
        ]
        let one = [pod("a", "Succeeded", index: 0), pod("b", "Succeeded", index: 1)]
        #expect(plan(wishes, one).state.conditions["SuccessCriteriaMet"] == nil)
        let met = plan(wishes, one + [pod("c", "Succeeded", index: 3), pod("d", index: 2)])
        let condition = met.state.conditions["SuccessCriteriaMet"]
        #expect(condition?.reason == "SuccessPolicy")
        #expect(condition?.message == "Matched rules at index 0")
        #expect(met.deletions == ["d"] && !met.countsDeletions && ending(met) == nil)
        let over = plan(wishes, one + [pod("c", "Succeeded", index: 3)], met.state)
        #expect(ending(over) == "Complete SuccessPolicy")
    }

    // MARK: Failure policies

    private func rules(_ action: JobFailureRule.Action, _ codes: Set<Int>) -> JobWishes {
        JobWishes(
            backoffLimit: 0,
            replacesEndedOnly: true,
            failureRules: [
                JobFailureRule(
                    action: action,
                    .exitCodes(container: "main", isIn: true, codes: codes)
                )
            ]
        )
    }

    @Test func `rules decide what a failure means`() {
        let failed = [pod("a", "Failed", code: 42, ended: 100)]
        let fatal = plan(rules(.failJob, [42]), failed)
        #expect(ending(fatal) == "Failed PodFailurePolicy")
        #expect(
            fatal.state.conditions["Failed"]?.message
                == "Container main for pod default/a failed with exit code 42 matching FailJob rule"
                + " at index 0"
        )
        let ignored = plan(rules(.ignore, [42]), failed)
        #expect(ending(ignored) == nil && ignored.creations.count == 1)
        #expect(ignored.status["failed"] == nil)
        #expect(ending(plan(rules(.ignore, [7]), failed)) == "Failed BackoffLimitExceeded")
        var perIndex = rules(.failIndex, [42])
        perIndex.isIndexed = true
        perIndex.completions = 2
        perIndex.parallelism = 2
        perIndex.backoffLimit = .max
        perIndex.backoffLimitPerIndex = 5
        let index = plan(perIndex, [pod("a", "Failed", index: 0, code: 42)])
        #expect(index.status["failedIndexes"] == "0" && index.creations.map(\.index) == [1])
    }

    @Test(arguments: [
        ("NotIn", [1, 2], 3, "FailJob"), ("NotIn", [3], 3, "Count"), ("In", [3], 3, "FailJob"),
        ("In", [3], 4, "Count"),
    ])
    func `codes are in the list or not`(
        sign: String,
        codes: [Int],
        code: Int,
        expected: String
    ) {
        let rule = JobFailureRule([
            "action": "FailJob",
            "onExitCodes": ["operator": .string(sign), "values": .array(codes.map { .int($0) })],
        ])
        let judged = JobFailureRule.judge(
            pod("a", "Failed", code: code),
            by: [rule],
            namespace: "n"
        )
        #expect(judged.action.rawValue == expected)
    }

    @Test func `conditions of a pod decide as well`() {
        let rule = JobFailureRule([
            "action": "Ignore", "onPodConditions": [["type": "DisruptionTarget"]],
        ])
        var evicted = pod("a", "Failed")
        #expect(JobFailureRule.judge(evicted, by: [rule], namespace: "n").action == .count)
        evicted.conditions = ["DisruptionTarget": "True"]
        #expect(JobFailureRule.judge(evicted, by: [rule], namespace: "n").action == .ignore)
    }

    @Test func `a pod that goes is replaced at once, or when it has ended`() {
        let going = [pod("a", deleted: true)]
        let first = plan(.init(), going)
        #expect(first.status["failed"] == 1 && first.status["terminating"] == 1)
        let patient = plan(.init(replacesEndedOnly: true), going)
        #expect(patient.creations.isEmpty && patient.status["failed"] == nil)
        // What the Job lets go itself does not count.
        var own = pod("a", deleted: true)
        own.isCounted = false
        #expect(plan(.init(), [own]).creations.count == 1)
    }

    // MARK: A life

    /// Jobs whose pods end, fail, are deleted and vanish at random: every end counts exactly once, no
    /// more pods run than are wanted, and the Job ends as its pods did.
    @Test(arguments: 0..<80) func `every end counts once, whatever is deleted`(seed: Int) {
        var dice = SeededGenerator(seed: UInt64(seed))
        let isIndexed = Bool.random(using: &dice)
        let wishes = JobWishes(
            parallelism: Int.random(in: 1...4, using: &dice),
            completions: Int.random(in: 1...6, using: &dice),
            backoffLimit: Int.random(in: 2...12, using: &dice),
            isIndexed: isIndexed
        )
        var state = JobPlan.State()
        var account = JobAccount()
        var pods: [JobPod] = []
        var time = now
        var (succeeded, failed, number) = (0, 0, 0)
        var indexes: Set<Int> = []
        var isOver = false
        for _ in 0..<3000 where !isOver {
            let plan = JobPlan(wishes, state, pods: pods, account: account, at: time)
            state = plan.state
            #expect(plan.counts.failed == failed)
            let done = isIndexed ? indexes.count : succeeded
            #expect(plan.counts.succeeded == done)
            for name in plan.deletions {
                guard let place = pods.firstIndex(where: { $0.facts.name == name }) else {
                    continue
                }
                pods[place].facts.isDeleted = true
                pods[place].isCounted = plan.countsDeletions
                pods[place].finished = time
                if plan.countsDeletions { failed += 1 }
            }
            for new in plan.creations {
                number += 1
                pods.append(
                    JobPod(facts: PodFacts(name: "p\(number)"), index: new.index, exits: [])
                )
            }
            #expect(pods.count { $0.facts.isActive } <= wishes.parallelism)
            isOver = ["Complete", "Failed"].contains { state.conditions.isTrue($0) }
            time = time + .seconds(Int.random(in: 1...40, using: &dice))
            guard let place = pods.indices.randomElement(using: &dice) else { continue }
            let isActive = pods[place].facts.isActive
            switch Int.random(in: 0..<8, using: &dice) {
            case 0...2 where isActive:
                pods[place].facts.phase = "Succeeded"
                pods[place].finished = time
                succeeded += 1
                if let index = pods[place].index { indexes.insert(index) }
            case 3 where isActive:
                pods[place].facts.phase = "Failed"
                pods[place].finished = time
                failed += 1
            case 4 where isActive:
                // Somebody deletes a pod that runs.
                pods[place].facts.isDeleted = true
                pods[place].finished = time
                failed += 1
            case 5...6 where !isActive:
                account.add(pods[place], wishes, namespace: "n", isGone: true)
                // The account survives the engine.
                account = JobAccount(ledger: account.ledger) ?? JobAccount()
                pods.remove(at: place)
            default: continue
            }
        }
        #expect(isOver)
        let isComplete = state.conditions.isTrue("Complete")
        #expect(isComplete || failed > wishes.backoffLimit)
        #expect(!isComplete || (isIndexed ? indexes.count : succeeded) >= wishes.completions ?? 0)
    }
}
