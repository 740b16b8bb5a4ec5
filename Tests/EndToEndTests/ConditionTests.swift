import Foundation
import TestKit
import Testing

/// Pod conditions through the API: upstream's `pod_conditions_test.go` and the readiness gates of
/// `pods.go`.
@Suite("Conditions") struct ConditionTests {
    /// The conditions that are True at each step of a pod's life.
    private func trueConditions(_ watch: TestProgram) throws -> [Set<String>] {
        try watch.output.split(separator: "\n").map { line in
            let event = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            let pod = event?["object"] as? [String: Any]
            let status = pod?["status"] as? [String: Any]
            let all = status?["conditions"] as? [[String: Any]] ?? []
            return Set(
                all.filter { $0["status"] as? String == "True" }.compactMap {
                    $0["type"] as? String
                }
            )
        }
    }

    private func follow(_ engine: TestEngine) throws -> TestProgram {
        try TestProgram(
            "curl",
            [
                "-sN", "--unix-socket", engine.socket,
                "http://node/api/v1/namespaces/default/pods?watch=1",
            ]
        )
    }

    @Test(arguments: [false, true])
    func `conditions turn True in the kubelet's order`(hasInit: Bool) async throws {
        try await withEngine { engine in
            let watch = try follow(engine)
            let server = ScriptedContainer(name: "main", script: ContainerScript(runs: nil))
            try await engine.apply(
                scriptedPod(
                    "order",
                    grace: 1,
                    inits: hasInit ? [ScriptedContainer(name: "init1")] : [],
                    mains: [server]
                )
            )
            try await engine.waitUntilReady("order")
            let order =
                hasInit
                ? ["PodScheduled", "PodReadyToStartContainers", "Initialized"]
                : ["PodScheduled", "Initialized", "PodReadyToStartContainers"]
            try await eventually(within: .seconds(10), "the watch has seen it ready") {
                try trueConditions(watch).last?.contains("Ready") == true
            }
            let steps = try trueConditions(watch)
            let first = (order + ["ContainersReady", "Ready"]).map { type in
                steps.firstIndex { $0.contains(type) } ?? -1
            }
            #expect(first == first.sorted(), "\(steps)")
            #expect(!first.contains(-1))
            watch.signal(SIGTERM)
        }
    }

    // "should support pod readiness gates"
    @Test func `a pod is ready only while every readiness gate is True`() async throws {
        try await withEngine { engine in
            let server = ScriptedContainer(name: "main", script: ContainerScript(runs: nil))
            try await engine.apply(
                scriptedPod(
                    "gated",
                    grace: 1,
                    mains: [server],
                    fields: ["readinessGates: [{conditionType: example.com/lb}]"]
                )
            )
            func set(_ status: String) async throws {
                let path = "/api/v1/namespaces/default/pods/gated/status"
                let patch =
                    #"{"status":{"conditions":[{"type":"example.com/lb","status":"\#(status)"}]}}"#
                let answer = try await TestProgram.run(
                    "curl",
                    [
                        "-s", "-f", "--unix-socket", engine.socket, "-X", "PATCH", "-H",
                        "Content-Type: application/strategic-merge-patch+json", "-d", patch,
                        "http://node" + path,
                    ]
                )
                #expect(answer.succeeded, "\(answer.errors)")
            }
            func expect(_ status: String, _ message: String) async throws {
                try await eventually(within: .seconds(20), "Ready is \(status): \(message)") {
                    let ready = try await engine.condition("Ready", of: "gated")
                    let containers = try await engine.condition("ContainersReady", of: "gated")
                    return ready.status == status && ready.message == message
                        && containers.status == "True"
                }
            }
            let gate = "pod readiness gate \"example.com/lb\""
            try await expect("False", "corresponding condition of \(gate) does not exist.")
            let ready = try await engine.condition("Ready", of: "gated")
            #expect(ready.reason == "ReadinessGatesNotReady")
            try await set("True")
            try await expect("True", "")
            try await set("False")
            try await expect("False", "the status of \(gate) is not \"True\", but False")
            let wide = try await engine.remora("ps", "-o", "wide", "--no-headers").output
            #expect(wide.contains(" 0/1"))
        }
    }
}
