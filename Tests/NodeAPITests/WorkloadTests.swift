import Basics
import Formats
import ObjectStore
import Reactor
import Testing

@testable import NodeAPI

@MainLoop @Suite("Kinds that make and guard pods") struct WorkloadTests {
    let node: TestNode

    init() throws { node = try TestNode() }

    private static let table = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
    private static let jobs = "/apis/batch/v1/namespaces/default/jobs"
    private static let budgets = "/apis/policy/v1/namespaces/default/poddisruptionbudgets"
    private static let sets = "/apis/apps/v1/namespaces/default/statefulsets"

    private func columns(_ path: String) async -> [String] {
        let reply = await node.call("GET", path, accept: Self.table)
        return reply.json["columnDefinitions"]?.array?.map { column in
            let isWide = column["priority"] == 1
            return (column["name"]?.string ?? "") + (isWide ? "*" : "")
        } ?? []
    }

    @Test(arguments: [
        ("apps/v1/statefulsets", "Name Ready Age Containers* Images*"),
        (
            "apps/v1/daemonsets",
            "Name Desired Current Ready Up-to-date Available Node_Selector Age Containers* Images*"
                + " Selector*"
        ),
        ("apps/v1/controllerrevisions", "Name Controller Revision Age"),
        (
            "batch/v1/jobs",
            "Name Status Completions Duration Age Containers* Images* Selector*"
        ),
        (
            "batch/v1/cronjobs",
            "Name Schedule Timezone Suspend Active Last_Schedule Age Containers* Images* Selector*"
        ),
        (
            "policy/v1/poddisruptionbudgets",
            "Name Min_Available Max_Unavailable Allowed_Disruptions Age"
        ),
        (
            "scheduling.k8s.io/v1/priorityclasses",
            "Name Value Global-Default Age PreemptionPolicy"
        ),
    ])
    func `tables have the columns of kubectl`(path: String, expected: String) async {
        let names = expected.split(separator: " ").map { $0.replacing("_", with: " ") }.map(
            String.init
        )
        #expect(await columns("/apis/" + path) == names)
    }

    private func job(_ name: String, _ change: (inout JSON) -> Void = { _ in }) -> JSON {
        var job: JSON = [
            "metadata": ["name": .string(name)],
            "spec": [
                "template": [
                    "spec": [
                        "restartPolicy": "Never", "containers": [["name": "a", "image": "a"]],
                    ]
                ]
            ],
        ]
        change(&job)
        return job
    }

    @Test func `a Job gets its selector, labels and defaults`() async {
        let reply = await node.call("POST", Self.jobs, job("w") { $0["metadata"]?["uid"] = "x" })
        #expect(reply.status == 201, "\(reply.text)")
        let (metadata, spec) = (reply.json["metadata"], reply.json["spec"])
        let uid = metadata?["uid"] ?? .null
        #expect(uid != "x")
        #expect(spec?["selector"]?["matchLabels"] == ["batch.kubernetes.io/controller-uid": uid])
        let labels = spec?["template"]?["metadata"]?["labels"]
        #expect(labels?["controller-uid"] == uid && labels?["batch.kubernetes.io/job-name"] == "w")
        #expect(metadata?["labels"]?["job-name"] == "w")
        #expect(spec?["completions"] == 1 && spec?["parallelism"] == 1)
        #expect(spec?["backoffLimit"] == 6 && spec?["completionMode"] == "NonIndexed")
        #expect(spec?["podReplacementPolicy"] == "TerminatingOrFailed")
        // The object may be sent back as it is.
        let same = await node.call("PUT", Self.jobs + "/w", reply.json)
        #expect(same.status == 200 && same.json == reply.json, "\(same.text)")
        let named = await node.call(
            "POST",
            Self.jobs,
            job("") { $0["metadata"] = ["generateName": "w-"] }
        )
        let name = named.json["metadata"]?["name"] ?? .null
        #expect(named.json["spec"]?["template"]?["metadata"]?["labels"]?["job-name"] == name)
    }

