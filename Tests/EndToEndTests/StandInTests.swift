import Foundation
import TestKit
import Testing

/// Roles in the place of images that cannot be had.
///
/// Debian's static busybox plays the companion where only the engine's part counts: like it, it does what
/// the name says that it is called by.
@Suite("Stand-ins") struct StandInTests {
    private static let busybox = ["--stop-pods", "--companion", "/bin/busybox"]

    /// A pod whose containers may be had only by a stand-in.
    private func pod(
        _ name: String,
        image: String = "127.0.0.1:9/no/alpine:1",
        policy: String = "IfNotPresent",
        command: String = "[sleep, \"3600\"]",
        fields: [String] = []
    ) -> String {
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: \(name)}
        spec:
          terminationGracePeriodSeconds: 1
          containers:
          - name: main
            image: \(image)
            imagePullPolicy: \(policy)
            command: \(command)
        \(fields.map { "    " + $0 }.joined(separator: "\n"))
        """
    }

    @Test(arguments: ["IfNotPresent", "Always", "Never"])
    func `a helper whose image cannot be had runs by the companion`(policy: String) async throws {
        try await withEngine(Self.busybox) { engine in
            let fields = [
                "env: [{name: COLOUR, value: red}]",
                "resources: {limits: {memory: 32Mi}}",
                "securityContext: {runAsUser: 65534, readOnlyRootFilesystem: true}",
                "volumeMounts: [{name: data, mountPath: /data}]",
                "livenessProbe: {exec: {command: [sleep, \"0\"]}}",
                "ports: [{containerPort: 80}]",
            ]
            try await engine.apply(
                pod("helper", policy: policy, fields: fields)
                    + "\n  volumes: [{name: data, emptyDir: {}}]"
            )
            try await engine.waitUntilReady("helper")
            let notices = try await engine.notices(of: "helper")
            let notice = try #require(notices.first { $0.reason == "StandIn" })
            #expect(notice.type == "Normal" && notice.fieldPath == "spec.containers{main}")
            #expect(notice.message.hasPrefix("image \"127.0.0.1:9/no/alpine:1\" cannot be had ("))
            #expect(
                notice.message.hasSuffix(
                    "companion sleep stands in: the manifest runs sleep: time passes"
                )
            )
            #expect(!notices.contains { $0.reason == "Failed" || $0.reason == "Pulled" })
            let status = try await engine.containerStatus(of: "main", in: "helper")
            #expect(status["image"] as? String == "docker.io/remora/companion:latest")
            #expect((status["imageID"] as? String)?.hasPrefix("sha256:") == true)
            let described = try await engine.remora("describe", "helper").output
            #expect(described.contains("StandIn") && described.contains("127.0.0.1:9/no/alpine:1"))
            let shell = try await engine.remora("exec", "helper", "--", "sh", "-c", "true")
            #expect(shell.code != 0 && shell.errors.contains("executable file"), "\(shell.errors)")
            let process = try #require(engine.processes(naming: "/conmon").first)
            #expect(process > 0)
        }
    }

    @Test func `a stand-in outlives the engine, and gives way to an image at its next start`()
        async throws
    {
        try await withEngine(Self.busybox) { engine in
            try await engine.apply(pod("helper", command: "[sleep, \"8\"]"))
            try await engine.waitUntilReady("helper")
            let id = try await engine.field(
                ".status.containerStatuses[0].containerID",
                of: "helper"
            )
            try await engine.crash()
            try await engine.start(Self.busybox)
            let field = ".status.containerStatuses[0].containerID"
            #expect(try await engine.field(field, of: "helper") == id)
            #expect(try await engine.restarts(of: "main", in: "helper") == 0)
            try await engine.importImage("127.0.0.1:9/no/alpine:1")
            try await engine.waitForRestarts(1, of: "main", in: "helper")
            try await eventually(within: .seconds(10), "the image is used") {
                let status = try await engine.containerStatus(of: "main", in: "helper")
                return status["image"] as? String == "127.0.0.1:9/no/alpine:1"
            }
            let reasons = try await engine.notices(of: "helper").map(\.reason)
            #expect(reasons.filter { $0 == "StandIn" }.count == 1)
            #expect(reasons.contains("Pulled"))
        }
    }

    @Test func `an init container and a sidecar are stood in for as well`() async throws {
        try await withEngine(Self.busybox) { engine in
            try await engine.apply(
                """
                apiVersion: v1
                kind: Pod
                metadata: {name: three}
                spec:
                  terminationGracePeriodSeconds: 1
                  initContainers:
                  - {name: first, image: 127.0.0.1:9/no/busybox, command: [sh, -c, "exec sleep 0.1"]}
                  - {name: side, image: 127.0.0.1:9/no/busybox, args: [sleep, "3600"], restartPolicy: Always}
                  containers:
                  - {name: main, image: remora/busybox, imagePullPolicy: IfNotPresent, command: [sleep, "3600"]}
                """
            )
            try await engine.waitUntilReady("three")
            let notices = try await engine.notices(of: "three").filter { $0.reason == "StandIn" }
            #expect(
                Set(notices.map(\.fieldPath)) == [
                    "spec.initContainers{first}", "spec.initContainers{side}",
                ]
            )
        }
    }

    @Test(arguments: [
        (
            ["--stop-pods", "--companion", "/bin/busybox", "--stand-in", "never"],
            "[sleep, \"3600\"]"
        ),
        (["--stop-pods", "--companion", "/bin/busybox"], "[/bin/server]"),
        // It has libraries, so that it could not run.
        (["--stop-pods", "--companion", "/bin/ls"], "[sleep, \"3600\"]"),
    ])
    func `without a stand-in the image is waited for`(options: [String], command: String)
        async throws
    {
        try await withEngine(options) { engine in
            try await engine.apply(pod("waits", command: command))
            let reason = ".status.containerStatuses[0].state.waiting.reason"
            try await eventuallyKnown(
                engine,
                reason,
                of: "waits",
                in: ["ErrImagePull", "ImagePullBackOff"]
            )
            let reasons = try await engine.notices(of: "waits").map(\.reason)
            #expect(reasons.contains("Failed") && !reasons.contains("StandIn"))
            if options.contains("/bin/ls") {
                let log = engine.engine?.errors ?? ""
                #expect(log.contains("/ls cannot stand in: it needs libraries"), "\(log)")
            }
        }
    }

    @Test(arguments: ["missing", "always"])
    func `an image that is there is used unless stand-ins are always wanted`(mode: String)
        async throws
    {
        try await withEngine(Self.busybox + ["--stand-in", mode]) { engine in
            try await engine.importImage("127.0.0.1:9/no/alpine:1")
            try await engine.apply(pod("there"))
            try await engine.waitUntilReady("there")
            let messages = try await engine.notices(of: "there").filter { $0.reason == "StandIn" }
                .map(\.message)
            #expect(messages.count == (mode == "always" ? 1 : 0))
            if let message = messages.first {
                #expect(message.contains("is not asked for (--stand-in=always)"))
            }
        }
    }

    @Test func `a companion that is not there keeps the engine from starting`() async throws {
        let engine = try TestEngine()
        let result = try await engine.remora("serve", "--companion", "/no/companion")
        #expect(result.code == 1)
        #expect(result.errors.contains("--companion /no/companion"), "\(result.errors)")
        let words = try await engine.remora("serve", "--stand-in", "sometimes")
        #expect(words.code == 2 && words.errors.contains("always, missing, never"))
    }
}
