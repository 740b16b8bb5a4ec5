internal import Formats

/// The rules of Jobs and CronJobs. Source: `pkg/apis/batch/validation/validation.go`.
extension Checker {
    private static let indexesMaximum = 100_000
    private static let rulesMaximum = 20
    private static let isIndexed = "Indexed"

    mutating func job(_ root: Node) {
        metadata(root["metadata"], name: NameRules.subdomain)
        let spec = root["spec"]
        jobSelector(spec, uid: root["metadata"]["uid"].text)
        jobSpec(spec)
        // The pods' names are made of it.
        let name = root["metadata"]["name"]
        if spec["completionMode"].text == Self.isIndexed, let last = spec["completions"].int {
            let longest = Node(.string("\(name.text)-\(max(0, last - 1))"), name.path)
            if !name.text.isEmpty, longest.text.utf8.count > 63 {
                check(longest, NameRules.label, fix: "choose a shorter name: pods are named so")
            }
        }
    }

    private mutating func jobSelector(_ spec: Node, uid: String) {
        let node = spec["selector"]
        guard spec["manualSelector"].isTrue else {
            let generated: JSON = ["batch.kubernetes.io/controller-uid": .string(uid)]
            guard node.exists, node["matchLabels"].value ?? [:] != [:],
                uid.isEmpty || node["matchLabels"].value != generated
            else { return }
            return invalid(
                node,
                "`selector` not auto-generated",
                fix: "remove the selector and the labels that an earlier Job was given"
            )
        }
        guard node.exists else { return required(node) }
        workloadSelector(spec, of: "job")
    }

    mutating func jobSpec(_ spec: Node) {
        for field in [
            "parallelism", "completions", "activeDeadlineSeconds", "backoffLimit",
            "ttlSecondsAfterFinished", "backoffLimitPerIndex", "maxFailedIndexes",
        ] {
            notNegative(spec[field])
        }
        choice(spec["completionMode"], ["NonIndexed", Self.isIndexed])
        let isIndexed = spec["completionMode"].text == Self.isIndexed
        if isIndexed {
            if !spec["completions"].exists {
                required(spec["completions"], "when completion mode is Indexed")
            }
            for field in ["parallelism", "completions"] {
                if let number = spec[field].int, number > Self.indexesMaximum {
                    invalid(
                        spec[field],
                        "must be less than or equal to \(Self.indexesMaximum) when completion mode"
                            + " is Indexed",
                        fix: "choose a smaller number"
                    )
                }
            }
        }
        if spec["backoffLimitPerIndex"].exists, !isIndexed {
            invalid(
                spec["backoffLimitPerIndex"],
                "requires indexed completion mode",
                fix: "write completionMode: Indexed"
            )
        }
        if spec["maxFailedIndexes"].exists {
            if !spec["backoffLimitPerIndex"].exists {
                required(
                    spec["backoffLimitPerIndex"],
                    "when maxFailedIndexes is specified"
                )
            }
            if let most = spec["maxFailedIndexes"].int, let count = spec["completions"].int,
                most > count
            {
                invalid(
                    spec["maxFailedIndexes"],
                    "must be less than or equal to completions",
                    fix: "choose at most \(count)"
                )
            }
        }
        jobReplacement(spec)
        failurePolicy(spec)
        successPolicy(spec["successPolicy"], isIndexed, spec["completions"].int)
        podTemplate(spec["template"])
        let restart = spec["template"]["spec"]["restartPolicy"]
        if !["OnFailure", "Never"].contains(restart.text), spec["template"]["spec"].exists {
            required(
                restart,
                "valid values: \"OnFailure\", \"Never\"",
                fix: "write restartPolicy: Never"
            )
        } else if spec["podFailurePolicy"].exists, restart.text == "OnFailure" {
            invalid(
                restart,
                "only \"Never\" is supported when podFailurePolicy is specified",
                fix: "write restartPolicy: Never"
            )
        }
    }

    private mutating func jobReplacement(_ spec: Node) {
        let all = spec["podFailurePolicy"].exists
        choice(spec["podReplacementPolicy"], all ? ["Failed"] : ["Failed", "TerminatingOrFailed"])
        let manager = spec["managedBy"]
        if manager.exists {
            check(manager, NameRules.qualified, fix: "write a name such as example.com/controller")
        }
    }

    private mutating func failurePolicy(_ spec: Node) {
        let rules = spec["podFailurePolicy"]["rules"]
        if rules.items.count > Self.rulesMaximum { tooMany(rules, most: Self.rulesMaximum) }
        let template = spec["template"]["spec"]
        let containers = (template["containers"].items + template["initContainers"].items)
            .map { $0["name"].text }
        for rule in rules.items {
            choice(rule["action"], ["Count", "FailIndex", "FailJob", "Ignore"])
            if rule["action"].text == "FailIndex", !spec["backoffLimitPerIndex"].exists {
                invalid(
                    rule["action"],
                    "requires the backoffLimitPerIndex to be set",
                    fix: "set backoffLimitPerIndex"
                )
            }
            let (codes, conditions) = (rule["onExitCodes"], rule["onPodConditions"])
            switch (codes.exists, !conditions.items.isEmpty) {
            case (true, true):
                invalid(
                    rule,
                    "specifying both OnExitCodes and OnPodConditions is not supported",
                    fix: "make two rules of it"
                )
            case (false, false):
                invalid(
                    rule,
                    "specifying one of OnExitCodes and OnPodConditions is required",
                    fix: "say when the rule holds"
                )
            default: break
            }
            exitCodes(codes, containers)
            for condition in conditions.items {
                choice(condition["status"], ["True", "False", "Unknown"])
                check(condition["type"], NameRules.qualified, fix: "correct the condition")
            }
        }
    }

