import Foundation
import TestKit
import Testing

/// The node as an object that administrators change, with real pods.
@Suite("The node", .engineLimit) struct NodeTests {
    private static let lasting = "trap 'exit 0' TERM; while true; do sleep 0.1; done"

    private static func pod(_ name: String, _ fields: String = "") -> String {
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: \(name), labels: {app: \(name)}}
        spec:
          terminationGracePeriodSeconds: 1
          containers:
          - name: main
            image: remora/busybox
            imagePullPolicy: IfNotPresent
            command: [sh, -c, "\(lasting)"]
        \(fields)
        """
    }

    @Test func `a cordoned node starts no new pods until it is open again`() async throws {
        try await withEngine(Kubectl.options) { engine in
            _ = try engine.folder.write(Self.pod("first"), to: "first.yaml")
            _ = try engine.folder.write(Self.pod("second"), to: "second.yaml")
            _ = try engine.folder.write(
                Self.pod("hardy", "  tolerations: [{operator: Exists}]"),
                to: "hardy.yaml"
            )
            let kubectl = try await Kubectl(engine)
            let node = try await kubectl("get", "nodes", "-o", "name")
                .trimmingCharacters(in: .whitespacesAndNewlines)
            let steps = try await kubectl.run(
                """
                $ k apply -f first.yaml
                $ k wait --for=condition=Ready pod/first --timeout=30s
                $ k cordon \(node)
                > cordoned
                $ k get \(node)
                > Ready,SchedulingDisabled
                $ k apply -f second.yaml
                > pod/second created
                $ k get pod second -o jsonpath='{.status.conditions[?(@.type=="PodScheduled")].message}'
                > 0/1 nodes are available: 1 node(s) were unschedulable. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.
                ~ 10
                $ k describe pod second
                > FailedScheduling
                > default-scheduler
                ~ 10
                $ k get pod second -o wide
                > Pending
                $ k logs second
                = 1
                > pod second does not have a host assigned
                $ k get pod first
                > Running
                $ k apply -f hardy.yaml
                $ k wait --for=condition=Ready pod/hardy --timeout=30s
                $ k describe \(node)
                > Unschedulable:      true
                > node.kubernetes.io/unschedulable:NoSchedule
                $ k uncordon \(node)
                > uncordoned
                $ k wait --for=condition=Ready pod/second --timeout=30s
                $ k get events --field-selector=reason=Scheduled
                > Successfully assigned default/second to
                """
            )
            #expect(steps >= 15)
        }
    }

    @Test func `labels, annotations and taints are kept, and decide`() async throws {
        try await withEngine(Kubectl.options) { engine in
            let choosy = Self.pod("choosy", "  nodeSelector: {disk: fast}")
            _ = try engine.folder.write(choosy, to: "choosy.yaml")
            _ = try engine.folder.write(Self.pod("plain"), to: "plain.yaml")
            let patient =
                "  tolerations: [{key: evil, operator: Exists, effect: NoExecute, tolerationSeconds: 2}]"
            _ = try engine.folder.write(Self.pod("patient", patient), to: "patient.yaml")
            let kubectl = try await Kubectl(engine)
            let node = try await kubectl("get", "nodes", "-o", "name")
                .trimmingCharacters(in: .whitespacesAndNewlines)
            let name = node.dropFirst("node/".count)
            _ = try await kubectl.run(
                """
                $ k apply -f choosy.yaml
                $ k get events --field-selector=reason=FailedScheduling
                > 1 node(s) didn't match Pod's node affinity/selector
                ~ 10
                $ k label \(node) disk=fast
                > labeled
                $ k wait --for=condition=Ready pod/choosy --timeout=30s
                $ k annotate \(node) note=kept
                > annotated
                $ k taint nodes \(name) dedicated=db:NoSchedule
                > tainted
                $ k apply -f plain.yaml
                $ k get events --field-selector=reason=FailedScheduling
                > 1 node(s) had untolerated taint {dedicated: db}
                ~ 10
                $ k patch \(node) -p '{"metadata":{"labels":{"more":"yes"}}}'
                > patched
                """
            )
            try await engine.crash()
            try await engine.start(Kubectl.options)
            let again = try await Kubectl(engine)
            _ = try await again.run(
                """
                $ k get \(node) --show-labels
                > disk=fast
                > more=yes
                > kubernetes.io/os=linux
                $ k get \(node) -o yaml
                > note: kept
                > key: dedicated
                $ k get pod choosy
                > Running
                $ k get pod plain
                > Pending
                $ k taint nodes \(name) dedicated-
                > untainted
                $ k wait --for=condition=Ready pod/plain --timeout=30s
                $ k apply -f patient.yaml
                $ k wait --for=condition=Ready pod/patient --timeout=30s
                $ k taint nodes \(name) evil=1:NoExecute
                > tainted
                $ k wait --for=delete pod/plain --timeout=30s
                $ k get events --field-selector=reason=TaintManagerEviction
                > Marking for deletion Pod default/plain
                $ k wait --for=delete pod/patient --timeout=30s
                """
            )
        }
    }

    @Test func `a drain evicts within budgets, leaves daemons, and new pods wait`() async throws {
        try await withEngine(Kubectl.options) { engine in
            let kubectl = try await Kubectl(engine)
            let node = try await kubectl("get", "nodes", "-o", "name")
                .trimmingCharacters(in: .whitespacesAndNewlines)
            _ = try engine.folder.write(Self.workloads, to: "all.yaml")
            _ = try await kubectl.run(
                """
                $ k apply -f all.yaml
                $ k rollout status deployment/web --timeout=60s
                $ k rollout status daemonset/agent --timeout=60s
                $ k wait --for=condition=Ready pod/scratch --timeout=30s
                $ k get pdb web -o jsonpath='{.status.disruptionsAllowed}'
                > 1
                ~ 10
                $ k drain \(node) --timeout=20s
                = 1
                > cannot delete DaemonSet-managed Pods
                > cannot delete Pods with local storage
                $ k drain \(node) --ignore-daemonsets --delete-emptydir-data --force --timeout=8s
                = 1
                > evicting pod default/scratch
                > Cannot evict pod as it would violate the pod's disruption budget.
                $ k get pods -l app=web --field-selector=status.phase=Pending -o name
                > pod/web
                $ k delete pdb web
                $ k drain \(node) --ignore-daemonsets --delete-emptydir-data --force --timeout=60s
                > drained
                $ k get pods -l app=agent
                > Running
                $ k get pods -l app=web -o jsonpath='{.items[*].status.phase}'
                > Pending Pending
                $ k get pod scratch
                = 1
                $ k uncordon \(node)
                $ k rollout status deployment/web --timeout=60s
                > successfully rolled out
                """
            )
        }
    }

    private static let workloads = """
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
              containers:
              - name: main
                image: remora/busybox
                imagePullPolicy: IfNotPresent
                command: [sh, -c, "\(lasting)"]
        ---
        apiVersion: policy/v1
        kind: PodDisruptionBudget
        metadata: {name: web}
        spec:
          minAvailable: 1
          selector: {matchLabels: {app: web}}
        ---
        apiVersion: apps/v1
        kind: DaemonSet
        metadata: {name: agent}
        spec:
          selector: {matchLabels: {app: agent}}
          template:
            metadata: {labels: {app: agent}}
            spec:
              terminationGracePeriodSeconds: 1
              containers:
              - name: main
                image: remora/busybox
                imagePullPolicy: IfNotPresent
                command: [sh, -c, "\(lasting)"]
        ---
        \(pod("scratch", "  volumes: [{name: data, emptyDir: {}}]"))
        """
}
