import Foundation
import TestKit
import Testing

/// What a reboot takes - every process, mount and file in memory - and what the next engine makes of it.
@Suite("Reboot") struct RebootTests {
    @Test func `after a reboot pods start anew as their policies say`() async throws {
        try await withEngine { engine in
            try await engine.apply(documents([Self.secret] + Self.pods))
            let second = ".status.containerStatuses[?(@.name==\"second\")].ready"
            for name in ["always", "never"] { try await engine.waitUntilReady(name) }
            try await eventuallyKnown(engine, second, of: "onfailure", in: ["true"])
            try await engine.waitForPhase("Succeeded", of: "done")
            // One of the two mains has ended well, the other one runs.
            let first = ".status.containerStatuses[?(@.name==\"first\")].state.terminated.exitCode"
            try await eventuallyKnown(engine, first, of: "onfailure", in: ["0"])
            let address = try await engine.field(".status.podIP", of: "always")
            #expect(!address.isEmpty)

            try await engine.reboot()
            try await engine.start()

            try await engine.waitUntilReady("always")
            try await eventuallyKnown(engine, second, of: "onfailure", in: ["true"])
            try await engine.waitForPhase("Failed", of: "never")
            let lost = ".status.containerStatuses[0].state.terminated"
            #expect(try await engine.field(lost + ".exitCode", of: "never") == "137")
            #expect(
                try await engine.field(lost + ".reason", of: "never") == "ContainerStatusUnknown"
            )
            #expect(try await engine.field(".status.phase", of: "done") == "Succeeded")
            let count = ".status.containerStatuses[0].restartCount"
            #expect(try await engine.field(count, of: "done") == "0")
            #expect(try await engine.field(count, of: "never") == "0")
            #expect(try await engine.field(count, of: "always") == "1")
            // Of OnFailure only what had not ended well runs again; init containers do in any case.
            let runs = try await engine.shell(
                "cat /disk/runs",
                in: "onfailure",
                container: "second"
            )
            #expect(runs == "init\nfirst\nsecond\ninit\nsecond\n")
            let disk = try await engine.shell("cat /disk/runs", in: "always", container: "main")
            #expect(disk == "init\nmain\ninit\nmain\n")
            let memory = try await engine.shell(
                "cat /memory/runs /secret/key",
                in: "always",
                container: "main"
            )
            #expect(memory == "init\nmain\nvalue")
            // Network, events and a second, ordinary stop and start work as before.
            let now = try await engine.field(".status.podIP", of: "always")
            #expect(try await engine.shell("ip addr", in: "always").contains(now))
            #expect(try await engine.events(of: "always", reason: "SandboxChanged") != "")
            #expect(try await engine.remora("ps").output.contains("Completed"))
        }
    }

    @Test func `a pod that was going when the machine went is gone after the reboot`() async throws
    {
        try await withEngine { engine in
            try await engine.apply(
                documents([
                    ShellPod(
                        "going",
                        "trap '' TERM; while true; do sleep 0.1; done",
                        restartPolicy: "Always"
                    ).yaml.replacing("PeriodSeconds: 1", with: "PeriodSeconds: 60"),
                    resident("staying").yaml,
                ])
            )
            try await engine.waitUntilReady("going")
            try await engine.waitUntilReady("staying")
            #expect(try await engine.remora("down", "going", "--wait=false").succeeded)
            try await engine.reboot()
            try await engine.start()
            try await engine.waitUntilGone("going", within: .seconds(20))
            try await engine.waitUntilReady("staying")
        }
    }

    private static let secret =
        "apiVersion: v1\nkind: Secret\nmetadata: {name: key}\nstringData: {key: value}\n"

    private static let image = "image: remora/busybox, imagePullPolicy: IfNotPresent"

    private static func container(_ name: String, _ then: String) -> String {
        let command = flowSequence([
            "sh", "-c", "echo \(name) >> /disk/runs; echo \(name) >> /memory/runs; \(then)",
        ])
        return """
            - name: \(name)
                \(image.replacing(", ", with: "\n    "))
                command: \(command)
                volumeMounts: [{name: disk, mountPath: /disk}, {name: memory, mountPath: /memory}, {name: secret, mountPath: /secret}]
            """
    }

    private static let stays = "trap 'exit 0' TERM; while true; do sleep 0.1; done"

    private static func pod(_ name: String, _ policy: String, _ mains: [String]) -> String {
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: \(name)}
        spec:
          restartPolicy: \(policy)
          terminationGracePeriodSeconds: 1
          volumes:
          - {name: disk, emptyDir: {}}
          - {name: memory, emptyDir: {medium: Memory}}
          - {name: secret, secret: {secretName: key}}
          initContainers:
          \(container("init", "true"))
          containers:
          \(mains.joined(separator: "\n  "))
        """
    }

    private static let pods = [
        pod("always", "Always", [container("main", stays)]),
        pod("onfailure", "OnFailure", [container("first", "exit 0"), container("second", stays)]),
        pod("never", "Never", [container("main", stays)]),
        pod("done", "Never", [container("main", "exit 0")]),
    ]
}

extension TestEngine {
    /// Takes from this engine what a reboot takes: every process of it and its containers, all mounts,
    /// the run root.
    func reboot() async throws {
        try await crash()
        var victims: Set<Int32> = []
        // Containers are children of their conmon; what runs in a namespace dies with the first of it.
        for conmon in processes() { victims.formUnion(Self.descendants(of: conmon.pid)) }
        for victim in victims { kill(victim, SIGKILL) }
        try await eventually(within: .seconds(10), "every process has ended") {
            victims.allSatisfy { kill($0, 0) != 0 } && processes().isEmpty
        }
        try await eventually(within: .seconds(10), "nothing is mounted") {
            let points = mountPoints()
            for point in points.reversed() {
                // One may have gone with another.
                _ = try await TestProgram.run("umount", ["-l", point])
            }
            return points.isEmpty
        }
        try FileManager.default.removeItem(atPath: runRoot)
    }

    private static func descendants(of pid: Int32) -> [Int32] {
        let path = "/proc/\(pid)/task/\(pid)/children"
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        return [pid] + text.split(separator: " ").compactMap { Int32($0) }.flatMap(descendants)
    }
}
