import Foundation
import TestKit
import Testing

/// Other resources for running pods with the real kubectl, down to the kernel's files.
@Suite struct ResizeTests {
    private static let pod = """
        apiVersion: v1
        kind: Pod
        metadata: {name: rz}
        spec:
          terminationGracePeriodSeconds: 1
          containers:
          - name: app
            image: remora/busybox
            command: [sleep, "1000"]
            resources: {requests: {cpu: 100m, memory: 32Mi}, limits: {cpu: 200m, memory: 64Mi}}
          - name: again
            image: remora/busybox
            command: [sleep, "1000"]
            resizePolicy: [{resourceName: memory, restartPolicy: RestartContainer}]
            resources: {requests: {cpu: 100m, memory: 32Mi}, limits: {cpu: 200m, memory: 64Mi}}
        """

    /// The quota of the container `app` as it sees it itself, in hundredths of a processor.
    private func quota(_ engine: TestEngine) async throws -> String {
        let script =
            "cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us 2>/dev/null || cut -d' ' -f1 /sys/fs/cgroup/cpu.max"
        return try await engine.remora("exec", "rz", "-c", "app", "--", "sh", "-c", script).output
    }

    @Test func `limits change in place, or by a restart where the policy says so`() async throws {
        try await withEngine { engine in
            let bridge = try await SocketBridge(to: engine.socket)
            func resize(_ containers: String) async throws -> TestProgram.Result {
                let patch = "{\"spec\":{\"containers\":[\(containers)]}}"
                return try await TestProgram(
                    "kubectl",
                    [
                        "--server", bridge.server, "patch", "pod", "rz", "--subresource", "resize",
                        "--patch", patch,
                    ],
                    environment: ["HOME": engine.folder.path]
                )
                .wait(within: .seconds(20))
            }
            func status(_ path: String) async throws -> String {
                try await engine.field(".status." + path, of: "rz")
            }
            try await engine.apply(Self.pod)
            try await engine.waitUntilReady("rz")
            #expect(try await quota(engine) == "20000\n")
            let larger = try await resize(
                #"{"name":"app","resources":{"limits":{"cpu":"500m","memory":"96Mi"}}}"#
            )
            #expect(larger.succeeded, "\(larger.errors)")
            let app = "containerStatuses[?(@.name==\"app\")]."
            let again = "containerStatuses[?(@.name==\"again\")]."
            try await eventually(within: .seconds(10), "the status tells of it") {
                try await status(app + "resources.limits.cpu") == "500m"
            }
            #expect(try await quota(engine) == "50000\n")
            let smaller = try await resize(
                #"{"name":"app","resources":{"limits":{"cpu":"300m"}}},"#
                    + #"{"name":"again","resources":{"limits":{"memory":"80Mi"}}}"#
            )
            #expect(smaller.succeeded, "\(smaller.errors)")
            try await eventually(within: .seconds(20), "the other one runs again") {
                let limit = try await status(again + "resources.limits.memory")
                return try await status(again + "restartCount") == "1" && limit == "80Mi"
            }
            #expect(try await quota(engine) == "30000\n")
            #expect(try await status(app + "restartCount") == "0")
            let huge = try await resize(
                #"{"name":"app","resources":{"requests":{"cpu":"9k"},"limits":{"cpu":"9k"}}}"#
            )
            #expect(huge.succeeded, "\(huge.errors)")
            let pending = "conditions[?(@.type==\"PodResizePending\")].reason"
            try await eventually(within: .seconds(10), "it is refused") {
                try await status(pending) == "Infeasible"
            }
            #expect(try await quota(engine) == "30000\n")
            let removed = try await resize(#"{"name":"app","resources":{"limits":{"cpu":null}}}"#)
            #expect(removed.errors.contains("resource limits cannot be removed"))
            await bridge.stop()
        }
    }
}