    private mutating func exitCodes(_ node: Node, _ containers: [String]) {
        guard node.exists else { return }
        choice(node["operator"], ["In", "NotIn"])
        let name = node["containerName"]
        if name.exists, !containers.contains(name.text) {
            invalid(
                name,
                "must be one of the container or initContainer names in the pod template",
                fix: "the containers are " + containers.joined(separator: ", ")
            )
        }
        var previous: Int?
        for value in node["values"].items {
            guard let code = value.int else { continue }
            if code == 0, node["operator"].text == "In" {
                invalid(value, "must not be 0 for the In operator", fix: "remove it")
            }
            if let previous, code == previous {
                duplicate(value)
            } else if let previous, code < previous {
                invalid(node["values"], "must be ordered", fix: "sort them")
            }
            previous = code
        }
    }

    private mutating func successPolicy(_ node: Node, _ isIndexed: Bool, _ completions: Int?) {
        guard node.exists else { return }
        if !isIndexed {
            invalid(
                node,
                "requires indexed completion mode",
                fix: "write completionMode: Indexed"
            )
        }
        let rules = node["rules"]
        if rules.items.count > Self.rulesMaximum { tooMany(rules, most: Self.rulesMaximum) }
        for rule in rules.items {
            let (indexes, count) = (rule["succeededIndexes"], rule["succeededCount"])
            if !indexes.exists, !count.exists {
                required(
                    rule,
                    "at least one of succeededCount or succeededIndexes must be specified"
                )
            }
            var total = completions
            if indexes.exists {
                let list = IndexList(indexes.text)
                if let list, list.last ?? 0 < completions ?? .max {
                    total = list.count
                } else {
                    invalid(
                        indexes,
                        "must be a list of indexes below completions, as in 0,2-4",
                        fix: "correct the list"
                    )
                }
            }
            if let wanted = count.int {
                if wanted < 1 {
                    invalid(count, "must be greater than 0", fix: "choose 1 or more")
                } else if let total, wanted > total {
                    invalid(
                        count,
                        "must be less than or equal to \(total) (the number of specified"
                            + " completions or indexes)",
                        fix: "choose at most \(total)"
                    )
                }
            }
        }
    }

    // MARK: CronJobs

    mutating func cronJob(_ root: Node) {
        metadata(root["metadata"], name: NameRules.subdomain)
        let name = root["metadata"]["name"]
        if name.text.utf8.count > 52 {
            invalid(
                name,
                "must be no more than 52 characters",
                fix: "shorten it: the names of its Jobs are longer"
            )
        }
        let spec = root["spec"]
        schedule(spec["schedule"])
        timeZone(spec["timeZone"])
        for field in [
            "startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit",
        ] {
            notNegative(spec[field])
        }
        choice(spec["concurrencyPolicy"], ["Allow", "Forbid", "Replace"])
        let template = spec["jobTemplate"]
        labels(template["metadata"]["labels"])
        annotations(template["metadata"]["annotations"])
        jobSpec(template["spec"])
        if template["spec"]["manualSelector"].isTrue {
            add(
                .notSupported,
                template["spec"]["manualSelector"],
                "Unsupported value: true: supported values: \"nil\", \"false\"",
                "remove it"
            )
        }
    }

    private mutating func schedule(_ node: Node) {
        guard !node.text.isEmpty else { return }
        if node.text.contains("TZ") {
            return invalid(
                node,
                "cannot use TZ or CRON_TZ in schedule, use timeZone field instead",
                fix: "move the zone to timeZone"
            )
        }
        do throws(CronSchedule.Complaint) {
            _ = try CronSchedule(node.text)
        } catch {
            invalid(
                node,
                error.description,
                fix: "write minute, hour, day, month and weekday, such as \"30 2 * * 1-5\""
            )
        }
    }

    private mutating func timeZone(_ node: Node) {
        guard node.exists else { return }
        if node.text.isEmpty {
            return invalid(
                node,
                "timeZone must be nil or non-empty string",
                fix: "remove it, or write a zone such as Europe/Paris"
            )
        }
        if node.text.lowercased() == "local" {
            return invalid(
                node,
                "timeZone must be an explicit time zone as defined in"
                    + " https://www.iana.org/time-zones",
                fix: "write a zone such as Europe/Paris"
            )
        }
        let isName = node.text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
            !$0.isEmpty
                && $0.utf8.allSatisfy { byte in
                    UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
                        || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
                        || [UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "+")].contains(byte)
                }
        }
        if !isName {
            invalid(
                node,
                "unknown time zone \(node.text)",
                fix: "write a zone such as Europe/Paris"
            )
        }
    }
}
