import Foundation
import TestKit
import Testing

/// What makes pods, with the real kubectl and real pods.
@Suite("Workloads") struct WorkloadTests {
    private static let lasting = "trap 'exit 0' TERM; while true; do sleep 0.1; done"

    /// A container of the built-in image that runs a shell command.
    private static func container(_ command: String, more: String = "") -> String {
        "{name: main, image: remora/busybox, imagePullPolicy: IfNotPresent,"
            + " command: [sh, -c, \(flowText(command))]\(more)}"
    }

    private static func flowText(_ text: String) -> String {
        // kubectl's YAML knows no escaped slash.
        String(flowSequence([text]).dropFirst().dropLast()).replacingOccurrences(
            of: "\\/",
            with: "/"
        )
    }

    @Test func `a deployment is rolled out, undone, paused and deleted in the foreground`()
        async throws
    {
        try await Kubectl.with { kubectl in
            try await kubectl.apply(
                """
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: web}
                spec:
                  replicas: 2
                  selector: {matchLabels: {app: web}}
                  template:
                    metadata: {labels: {app: web}}
                    spec:
                      terminationGracePeriodSeconds: 1
                      containers: [\(Self.container(Self.lasting))]
                """
            )
            let first = try await kubectl("rollout", "status", "deployment/web")
            #expect(first.contains("successfully rolled out"))
            try await kubectl("set", "env", "deployment/web", "VERSION=two")
            try await kubectl("rollout", "status", "deployment/web")
            let history = try await kubectl("rollout", "history", "deployment/web")
            #expect(history.contains("\n1 ") && history.contains("\n2 "))
            try await kubectl("rollout", "undo", "deployment/web")
            try await kubectl("rollout", "status", "deployment/web")
            let undone = try await kubectl("rollout", "history", "deployment/web")
            #expect(!undone.contains("\n1 ") && undone.contains("\n3 "))
            let variables = try await kubectl(
                "get",
                "pods",
                "-l",
                "app=web",
                "-o",
                "jsonpath={.items[*].spec.containers[0].env}"
            )
            #expect(variables.isEmpty)
            try await kubectl("rollout", "pause", "deployment/web")
            try await kubectl("scale", "--replicas=1", "deployment/web")
            try await kubectl("rollout", "resume", "deployment/web")
            try await kubectl("rollout", "status", "deployment/web")
            let described = try await kubectl("describe", "deployment", "web")
            #expect(described.contains("Scaled up replica set web-"))
            #expect(described.contains("NewReplicaSetAvailable"))
            try await kubectl("delete", "deployment", "web", "--cascade=foreground")
            #expect(try await kubectl("get", "pods,rs", "-o", "name") == "")
        }
    }

