import Basics
import Formats
import ObjectStore
import PodModel
import Reactor
import TestKit
import Testing

@testable import Node

@MainLoop @Suite("Jobs") struct JobTests {
    static func manifest(_ more: String = "") -> String {
        """
        apiVersion: batch/v1
        kind: Job
        metadata: {name: work}
        spec:
          \(more)
          template:
            spec:
              restartPolicy: Never
              initContainers: [{name: first, image: a}]
              containers: [{name: main, image: a}]
        """
    }

    private func job(_ world: ControllerWorld) -> JSON { world.get("jobs", "work") }

    @Test func `a Job knows its pods by labels of its own, and completes`() async throws {
        let world = try ControllerWorld()
        let made = try world.create("jobs", Self.manifest())
        let uid = made["metadata"]?["uid"] ?? .null
        #expect(
            made["spec"]?["selector"]?["matchLabels"] == ["batch.kubernetes.io/controller-uid": uid]
        )
        try await world.settle()
        let pod = world.pods[0]
        #expect(pod["metadata"]?["labels"]?["job-name"] == "work")
        #expect(pod["metadata"]?["name"]?.string?.hasPrefix("work-") == true)
        #expect(job(world)["status"]?["active"] == 1 && job(world)["status"]?["ready"] == 0)
        try world.end(pod["metadata"]?["name"]?.string ?? "")
        try await world.settle()
        #expect(world.condition("Complete", of: job(world))?.isTrue == true)
        #expect(job(world)["status"]?["succeeded"] == 1)
        #expect(world.events.contains("Completed: Job completed"))
    }

    @Test func `an indexed pod knows its index`() async throws {
        let world = try ControllerWorld()
        try world.create(
            "jobs",
            Self.manifest("completions: 2\n  parallelism: 2\n  completionMode: Indexed")
        )
        try await world.settle()
        #expect(world.living.count == 2)
        let pod = try #require(world.pods.first { $0["spec"]?["hostname"] == "work-1" })
        #expect(pod["metadata"]?["name"]?.string?.hasPrefix("work-1-") == true)
        #expect(pod["metadata"]?["annotations"]?[JobPod.indexKey] == "1")
        for list in ["initContainers", "containers"] {
            let entry = pod.value(at: (FieldPath("spec") + list)[0] + "env")?[0]
            #expect(entry?["name"] == "JOB_COMPLETION_INDEX")
            #expect(
                entry?["valueFrom"]?["fieldRef"]?["fieldPath"]
                    == "metadata.labels['batch.kubernetes.io/job-completion-index']"
            )
        }
    }

    @Test func `pods that a suspended Job lets go do not count as failures`() async throws {
        let world = try ControllerWorld()
        try world.create("jobs", Self.manifest())
        try await world.settle()
        let uid = job(world)["metadata"]?["uid"]?.string ?? ""
        try world.store.modify(uid: uid) { $0["spec"]?["suspend"] = true }
        try await world.settle()
        #expect(world.living.isEmpty)
        try world.bury()
        try await world.settle()
        #expect(job(world)["status"]?["failed"] == nil && job(world)["status"]?["active"] == nil)
        #expect(world.events.contains("Suspended: Job suspended"))
        try world.store.modify(uid: uid) { $0["spec"]?["suspend"] = false }
        try await world.settle()
        #expect(world.living.count == 1)
        #expect(world.events.contains("Resumed: Job resumed"))
    }

    @Test func `what outlived its time goes`() async throws {
        let world = try ControllerWorld()
        try world.create("jobs", Self.manifest("ttlSecondsAfterFinished: 0"))
        try await world.settle()
        try world.end(world.living[0])
        try await world.settle()
        #expect(job(world) == .null)
    }

    /// The engine is killed after a pod is gone and before its Job was told: the next one knows of it.
    @Test func `ends are counted in the transaction that removes the pod`() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("node.db")
        func life(_ body: (ControllerWorld) async throws -> Void) async throws {
            try await body(try ControllerWorld(path: path))
        }
        try await life { world in
            try world.create("jobs", Self.manifest("completions: 3"))
            try await world.settle()
            let name = world.living[0]
            try world.end(name)
            try world.store.delete(ObjectKey("pods", "default", name))
        }
        try await life { world in
            #expect(job(world)["status"]?["succeeded"] == nil)
            try await world.settle()
            #expect(job(world)["status"]?["succeeded"] == 1)
            let name = world.living[0]
            try world.end(name, code: 3)
            try world.store.delete(ObjectKey("pods", "default", name))
            #expect(world.accounts[job(world)["metadata"]?["uid"]?.string ?? ""].failed == 1)
        }
        try await life { world in
            try await world.settle()
            #expect(job(world)["status"]?["failed"] == 1)
            for _ in 0..<2 {
                let next = world.pods.first { $0["status"]?["phase"] == "Pending" }
                try world.end(next?["metadata"]?["name"]?.string ?? "")
                try await world.settle()
            }
            #expect(job(world)["status"]?["succeeded"] == 3)
            #expect(world.condition("Complete", of: job(world))?.isTrue == true)
            // The account goes with the Job.
            try world.store.delete(ObjectKey("jobs", "default", "work"))
            #expect(try world.store.ledgers().isEmpty)
        }
    }
}
