internal import Basics
internal import Formats
internal import PodModel

/// What is wanted of a Job.
struct JobWishes: Sendable, Hashable {
    var parallelism = 1
    /// How many pods must succeed; nil if one that succeeds ends the work of all.
    var completions: Int? = 1
    var backoffLimit = 6
    var backoffLimitPerIndex: Int?
    var maxFailedIndexes: Int?
    var isIndexed = false
    var isSuspended = false
    /// How long the Job may be active.
    var deadline: Duration?
    /// How long it is kept when it has ended.
    var timeToLive: Duration?
    /// Whether containers that fail are restarted in their pod.
    var restartsInPlace = false
    /// Whether a pod is replaced only when it has ended (`podReplacementPolicy: Failed`).
    var replacesEndedOnly = false
    var failureRules: [JobFailureRule] = []
    var successRules: [SuccessRule] = []

    /// When a Job has succeeded before all of its indexes have.
    struct SuccessRule: Sendable, Hashable {
        /// The indexes that count; nil for all.
        var indexes: IndexList?
        /// How many of them must succeed; nil for all of them.
        var count: Int?

        func isMet(by succeeded: Set<Int>) -> Bool {
            guard let indexes else { return count.map { succeeded.count >= $0 } ?? false }
            let hits = indexes.indexes.count(where: succeeded.contains)
            return hits >= count ?? indexes.count
        }
    }
}

extension JobWishes {
    /// Takes them from a Job's spec.
    init(_ spec: JSON?) {
        func seconds(_ field: String) -> Duration? { spec?[field]?.int.map { .seconds($0) } }
        parallelism = spec?["parallelism"]?.int ?? 1
        completions = spec?["completions"]?.int
        backoffLimit = spec?["backoffLimit"]?.int ?? 6
        backoffLimitPerIndex = spec?["backoffLimitPerIndex"]?.int
        maxFailedIndexes = spec?["maxFailedIndexes"]?.int
        isIndexed = spec?["completionMode"]?.string == "Indexed"
        isSuspended = spec?["suspend"]?.bool ?? false
        deadline = seconds("activeDeadlineSeconds")
        timeToLive = seconds("ttlSecondsAfterFinished")
        restartsInPlace =
            spec?["template"]?["spec"]?["restartPolicy"]?.string == "OnFailure"
        replacesEndedOnly = spec?["podReplacementPolicy"]?.string == "Failed"
        failureRules = (spec?["podFailurePolicy"]?["rules"]?.array ?? [])
            .map(JobFailureRule.init)
        successRules = (spec?["successPolicy"]?["rules"]?.array ?? []).map { rule in
            SuccessRule(
                indexes: rule["succeededIndexes"]?.string.flatMap { IndexList($0) },
                count: rule["succeededCount"]?.int
            )
        }
    }
}

/// What becomes of a Job when one of its pods fails in a certain way.
struct JobFailureRule: Sendable, Hashable {
    enum Action: String, Sendable {
        /// The failure counts towards the back-off limit, as without a rule.
        case count = "Count"
        /// The failure does not count.
        case ignore = "Ignore"
        /// The pod's index is not tried again.
        case failIndex = "FailIndex"
        /// The Job fails.
        case failJob = "FailJob"
    }

    enum Condition: Sendable, Hashable {
        /// A container (nil: any) has ended with one of the codes, or with none of them but not 0.
        case exitCodes(container: String?, isIn: Bool, codes: Set<Int>)
        /// The pod has one of the conditions with that status.
        case podConditions([String: String])
    }

    var action: Action
    var condition: Condition

    init(action: Action, _ condition: Condition) {
        self.action = action
        self.condition = condition
    }

    init(_ json: JSON) {
        action = Action(rawValue: json["action"]?.string ?? "") ?? .count
        if let codes = json["onExitCodes"] {
            condition = .exitCodes(
                container: codes["containerName"]?.string,
                isIn: codes["operator"]?.string == "In",
                codes: Set((codes["values"]?.array ?? []).compactMap(\.int))
            )
        } else {
            var conditions: [String: String] = [:]
            for pattern in json["onPodConditions"]?.array ?? [] {
                conditions[pattern["type"]?.string ?? ""] = pattern["status"]?.string ?? "True"
            }
            condition = .podConditions(conditions)
        }
    }

    /// What the first rule that fits a failed pod says: the action, and the reason in words.
    static func judge(
        _ pod: JobPod,
        by rules: [Self],
        namespace: String
    ) -> (action: Action, message: String) {
        for (number, rule) in rules.enumerated() {
            let end = "matching \(rule.action.rawValue) rule at index \(number)"
            switch rule.condition {
            case .exitCodes(let container, let isIn, let codes):
                let exit = pod.exits.first { exit in
                    exit.code != 0 && container.map { $0 == exit.container } ?? true
                        && codes.contains(exit.code) == isIn
                }
                guard let exit else { continue }
                let what = "Container \(exit.container) for pod \(namespace)/\(pod.facts.name)"
                return (rule.action, "\(what) failed with exit code \(exit.code) \(end)")
            case .podConditions(let wanted):
                let hit = wanted.keys.sorted().first { pod.conditions[$0] == wanted[$0] }
                guard let hit else { continue }
                return (
                    rule.action,
                    "Pod \(namespace)/\(pod.facts.name) has condition \(hit) \(end)"
                )
            }
        }
        return (.count, "")
    }
}