    @Test func `a StatefulSet starts and stops in order and keeps its claims`() async throws {
        try await Kubectl.with { kubectl in
            let write = "test -e /data/name || hostname > /data/name; cat /data/name; "
            try await kubectl.apply(
                """
                apiVersion: apps/v1
                kind: StatefulSet
                metadata: {name: db}
                spec:
                  serviceName: db
                  replicas: 2
                  selector: {matchLabels: {app: db}}
                  template:
                    metadata: {labels: {app: db}}
                    spec:
                      terminationGracePeriodSeconds: 1
                      containers:
                      - \(Self.container(
                          write + Self.lasting,
                          more: ", volumeMounts: [{name: data, mountPath: /data}]"
                      ))
                  volumeClaimTemplates:
                  - metadata: {name: data}
                    spec:
                      accessModes: [ReadWriteOnce]
                      resources: {requests: {storage: 1Mi}}
                """
            )
            try await kubectl("rollout", "status", "statefulset/db")
            func times(_ path: String) async throws -> [String] {
                try await kubectl(
                    "get",
                    "pods",
                    "-l",
                    "app=db",
                    "--sort-by=.metadata.name",
                    "-o",
                    "jsonpath={range .items[*]}{\(path)}{\"\\n\"}{end}"
                ).split(separator: "\n").map(String.init)
            }
            let names = try await times(".metadata.name")
            #expect(names == ["db-0", "db-1"])
            let ready = try await times(
                ".status.conditions[?(@.type==\"Ready\")].lastTransitionTime"
            )
            let created = try await times(".metadata.creationTimestamp")
            #expect(ready[0] <= created[1])
            #expect(
                try await kubectl("get", "pvc", "-o", "name")
                    == "persistentvolumeclaim/data-db-0\npersistentvolumeclaim/data-db-1\n"
            )
            try await kubectl("set", "env", "statefulset/db", "VERSION=two")
            try await kubectl("rollout", "status", "statefulset/db")
            #expect(try await kubectl("logs", "db-1").contains("db-1"))
            let history = try await kubectl("rollout", "history", "statefulset/db")
            #expect(history.contains("\n1 ") && history.contains("\n2 "))
            try await kubectl("rollout", "undo", "statefulset/db")
            try await kubectl("rollout", "status", "statefulset/db")
            #expect(try await times(".spec.containers[0].env").isEmpty)
            try await kubectl("scale", "--replicas=0", "statefulset/db")
            try await kubectl("wait", "--for=delete", "pod/db-0", "pod/db-1", "--timeout=30s")
            #expect(try await kubectl("get", "pvc", "-o", "name").contains("data-db-1"))
            try await kubectl("delete", "statefulset", "db")
        }
    }

    @Test func `Jobs complete beside their sidecars, by index, and fail at their limit`()
        async throws
    {
        try await Kubectl.with { kubectl in
            let template = "terminationGracePeriodSeconds: 1, restartPolicy: Never"
            try await kubectl.apply(
                """
                apiVersion: batch/v1
                kind: Job
                metadata: {name: beside}
                spec:
                  template:
                    spec:
                      terminationGracePeriodSeconds: 1
                      restartPolicy: Never
                      initContainers:
                      - {name: side, image: remora/busybox, imagePullPolicy: IfNotPresent,
                         restartPolicy: Always, command: [sh, -c, \(Self.flowText(Self.lasting))]}
                      containers: [\(Self.container("echo done"))]
                ---
                apiVersion: batch/v1
                kind: Job
                metadata: {name: many}
                spec:
                  completions: 3
                  parallelism: 2
                  completionMode: Indexed
                  template:
                    spec: {\(template),
                      containers: [\(Self.container("echo $JOB_COMPLETION_INDEX of $(hostname)"))]}
                ---
                apiVersion: batch/v1
                kind: Job
                metadata: {name: never}
                spec:
                  podFailurePolicy:
                    rules: [{action: FailJob, onExitCodes: {operator: In, values: [42]}}]
                  template:
                    spec: {\(template), containers: [\(Self.container("exit 42"))]}
                """
            )
            try await kubectl("wait", "--for=condition=complete", "job/beside", "job/many")
            let index = "batch.kubernetes.io/job-completion-index=2"
            #expect(try await kubectl("logs", "-l", index) == "2 of many-2\n")
            let completed = ["jsonpath={.status.completedIndexes} {.status.succeeded}"]
            #expect(try await kubectl("get", "job", "many", "-o", completed[0]) == "0-2 3")
            try await kubectl("wait", "--for=condition=failed", "job/never")
            let reason = "jsonpath={.status.conditions[?(@.type==\"Failed\")].message}"
            let message = try await kubectl("get", "job", "never", "-o", reason)
            #expect(message.contains("failed with exit code 42 matching FailJob rule at index 0"))
            let table = try await kubectl("get", "jobs")
            #expect(table.contains("Complete") && table.contains("3/3") && table.contains("Failed"))
            // What kubectl sends in protobuf, and a Job by hand from a CronJob.
            try await kubectl("create", "job", "typed", "--image=remora/busybox", "--", "true")
            try await kubectl(
                "create",
                "cronjob",
                "cron",
                "--image=remora/busybox",
                "--schedule=0 0 1 1 *",
                "--",
                "true"
            )
            try await kubectl("create", "job", "now", "--from=cronjob/cron")
            try await kubectl("wait", "--for=condition=complete", "job/now", "job/typed")
            try await kubectl("create", "pdb", "guard", "--selector=app=x", "--min-available=0")
            try await kubectl("create", "priorityclass", "high", "--value=7")
            try await kubectl("delete", "cronjob", "cron")
            try await eventually(within: .seconds(10), "the CronJob's Job is gone") {
                try await !kubectl("get", "jobs", "-o", "name").contains("job.batch/now")
            }
            #expect(try await kubectl("get", "pods", "-l", "job-name=typed").contains("Completed"))
        }
    }

    @Test func `a Job counts each pod once though the engine is killed`() async throws {
        try await withEngine { engine in
            try await engine.apply(
                """
                apiVersion: batch/v1
                kind: Job
                metadata: {name: work}
                spec:
                  completions: 4
                  parallelism: 2
                  template:
                    spec:
                      restartPolicy: Never
                      containers: [\(Self.container("sleep 0.3"))]
                """
            )
            for pause in [150, 250, 350] { try await engine.crash(after: pause) }
            try await eventually(within: .seconds(30), "the Job is complete") {
                let path = "jsonpath={.status.succeeded} {.status.conditions[*].type}"
                let job = try await engine.remora("get", "jobs", "work", "-o", path)
                return job.output == "4 SuccessCriteriaMet Complete"
            }
            let pods = try await engine.remora("get", "pods", "-o", "name")
            #expect(pods.output.split(separator: "\n").count == 4)
        }
    }

    @Test func `a daemon runs once, and an eviction waits for the budget`() async throws {
        try await Kubectl.with { kubectl in
            try await kubectl.apply(
                """
                apiVersion: apps/v1
                kind: DaemonSet
                metadata: {name: agent}
                spec:
                  selector: {matchLabels: {app: agent}}
                  template:
                    metadata: {labels: {app: agent}}
                    spec:
                      terminationGracePeriodSeconds: 1
                      containers: [\(Self.container(Self.lasting))]
                ---
                apiVersion: policy/v1
                kind: PodDisruptionBudget
                metadata: {name: agent}
                spec: {minAvailable: 1, selector: {matchLabels: {app: agent}}}
                """
            )
            try await kubectl("rollout", "status", "daemonset/agent")
            let name = try await kubectl("get", "pods", "-o", "name").dropFirst("pod/".count)
                .trimmingCharacters(in: .newlines)
            try await eventually(within: .seconds(10), "the budget counts its pod") {
                try await kubectl("get", "pdb", "agent", "-o", "jsonpath={.status.currentHealthy}")
                    == "1"
            }
            let body = """
                {"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"\(name)"}}
                """
            let path = "/api/v1/namespaces/default/pods/\(name)/eviction"
            let refused = try await kubectl.run(["create", "--raw", path, "-f", "-"], input: body)
            #expect(!refused.succeeded)
            #expect(refused.errors.contains("would violate the pod's disruption budget"))
            try await kubectl("delete", "pdb", "agent")
            try await kubectl("create", "--raw", path, "-f", "-", input: body)
            try await eventually(within: .seconds(20), "another takes its place") {
                let pods = try await kubectl("get", "pods", "-o", "name")
                return pods != "" && !pods.contains(name)
            }
            try await kubectl("delete", "daemonset", "agent")
        }
    }

    @Test func `up follows a Job to its end and gives its outcome`() async throws {
        try await withEngine { engine in
            let file = try engine.folder.write(
                """
                apiVersion: batch/v1
                kind: Job
                metadata: {name: task}
                spec:
                  backoffLimit: 0
                  template:
                    spec:
                      restartPolicy: Never
                      containers: [\(Self.container("echo working; exit 3"))]
                """,
                to: "task.yaml"
            )
            let up = try await engine.remora("up", "-f", file)
            #expect(up.code == 3, "\(up.errors)")
            #expect(up.output.contains("working"))
            _ = try await engine.remora("down", "job/task")
        }
    }
}
