import Formats
import PodModel
import Testing

@Suite("Makers and guards of pods") struct ControllersTests {
    /// A workload with a good template, and more fields of its spec.
    private static func set(_ kind: String, _ more: String, template: String = "") -> String {
        var text = "metadata: {name: s}\nspec:\n"
        for line in more.split(separator: "\n") { text += "  \(line)\n" }
        return text + "  selector: {matchLabels: {app: a}}\n  template:\n"
            + "    metadata: {labels: {app: a}}\n    spec:\n      containers: [{name: a, image: a}]\n"
            + template
    }

    /// A Job with a good template, and more fields of its spec.
    private static func job(_ more: String, restart: String = "Never") -> String {
        var text = "metadata: {name: j}\nspec:\n"
        for line in more.split(separator: "\n") { text += "  \(line)\n" }
        return text + "  template:\n    spec:\n      restartPolicy: \(restart)\n"
            + "      containers: [{name: a, image: a}]\n"
    }

    private static func cron(_ more: String, job: String = "") -> String {
        "metadata: {name: c}\nspec:\n  \(more)\n  jobTemplate:\n    spec:\n      \(job)\n"
            + "      template:\n        spec:\n          restartPolicy: Never\n"
            + "          containers: [{name: a, image: a}]\n"
    }

    static let table = [
        Case("a good set", kind: "StatefulSet", set("StatefulSet", "serviceName: s")),
        Case(
            "a set of an unknown order",
            kind: "StatefulSet",
            set("StatefulSet", "podManagementPolicy: Sorted"),
            "3:3 spec.podManagementPolicy: Invalid value: \"Sorted\": must be 'OrderedReady' or 'Parallel'; write one of the two"
        ),
        Case(
            "updates of sets",
            kind: "StatefulSet",
            set("StatefulSet", "updateStrategy: {type: OnDelete, rollingUpdate: {partition: 1}}"),
            "3:36 spec.updateStrategy.rollingUpdate: Invalid value: {\"partition\":1}: only allowed for updateStrategy 'RollingUpdate'; remove it"
        ),
        Case(
            "negative numbers of sets",
            kind: "StatefulSet",
            set(
                "StatefulSet",
                "ordinals: {start: -1}\nupdateStrategy: {rollingUpdate: {partition: -1}}"
            ),
            "3:14 spec.ordinals.start: Invalid value: -1: must be greater than or equal to 0; choose 0 or more",
            "4:36 spec.updateStrategy.rollingUpdate.partition: Invalid value: -1: must be greater than or equal to 0; choose 0 or more"
        ),
        Case(
            "what becomes of claims",
            kind: "StatefulSet",
            set("StatefulSet", "persistentVolumeClaimRetentionPolicy: {whenDeleted: Keep}"),
            "3:42 spec.persistentVolumeClaimRetentionPolicy.whenDeleted: Unsupported value: \"Keep\": supported values: \"Delete\", \"Retain\"; use one of these"
        ),
        Case(
            "mounts of claims are known",
            kind: "StatefulSet",
            """
            metadata: {name: s}
            spec:
              selector: {matchLabels: {app: a}}
              template:
                metadata: {labels: {app: a}}
                spec:
                  containers:
                  - {name: a, image: a, volumeMounts: [{name: data, mountPath: /d}]}
              volumeClaimTemplates:
              - metadata: {name: data}
                spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
            """
        ),
        Case(
            "pods of sets are restarted",
            kind: "StatefulSet",
            set("StatefulSet", "replicas: 1", template: "      restartPolicy: OnFailure\n"),
            "9:7 spec.template.spec.restartPolicy: Unsupported value: \"OnFailure\": supported values: \"Always\"; remove it, or write a Pod instead of a StatefulSet"
        ),
        Case("a good daemon", kind: "DaemonSet", set("DaemonSet", "minReadySeconds: 1")),
        Case(
            "a daemon that surges and misses",
            kind: "DaemonSet",
            set("DaemonSet", "updateStrategy: {rollingUpdate: {maxSurge: 1}}"),
            "3:36 spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero; set one of the two to 0"
        ),
        Case(
            "a daemon that stands still",
            kind: "DaemonSet",
            set("DaemonSet", "updateStrategy: {rollingUpdate: {maxUnavailable: 0}}"),
            "3:36 spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0; let one of the two be more than 0"
        ),
        Case(
            "a ReplicaSet without a template",
            kind: "ReplicaSet",
            "metadata: {name: r}\nspec:\n  selector: {matchLabels: {a: b}}\n",
            "2:1 spec.template.metadata.labels: Invalid value: {}: `selector` does not match template `labels`; add to the template's labels: a: b",
            "2:1 spec.template: Required value; set it"
        ),
        Case("a good Job", kind: "Job", job("completions: 2")),
        Case(
            "a Job whose pods never end",
            kind: "Job",
            job("completions: 2", restart: "Always"),
            "6:7 spec.template.spec.restartPolicy: Required value: valid values: \"OnFailure\", \"Never\"; write restartPolicy: Never"
        ),
        Case(
            "a Job with a selector",
            kind: "Job",
            job("selector: {matchLabels: {a: b}}"),
            "3:3 spec.selector: Invalid value: {\"matchLabels\":{\"a\":\"b\"}}: `selector` not auto-generated; remove the selector and the labels that an earlier Job was given"
        ),
        Case(
            "indexes need to be counted",
            kind: "Job",
            job("completionMode: Indexed\nparallelism: 1\nbackoffLimitPerIndex: 1"),
            "2:1 spec.completions: Required value: when completion mode is Indexed; set it"
        ),
        Case(
            "limits of indexes",
            kind: "Job",
            job("backoffLimitPerIndex: 1\nmaxFailedIndexes: 1"),
            "3:3 spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode; write completionMode: Indexed"
        ),
        Case(
            "rules of failures",
            kind: "Job",
            job(
                "podFailurePolicy:\n  rules:\n  - {action: FailIndex, onExitCodes: {operator: In, values: [0, 3, 2]}}\n  - {action: Stop}"
            ),
            "5:8 spec.podFailurePolicy.rules[0].action: Invalid value: \"FailIndex\": requires the backoffLimitPerIndex to be set; set backoffLimitPerIndex",
            "5:64 spec.podFailurePolicy.rules[0].onExitCodes.values[0]: Invalid value: 0: must not be 0 for the In operator; remove it",
            "5:55 spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: [0,3,2]: must be ordered; sort them",
            "6:8 spec.podFailurePolicy.rules[1].action: Unsupported value: \"Stop\": supported values: \"Count\", \"FailIndex\", \"FailJob\", \"Ignore\"; use one of these",
            "6:7 spec.podFailurePolicy.rules[1]: Invalid value: {\"action\":\"Stop\"}: specifying one of OnExitCodes and OnPodConditions is required; say when the rule holds"
        ),
        Case(
            "pods of a policy do not restart",
            kind: "Job",
            job(
                "podReplacementPolicy: TerminatingOrFailed\npodFailurePolicy: {rules: [{action: Count, onPodConditions: [{type: A}]}]}",
                restart: "OnFailure"
            ),
            "3:3 spec.podReplacementPolicy: Unsupported value: \"TerminatingOrFailed\": supported values: \"Failed\"; use one of these",
            "7:7 spec.template.spec.restartPolicy: Invalid value: \"OnFailure\": only \"Never\" is supported when podFailurePolicy is specified; write restartPolicy: Never"
        ),
        Case(
            "rules of success",
            kind: "Job",
            job(
                "completionMode: Indexed\ncompletions: 3\nsuccessPolicy:\n  rules: [{succeededIndexes: 1-5}, {}, {succeededIndexes: '0,1', succeededCount: 3}]"
            ),
            "6:14 spec.successPolicy.rules[0].succeededIndexes: Invalid value: \"1-5\": must be a list of indexes below completions, as in 0,2-4; correct the list",
            "6:38 spec.successPolicy.rules[1]: Required value: at least one of succeededCount or succeededIndexes must be specified; set it",
            "6:68 spec.successPolicy.rules[2].succeededCount: Invalid value: 3: must be less than or equal to 2 (the number of specified completions or indexes); choose at most 2"
        ),
        Case("a good schedule", kind: "CronJob", cron("schedule: '*/5 * * * *'")),
        Case(
            "a bad schedule",
            kind: "CronJob",
            cron("schedule: '* * *'"),
            "3:3 spec.schedule: Invalid value: \"* * *\": expected exactly 5 fields, found 3: [* * *]; write minute, hour, day, month and weekday, such as \"30 2 * * 1-5\""
        ),
        Case(
            "zones",
            kind: "CronJob",
            cron("{schedule: 'CRON_TZ=UTC 0 0 * * *', timeZone: Local}").replacing(
                "{schedule: 'CRON_TZ=UTC 0 0 * * *', timeZone: Local}",
                with: "schedule: 'CRON_TZ=UTC 0 0 * * *'\n  timeZone: Local"
            ),
            "3:3 spec.schedule: Invalid value: \"CRON_TZ=UTC 0 0 * * *\": cannot use TZ or CRON_TZ in schedule, use timeZone field instead; move the zone to timeZone",
            "4:3 spec.timeZone: Invalid value: \"Local\": timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones; write a zone such as Europe/Paris"
        ),
        Case(
            "a policy of CronJobs",
            kind: "CronJob",
            cron("{schedule: '@daily', concurrencyPolicy: Never}").replacing(
                "{schedule: '@daily', concurrencyPolicy: Never}",
                with: "schedule: '@daily'\n  concurrencyPolicy: Never"
            ),
            "4:3 spec.concurrencyPolicy: Unsupported value: \"Never\": supported values: \"Allow\", \"Forbid\", \"Replace\"; use one of these"
        ),
        Case(
            "a budget of both",
            kind: "PodDisruptionBudget",
            "metadata: {name: b}\nspec: {minAvailable: 1, maxUnavailable: 101%, selector: {}}",
            "2:1 spec: Invalid value: {\"minAvailable\":1,\"maxUnavailable\":\"101%\",\"selector\":{}}: minAvailable and maxUnavailable cannot be both set; keep one of the two",
            "2:25 spec.maxUnavailable: Invalid value: \"101%\": must not be greater than 100%; choose 100% or less"
        ),
        Case(
            "a class of the system",
            kind: "PriorityClass",
            "metadata: {name: system-x}\nvalue: 2000000000\npreemptionPolicy: Always",
            "1:12 metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only; choose another name",
            "2:1 value: Forbidden: maximum allowed value of a user defined priority is 1000000000; choose a smaller number",
            "3:1 preemptionPolicy: Unsupported value: \"Always\": supported values: \"Never\", \"PreemptLowerPriority\"; use one of these"
        ),
        Case(
            "a revision without data",
            kind: "ControllerRevision",
            "metadata: {name: r}\nrevision: -1",
            "1:1 data: Required value: data is mandatory; set it",
            "2:1 revision: Invalid value: -1: must be greater than or equal to 0; choose 0 or more"
        ),
    ]