    @Test func `what may not change of a Job is refused`() async {
        var made = await node.call("POST", Self.jobs, job("w")).json
        made.set("b", at: FieldPath("spec.template.spec.containers")[0] + "image")
        let reply = await node.call("PUT", Self.jobs + "/w", made)
        #expect(reply.status == 422)
        #expect(reply.json["message"]?.string?.contains("field is immutable") == true)
        let always = job("x") { $0["spec"]?["template"]?["spec"]?["restartPolicy"] = nil }
        let wrong = await node.call("POST", Self.jobs, always)
        #expect(
            wrong.json["message"]?.string?.hasPrefix(
                "Job \"x\" is invalid: spec.template.spec.restartPolicy: Required value: valid"
                    + " values: \"OnFailure\", \"Never\""
            ) == true
        )
        let own = job("y") { $0["spec"]?["selector"] = ["matchLabels": ["a": "b"]] }
        let selected = await node.call("POST", Self.jobs, own)
        #expect(selected.json["message"]?.string?.contains("`selector` not auto-generated") == true)
    }

    @Test(
        arguments: [
            (["status": [:]], "Running 0/3 "),
            (
                [
                    "status": [
                        "succeeded": 2, "conditions": [["type": "Complete", "status": "True"]],
                    ]
                ], "Complete 2/3 "
            ),
            (
                ["status": ["conditions": [["type": "Suspended", "status": "True"]]]],
                "Suspended 0/3 "
            ),
            (
                [
                    "status": [
                        "startTime": "2026-01-01T00:00:00Z",
                        "completionTime": "2026-01-01T00:01:30Z",
                        "conditions": [["type": "Failed", "status": "True"]],
                    ]
                ], "Failed 0/3 90s"
            ),
        ] as [(JSON, String)]
    )
    func `the cells of a Job`(status: JSON, expected: String) async throws {
        let made = await node.call("POST", Self.jobs, job("w") { $0["spec"]?["completions"] = 3 })
        try node.store.updateStatus(
            uid: made.json["metadata"]?["uid"]?.string ?? "",
            status["status"] ?? [:]
        )
        let reply = await node.call("GET", Self.jobs, accept: Self.table)
        let cells = reply.json["rows"]?[0]?["cells"]?.array?.dropFirst().prefix(3) ?? []
        #expect(cells.map { $0.string ?? "" }.joined(separator: " ") == expected)
    }

    @Test func `a StatefulSet changes only where it may, and scales`() async {
        let set: JSON = [
            "metadata": ["name": "db"],
            "spec": [
                "serviceName": "db", "selector": ["matchLabels": ["app": "db"]],
                "template": [
                    "metadata": ["labels": ["app": "db"]],
                    "spec": ["containers": [["name": "a", "image": "a"]]],
                ],
            ],
        ]
        let made = await node.call("POST", Self.sets, set)
        #expect(made.json["spec"]?["podManagementPolicy"] == "OrderedReady")
        #expect(
            made.json["spec"]?["updateStrategy"]
                == ["type": "RollingUpdate", "rollingUpdate": ["partition": 0]]
        )
        var other = made.json
        other["spec"]?["serviceName"] = "x"
        let refused = await node.call("PUT", Self.sets + "/db", other)
        #expect(refused.status == 422)
        #expect(
            refused.json["message"]?.string?.contains(
                "spec: Forbidden: updates to statefulset spec for fields other than 'replicas',"
                    + " 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit',"
                    + " 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
            ) == true
        )
        let scaled = await node.call(
            "PATCH",
            Self.sets + "/db/scale",
            ["spec": ["replicas": 3]],
            type: "application/merge-patch+json"
        )
        #expect(scaled.json["spec"]?["replicas"] == 3)
        #expect(scaled.json["status"]?["selector"] == "app=db")
    }

    @Test func `pods of controllers pass what pods of clients pass`() async throws {
        _ = await node.call(
            "POST",
            "/api/v1/namespaces/default/resourcequotas",
            ["metadata": ["name": "small"], "spec": ["hard": ["pods": "1"]]]
        )
        let pod: JSON = [
            "metadata": ["generateName": "w-", "namespace": "default"],
            "spec": ["containers": [["name": "a", "image": "a"]]],
        ]
        let made = try await node.api.createPod(pod)
        #expect(made["spec"]?["nodeName"] == "box" && made["status"]?["phase"] == "Pending")
        #expect(made["metadata"]?["managedFields"] == nil)
        do {
            _ = try await node.api.createPod(pod)
            Issue.record("the quota is exceeded")
        } catch {
            #expect(error.what.hasPrefix("pods \"w-\" is forbidden: exceeded quota: small"))
        }
    }

    // MARK: Deletion

    @Test func `a namespace goes with the last of its finalizers`() async {
        let spec: JSON = ["finalizers": ["example.com/f"]]
        _ = await node.call(
            "POST",
            "/api/v1/namespaces",
            ["metadata": ["name": "x"], "spec": spec]
        )
        let marked = await node.call("DELETE", "/api/v1/namespaces/x")
        #expect(marked.json["status"]?["phase"] == "Terminating")
        let path = "/api/v1/namespaces/x/finalize"
        let kept = await node.call("PUT", path, ["spec": spec])
        #expect(kept.status == 200 && kept.json["spec"] == spec)
        #expect(await node.call("PUT", path, ["spec": ["finalizers": []]]).status == 200)
        #expect(await node.call("GET", "/api/v1/namespaces/x").status == 404)
    }

    @Test func `a deletion in the foreground waits for its dependents, one in the background not`()
        async
    {
        for name in ["a", "b", "c"] { _ = await node.call("POST", Self.jobs, job(name)) }
        let front = await node.call(
            "DELETE",
            Self.jobs + "/a",
            ["propagationPolicy": "Foreground"]
        )
        #expect(front.status == 200 && front.json["kind"] == "Job")
        #expect(front.json["metadata"]?["finalizers"] == ["foregroundDeletion"])
        #expect(front.json["metadata"]?["deletionTimestamp"] != nil)
        #expect(await node.call("GET", Self.jobs + "/a").status == 200)
        // Another deletion may be less patient.
        let back = await node.call(
            "DELETE",
            Self.jobs + "/a",
            ["propagationPolicy": "Background"]
        )
        #expect(back.json["status"] == "Success")
        #expect(await node.call("GET", Self.jobs + "/a").status == 404)
        #expect(await node.call("DELETE", Self.jobs + "/b").json["status"] == "Success")
        let both: JSON = ["propagationPolicy": "Orphan", "orphanDependents": true]
        #expect(await node.call("DELETE", Self.jobs + "/c", both).status == 400)
    }

    // MARK: Evictions

    private func evict(_ name: String) async -> TestNode.Reply {
        let body: JSON = [
            "apiVersion": "policy/v1", "kind": "Eviction", "metadata": ["name": .string(name)],
        ]
        return await node.call("POST", TestNode.pods + "/\(name)/eviction", body)
    }

    private func budget(_ name: String, _ status: JSON) async throws {
        let made = await node.call(
            "POST",
            Self.budgets,
            [
                "metadata": ["name": .string(name)],
                "spec": ["minAvailable": 1, "selector": ["matchLabels": ["app": "web"]]],
            ]
        )
        #expect(made.status == 201, "\(made.text)")
        let uid = made.json["metadata"]?["uid"]?.string ?? ""
        try node.store.updateStatus(uid: uid, status)
    }

    private func runningPod(_ name: String, isReady: Bool = true) async throws {
        await node.pod(name) { $0["metadata"]?["labels"] = ["app": "web"] }
        let ready: JSON = ["type": "Ready", "status": isReady ? "True" : "False"]
        try node.setStatus(["phase": "Running", "conditions": [ready]], of: name)
    }

    @Test func `an eviction takes from the budget, and is refused when nothing is left`()
        async throws
    {
        try await runningPod("a")
        try await runningPod("b")
        try await budget(
            "web",
            [
                "observedGeneration": 1, "disruptionsAllowed": 1, "currentHealthy": 2,
                "desiredHealthy": 1, "expectedPods": 2,
            ]
        )
        #expect(await evict("a").status == 201)
        let pod = await node.call("GET", TestNode.pods + "/a").json
        #expect(pod["metadata"]?["deletionTimestamp"] != nil)
        let mark = pod["status"]?["conditions"]?.array?.first { $0["type"] == "DisruptionTarget" }
        #expect(mark?["reason"] == "EvictionByEvictionAPI")
        let budget = await node.call("GET", Self.budgets + "/web").json
        #expect(budget["status"]?["disruptionsAllowed"] == 0)
        #expect(budget["status"]?["disruptedPods"]?["a"] != nil)
        let refused = await evict("b")
        #expect(refused.status == 429 && refused.json["reason"] == "TooManyRequests")
        #expect(
            refused.json["message"]
                == "Cannot evict pod as it would violate the pod's disruption budget."
        )
        #expect(
            refused.json["details"]?["causes"]?[0] == [
                "reason": "DisruptionBudget",
                "message": "The disruption budget web needs 1 healthy pods and has 2 currently",
            ]
        )
        // What goes already may be evicted again.
        #expect(await evict("a").status == 201)
    }

    @Test func `budgets that are not counted yet, or are two, refuse; pods that do not run may go`()
        async throws
    {
        try await runningPod("a")
        try await budget("one", [:])
        let early = await evict("a")
        #expect(early.status == 429 && early.json["details"]?["retryAfterSeconds"] == 10)
        try await budget("two", [:])
        #expect(await evict("a").status == 500)
        try node.setStatus(["phase": "Pending"], of: "a")
        #expect(await evict("a").status == 201)
        #expect(await evict("none").status == 404)
    }

    @Test func `a pod that is not ready may go if the others are enough`() async throws {
        try await runningPod("a", isReady: false)
        let counted: JSON = ["observedGeneration": 1, "currentHealthy": 1, "desiredHealthy": 1]
        try await budget("web", counted)
        #expect(await evict("a").status == 201)
    }
}
