import Foundation
import TestKit
import Testing

/// Directories of the node and sub-paths, from the manifest to what the containers see.
///
/// Mirrors upstream's `host_path.go` and the sub-path cases of `expansion.go`.
@Suite("Volumes") struct VolumeTests {
    /// A type of hostPath, the place and whether the pod gets it.
    private static let types: [(type: String, place: String, isFine: Bool)] = [
        ("", "dir", true), ("Directory", "dir", true), ("File", "file", true),
        ("Socket", "socket", true), ("CharDevice", "/dev/null", true),
        ("DirectoryOrCreate", "new/dir", true), ("FileOrCreate", "dir/new-file", true),
        ("Directory", "file", false), ("File", "dir", false), ("Directory", "nowhere", false),
        ("File", "nowhere", false), ("Socket", "file", false), ("CharDevice", "file", false),
        ("BlockDevice", "/dev/null", false), ("FileOrCreate", "none/file", false),
    ]

    @Test func `a hostPath is checked against its type and stays when the pod goes`() async throws {
        try await withEngine { engine in
            let place = engine.folder.file("host")
            try FileManager.default.createDirectory(
                atPath: place + "/dir",
                withIntermediateDirectories: true
            )
            try engine.folder.write("content\n", to: "host/file")
            let listener = try TestProgram(
                "python3",
                [
                    "-c",
                    "import socket,sys,time\ns=socket.socket(socket.AF_UNIX)\ns.bind(sys.argv[1])\n"
                        + "time.sleep(120)", place + "/socket",
                ]
            )
            defer { listener.signal(SIGKILL) }
            try await eventually(within: .seconds(10), "the socket is there") {
                FileManager.default.fileExists(atPath: place + "/socket")
            }
            let pods = Self.types.enumerated().map { index, row in
                let path = row.place.hasPrefix("/") ? row.place : place + "/" + row.place
                return ShellPod(
                    "host-\(index)",
                    "ls -d /v >/dev/null && echo fine",
                    pod: ["volumes: [{name: v, hostPath: {path: \(path), type: \"\(row.type)\"}}]"],
                    container: ["volumeMounts: [{name: v, mountPath: /v}]"]
                )
            }
            try await engine.apply(documents(pods.map(\.yaml)))
            for (index, row) in Self.types.enumerated() {
                let name = "host-\(index)"
                if row.isFine {
                    try await engine.waitForPhase("Succeeded", of: name)
                } else {
                    try await eventually(within: .seconds(20), "\(name) \(row) is refused") {
                        let text = try await engine.events(of: name, reason: "FailedMount")
                        return text.contains("hostPath type check failed")
                            || row.place == "none/file" && text.contains(place + "/none/file")
                    }
                    #expect(try await engine.field(".status.phase", of: name) == "Pending")
                }
            }
            let both = ShellPod(
                "writer",
                "cat /v/file; echo more > /v/dir/added; echo x 2>/dev/null > /r/file || echo read-only; "
                    + "ls /s",
                pod: ["volumes: [{name: v, hostPath: {path: \(place)}}]"],
                container: [
                    "volumeMounts:", "- {name: v, mountPath: /v}",
                    "- {name: v, mountPath: /r, readOnly: true}",
                    "- {name: v, mountPath: /s, subPath: dir}",
                ]
            )
            let outputs = try await engine.outputs(of: [both])
            #expect(outputs["writer"] == "content\nread-only\nadded\nnew-file\n")
            _ = try await engine.remora("down", "--all")
            #expect(try engine.folder.text(of: "host/dir/added") == "more\n")
        }
    }

