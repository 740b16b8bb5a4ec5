import Basics
import Formats
import ObjectStore
import PodModel
import Reactor
import Testing

@testable import Node

@MainLoop @Suite("StatefulSets and DaemonSets") struct StatefulSetTests {
    let world: ControllerWorld

    init() throws { world = try ControllerWorld() }

    static let manifest = """
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: {name: db}
        spec:
          replicas: 2
          serviceName: dbs
          selector: {matchLabels: {app: db}}
          template:
            metadata: {labels: {app: db}}
            spec:
              containers:
              - {name: main, image: "a:1", volumeMounts: [{name: data, mountPath: /data}]}
          volumeClaimTemplates:
          - metadata: {name: data}
            spec:
              accessModes: [ReadWriteOnce]
              resources: {requests: {storage: 1Gi}}
        """

    private var set: JSON { world.get("statefulsets", "db") }

    private func change(_ body: (inout JSON) -> Void) throws {
        try world.store.modify(uid: set["metadata"]?["uid"]?.string ?? "", .body, body)
    }

    private func rollOut() async throws {
        for _ in 0..<20 {
            try await world.settle()
            try world.readyAll()
            try world.bury()
        }
        try await world.settle()
    }

    @Test func `a pod has its name, its host, its claim and its labels`() async throws {
        try world.create("statefulsets", Self.manifest)
        try await world.settle()
        #expect(world.living == ["db-0"])
        let pod = world.pods[0]
        #expect(pod["spec"]?["hostname"] == "db-0" && pod["spec"]?["subdomain"] == "dbs")
        let labels = pod["metadata"]?["labels"]
        #expect(labels?["statefulset.kubernetes.io/pod-name"] == "db-0")
        #expect(labels?["apps.kubernetes.io/pod-index"] == "0")
        #expect(labels?[Revisions.label] == set["status"]?["updateRevision"])
        let volume: JSON = [
            "name": "data", "persistentVolumeClaim": ["claimName": "data-db-0"],
        ]
        #expect(pod["spec"]?["volumes"] == [volume])
        let claim = world.get("persistentvolumeclaims", "data-db-0")
        #expect(claim["metadata"]?["labels"]?["app"] == "db")
        #expect(claim["status"]?["phase"] == "Bound")
        #expect(claim["metadata"]?["ownerReferences"] == nil)
        #expect(
            world.events.contains("SuccessfulCreate: create Pod db-0 in StatefulSet db successful")
        )
        try await rollOut()
        #expect(world.living == ["db-0", "db-1"])
        #expect(set["status"]?["availableReplicas"] == 2)
        #expect(set["status"]?["currentRevision"] == set["status"]?["updateRevision"])
    }

    @Test func `revisions are kept, used again, and trimmed`() async throws {
        try world.create("statefulsets", Self.manifest)
        try change { $0["spec"]?["revisionHistoryLimit"] = 1 }
        func setImage(_ image: String) throws {
            try change {
                $0.set(.string(image), at: FieldPath("spec.template.spec.containers")[0] + "image")
            }
        }
        func revisions() -> [Int: String] {
            var known: [Int: String] = [:]
            for revision in world.store.list(.init("controllerrevisions")) {
                let image = revision["data"]?.value(
                    at: FieldPath("spec.template.spec.containers")[0] + "image"
                )
                known[revision["revision"]?.int ?? 0] = image?.string
            }
            return known
        }
        try await rollOut()
        try setImage("a:2")
        try await world.settle()
        #expect(world.living == ["db-0"])
        #expect(revisions() == [1: "a:1", 2: "a:2"])
        try await rollOut()
        try setImage("a:1")
        try await rollOut()
        #expect(revisions() == [2: "a:2", 3: "a:1"])
        try setImage("a:3")
        try await rollOut()
        #expect(revisions() == [3: "a:1", 4: "a:3"])
        let data = world.store.list(.init("controllerrevisions"))[0]["data"]
        #expect(data?["spec"]?["template"]?["$patch"] == "replace")
    }

    @Test func `claims of pods that are gone for good go as the policy says`() async throws {
        try world.create("statefulsets", Self.manifest)
        try change {
            $0["spec"]?["persistentVolumeClaimRetentionPolicy"] = [
                "whenDeleted": "Retain", "whenScaled": "Delete",
            ]
        }
        try await rollOut()
        try change { $0["spec"]?["replicas"] = 1 }
        try await world.settle()
        let claim = world.get("persistentvolumeclaims", "data-db-1")
        #expect(claim.value(at: FieldPath("metadata.ownerReferences")[0] + "name") == "db-1")
        let other = world.get("persistentvolumeclaims", "data-db-0")
        #expect(other["metadata"]?["ownerReferences"] == nil)
    }

    // MARK: DaemonSets

    static let daemon = """
        apiVersion: apps/v1
        kind: DaemonSet
        metadata: {name: agent}
        spec:
          selector: {matchLabels: {app: agent}}
          template:
            metadata: {labels: {app: agent}}
            spec:
              nodeSelector: {disk: fast}
              containers: [{name: main, image: "a:1"}]
        """

    private var daemons: JSON { world.get("daemonsets", "agent") }

    @Test func `a daemon runs once on the node, and rolls to a new template`() async throws {
        try world.create("daemonsets", Self.daemon)
        try await rollOut()
        #expect(world.living.count == 1)
        #expect(daemons["status"]?["numberReady"] == 1)
        #expect(daemons["status"]?["numberAvailable"] == 1)
        let before = world.living
        let image = FieldPath("spec.template.spec.containers")[0] + "image"
        try world.store.modify(uid: daemons["metadata"]?["uid"]?.string ?? "") {
            $0.set("a:2", at: image)
        }
        try await world.settle()
        #expect(world.living.isEmpty)
        try await rollOut()
        #expect(world.living.count == 1 && world.living != before)
        #expect(daemons["status"]?["updatedNumberScheduled"] == 1)
        let hash = world.pods[0]["metadata"]?["labels"]?[Revisions.label]?.string ?? ""
        let revisions = world.store.list(.init("controllerrevisions"))
        #expect(revisions.contains { $0["metadata"]?["name"] == .string("agent-" + hash) })
    }

    @Test func `a node that does not fit runs none`() async throws {
        try world.create("daemonsets", Self.daemon.replacing("disk: fast", with: "disk: slow"))
        try await rollOut()
        #expect(world.living.isEmpty)
        #expect(daemons["status"]?["desiredNumberScheduled"] == 0)
        let node = world.store.get(ObjectKey("nodes", "", "box"))
        try world.store.modify(uid: node?["metadata"]?["uid"]?.string ?? "") {
            $0["metadata"]?["labels"]?["disk"] = "slow"
        }
        try await rollOut()
        #expect(world.living.count == 1)
    }

    @Test func `a failed daemon is told, removed and made again`() async throws {
        try world.create("daemonsets", Self.daemon)
        try await rollOut()
        let name = world.living[0]
        try world.end(name, code: 1)
        let verdicts = try await world.settle()
        // The next one waits a moment, so that one that fails at once does not fail all the time.
        #expect(verdicts.contains { if case .again = $0 { true } else { false } })
        #expect(world.pods.count == 1)
        #expect(
            world.events.contains(
                "FailedDaemonPod: Found failed daemon pod default/\(name) on node box, will try"
                    + " to kill it"
            )
        )
        try world.bury()
        try await world.settle()
        #expect(world.pods.isEmpty)
    }

    @Test func `pauses before replacements grow, and each failure counts once`() {
        let pauses = ReplacementPauses()
        var now = Instant.zero
        func failed(_ uid: String) -> [PodFacts] {
            [PodFacts(name: uid, uid: uid, phase: "Failed")]
        }
        #expect(pauses.wait(for: "o", pods: [PodFacts(name: "p")], at: now) == nil)
        #expect(pauses.wait(for: "o", pods: failed("1"), at: now) == .seconds(1))
        #expect(pauses.wait(for: "o", pods: failed("1"), at: now) == .seconds(1))
        now = now + .seconds(1)
        #expect(pauses.wait(for: "o", pods: [], at: now) == nil)
        #expect(pauses.wait(for: "o", pods: failed("2"), at: now) == .seconds(2))
        #expect(pauses.wait(for: "other", pods: [], at: now) == nil)
        pauses.forget("o")
        #expect(pauses.wait(for: "o", pods: failed("3"), at: now) == .seconds(1))
    }
}