    @Test(arguments: table)
    func `every finding has its place, its words and its remedy`(example: Case) throws {
        let found = try findings(example.text, kind: example.kind)
        #expect(found == example.expected, "\(found)")
    }

    @Test(arguments: ["DaemonSet", "StatefulSet"])
    func `what chooses nodes counts for all`(kind: String) throws {
        let text = Self.set("", "minReadySeconds: 1", template: "      nodeSelector: {a: b}\n")
        #expect(try findings(text, kind: kind) == [])
    }

    // MARK: Updates

    private func update(
        _ old: String,
        _ change: (inout JSON) -> Void,
        kind: String
    ) throws -> [String] {
        let before = Defaults.apply(to: try YAML.parse(old), kind: kind)
        var after = before
        change(&after)
        return Validation.validateUpdate(after, from: before, kind: kind).map(\.description)
    }

    @Test func `what may change of a set`() throws {
        let old = Self.set("", "serviceName: s")
        #expect(
            try update(
                old,
                {
                    $0["spec"]?["replicas"] = 5
                    $0["spec"]?["template"]?["metadata"]?["annotations"] = ["a": "b"]
                    $0["spec"]?["minReadySeconds"] = 3
                    $0["spec"]?["ordinals"] = ["start": 2]
                },
                kind: "StatefulSet"
            ) == []
        )
        let refused = try update(old, { $0["spec"]?["serviceName"] = "t" }, kind: "StatefulSet")
        #expect(refused.count == 1)
        #expect(
            refused[0].hasPrefix("spec: Forbidden: updates to statefulset spec for fields other")
        )
    }

    @Test func `what may change of a Job`() throws {
        let old = Self.job("completions: 2")
        let fixed = "Invalid value"
        #expect(
            try update(
                old,
                {
                    $0["spec"]?["parallelism"] = 5
                    $0["spec"]?["suspend"] = true
                    $0["spec"]?["activeDeadlineSeconds"] = 9
                    $0["spec"]?["ttlSecondsAfterFinished"] = 9
                },
                kind: "Job"
            ) == []
        )
        let completions = try update(old, { $0["spec"]?["completions"] = 3 }, kind: "Job")
        #expect(
            completions.contains {
                $0.hasPrefix("spec.completions: \(fixed): 3: field is immutable")
            }
        )
        let place: (inout JSON) -> Void = {
            $0["spec"]?["template"]?["spec"]?["nodeSelector"] = ["a": "b"]
        }
        #expect(try !update(old, place, kind: "Job").isEmpty)
        let suspended = Self.job("completions: 2\nsuspend: true")
        #expect(try update(suspended, place, kind: "Job") == [])
        let elastic = Self.job("completions: 2\nparallelism: 2\ncompletionMode: Indexed")
        let grow: (inout JSON) -> Void = {
            $0["spec"]?["completions"] = 5
            $0["spec"]?["parallelism"] = 5
        }
        #expect(try update(elastic, grow, kind: "Job") == [])
    }

    @Test func `what may not change of others`() throws {
        let set = Self.set("", "minReadySeconds: 1")
        for kind in ["DaemonSet", "ReplicaSet", "Deployment"] {
            let found = try update(
                set,
                { $0["spec"]?["selector"]?["matchLabels"] = ["app": "b"] },
                kind: kind
            )
            #expect(found.contains { $0.hasPrefix("spec.selector: Invalid value") })
        }
        let revision = try update(
            "{metadata: {name: r}, data: {a: 1}, revision: 1}",
            {
                $0["data"] = ["a": 2]
                $0["revision"] = 2
            },
            kind: "ControllerRevision"
        )
        #expect(revision.count == 1 && revision[0].hasPrefix("data: Invalid value"))
        let priority = try update(
            "{metadata: {name: p}, value: 1}",
            { $0["value"] = 2 },
            kind: "PriorityClass"
        )
        #expect(
            priority == [
                "value: Forbidden: may not be changed in an update.; delete the class and create it again"
            ]
        )
    }

    // MARK: Defaults

    @Test func `defaults of each kind`() throws {
        func spec(_ text: String, _ kind: String) throws -> JSON {
            Defaults.apply(to: try YAML.parse(text), kind: kind)["spec"] ?? .null
        }
        let daemon = try spec("{spec: {template: {spec: {}}}}", "DaemonSet")
        #expect(
            daemon["updateStrategy"]
                == [
                    "type": "RollingUpdate", "rollingUpdate": ["maxSurge": 0, "maxUnavailable": 1],
                ]
        )
        #expect(daemon["template"]?["spec"]?["restartPolicy"] == "Always")
        let set = try spec(
            "{spec: {volumeClaimTemplates: [{metadata: {name: d}, spec: {}}]}}",
            "StatefulSet"
        )
        let claim = set["volumeClaimTemplates"]?[0]
        #expect(claim?["kind"] == "PersistentVolumeClaim" && claim?["apiVersion"] == "v1")
        #expect(claim?["spec"]?["volumeMode"] == "Filesystem")
        #expect(claim?["status"] == ["phase": "Pending"])
        let queue = try spec("{spec: {parallelism: 3}}", "Job")
        #expect(queue["completions"] == nil && queue["parallelism"] == 3)
        let perIndex = try spec(
            "{spec: {backoffLimitPerIndex: 1, podFailurePolicy: {rules: []}}}",
            "Job"
        )
        #expect(perIndex["backoffLimit"] == 2_147_483_647)
        #expect(perIndex["podReplacementPolicy"] == "Failed")
        let cron = try spec("{spec: {schedule: x, jobTemplate: {spec: {}}}}", "CronJob")
        #expect(cron["concurrencyPolicy"] == "Allow" && cron["suspend"] == false)
        #expect(cron["successfulJobsHistoryLimit"] == 3 && cron["failedJobsHistoryLimit"] == 1)
        #expect(cron["jobTemplate"]?["spec"]?["backoffLimit"] == nil)
    }
}