    @Test func `a claim is a directory that outlives its pods`() async throws {
        try await withEngine { engine in
            let claim = """
                apiVersion: v1
                kind: PersistentVolumeClaim
                metadata: {name: data}
                spec:
                  accessModes: [ReadWriteOnce]
                  resources: {requests: {storage: 1Gi}}
                """
            func pod(_ name: String, _ command: String, readOnly: Bool = false) -> ShellPod {
                ShellPod(
                    name,
                    command,
                    pod: [
                        "securityContext: {runAsUser: 1000, fsGroup: 2000}",
                        "volumes: [{name: v, persistentVolumeClaim: {claimName: data, readOnly: \(readOnly)}}]",
                    ],
                    container: ["volumeMounts: [{name: v, mountPath: /v}]"]
                )
            }
            // The pod first: it waits for its claim.
            try await engine.apply(pod("writer", "echo kept > /v/f; stat -c %g /v/f").yaml)
            try await eventually(within: .seconds(20), "the missing claim is reported") {
                try await engine.events(of: "writer", reason: "FailedMount")
                    .contains("persistentvolumeclaim \"data\" not found")
            }
            try await engine.apply(claim)
            try await engine.waitForPhase("Succeeded", of: "writer")
            #expect(try await engine.remora("logs", "writer").output == "2000\n")
            _ = try await engine.remora("down", "writer")
            let outputs = try await engine.outputs(of: [
                pod("reader", "cat /v/f; echo x 2>/dev/null > /v/f || echo ro", readOnly: true)
            ])
            #expect(outputs["reader"] == "kept\nro\n")
            #expect(try await engine.remora("get", "pvc").output.contains("Bound"))
            // The data of a deleted claim stays until the last of its pods has gone.
            var user = resident(
                "user",
                volumes: ["- {name: v, persistentVolumeClaim: {claimName: data}}"],
                mounts: ["- {name: v, mountPath: /v}"]
            )
            user.metadata = "labels: {a: b}"
            try await engine.apply(user.yaml)
            try await engine.waitUntilReady("user")
            #expect(try await engine.remora("down", "pvc/data").succeeded)
            #expect(try await engine.shell("cat /v/f", in: "user") == "kept\n")
            #expect(try await engine.remora("down", "reader", "user").succeeded)
            try await eventually(within: .seconds(10), "the data goes with the claim") {
                !FileManager.default.fileExists(atPath: engine.root + "/claims/default/data")
            }
        }
    }

    // MARK: Sub-paths

    @Test func `sub-paths expand, are made, and cannot leave their volume`() async throws {
        try await withEngine { engine in
            func pod(_ name: String, _ mount: String, _ command: String, env: String) -> ShellPod {
                ShellPod(
                    name,
                    command,
                    pod: ["volumes: [{name: v, emptyDir: {}}]"],
                    container: [
                        "env: [\(env)]", "volumeMounts:",
                        "- {name: v, mountPath: /sub, \(mount)}", "- {name: v, mountPath: /all}",
                    ]
                )
            }
            let name = "{name: POD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}"
            let note =
                "{name: NOTE, valueFrom: {fieldRef: {fieldPath: \"metadata.annotations['where']\"}}}"
            let outputs = try await engine.outputs(of: [
                pod(
                    "expanded",
                    "subPathExpr: \"logs/$(POD)\"",
                    "echo x > /sub/f; find /all -type f; stat -c %a /all/logs",
                    env: name
                )
            ])
            #expect(outputs["expanded"] == "/all/logs/expanded/f\n777\n")
            let wrong = [
                pod("upwards", "subPathExpr: \"$(UP)\"", "true", env: "{name: UP, value: \"..\"}"),
                pod("absolute", "subPathExpr: \"$(ABS)\"", "true", env: "{name: ABS, value: /tmp}"),
                pod("unknown", "subPathExpr: \"$(NONE)\"", "true", env: name),
                pod("waiting", "subPathExpr: \"$(NOTE)\"", "echo started", env: note),
            ]
            try await engine.apply(documents(wrong.map(\.yaml)))
            let reason = ".status.containerStatuses[0].state.waiting.reason"
            for pod in wrong {
                try await eventuallyKnown(
                    engine,
                    reason,
                    of: pod.name,
                    in: ["CreateContainerConfigError"]
                )
            }
            // The annotation makes the expression good: the container starts by itself.
            var mended = wrong[3]
            mended.metadata = "annotations: {where: here}"
            try await engine.apply(mended.yaml)
            try await engine.waitForPhase("Succeeded", of: "waiting")
            // A link that leads out of the volume is not followed.
            let trap = ShellPod(
                "trap",
                "cat /sub/shadow",
                pod: [
                    "volumes: [{name: v, emptyDir: {}}]", "initContainers:", "- name: set",
                    "  image: remora/busybox", "  imagePullPolicy: IfNotPresent",
                    "  command: [ln, -s, /etc, /v/way]",
                    "  volumeMounts: [{name: v, mountPath: /v}]",
                ],
                container: ["volumeMounts: [{name: v, mountPath: /sub, subPath: way}]"]
            )
            try await engine.apply(trap.yaml)
            try await eventuallyKnown(
                engine,
                reason,
                of: "trap",
                in: ["CreateContainerConfigError"]
            )
        }
    }
}
