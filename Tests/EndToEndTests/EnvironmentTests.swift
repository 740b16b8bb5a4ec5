import Foundation
import TestKit
import Testing

/// Commands and variables, from the manifest to what the process finds.
///
/// Mirrors upstream's `containers.go`, `expansion.go`, `downwardapi.go`, `configmap.go`, `secrets.go`
/// and `file_key.go`.
@Suite("Environment") struct EnvironmentTests {
    /// Fields of a container that prints its arguments, and what it prints.
    private static let commands: [(name: String, fields: [String], output: String)] = [
        ("image", [], "<entry><point><from-cmd>"),
        ("args", ["args: [one, two words]"], "<entry><point><one><two words>"),
        ("command", ["command: [/bin/show, mine]"], "<mine>"),
        ("both", ["command: [/bin/show]", "args: [a, b]"], "<a><b>"),
        ("empty", ["command: []", "args: []"], "<entry><point><from-cmd>"),
        (
            "expanded",
            [
                "env: [{name: X, value: \"x y\"}, {name: Y, value: \"$(X)!\"}]",
                "args: [\"$(Y)\", \"$$(Y)\", \"$(NONE)\", \"$X\", \"$(IMAGE)\"]",
            ],
            "<entry><point><x y!><$(Y)><$(NONE)><$X><$(IMAGE)>"
        ),
    ]

    @Test func `command and arguments replace those of the image as the table says`() async throws {
        try await withEngine { engine in
            let tree = try engine.folder.busyboxTree()
            let show = "#!/bin/sh\nfor i in \"$@\"; do printf '<%s>' \"$i\"; done\npwd\nid -u\n"
            try show.write(toFile: tree + "/bin/show", atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o755],
                ofItemAtPath: tree + "/bin/show"
            )
            for word in ["pwd", "printf"] {
                try FileManager.default.createSymbolicLink(
                    atPath: tree + "/bin/" + word,
                    withDestinationPath: "busybox"
                )
            }
            try await engine.importImage(
                tree,
                as: "local/show:1",
                ["--entrypoint", "/bin/show", "--entrypoint", "entry", "--entrypoint", "point"]
                    + ["--cmd", "from-cmd", "--env", "IMAGE=from-image", "--workdir", "/tmp"]
                    + ["--user", "33"]
            )
            var pods = Self.commands.map {
                ShellPod($0.name, container: $0.fields, image: "local/show:1")
            }
            pods.append(
                ShellPod(
                    "variables",
                    "echo $IMAGE $HOME; pwd",
                    container: ["workingDir: /made/anew"],
                    image: "local/show:1"
                )
            )
            let outputs = try await engine.outputs(of: pods)
            for row in Self.commands {
                #expect(outputs[row.name] == row.output + "/tmp\n33\n", "\(row.name)")
            }
            #expect(outputs["variables"]?.hasPrefix("from-image") == true)
            #expect(outputs["variables"]?.hasSuffix("/made/anew\n") == true)
        }
    }

    @Test func `variables come from literals, objects and prefixes in the kubelet's order`()
        async throws
    {
        try await withEngine { engine in
            let objects = [
                """
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: first}
                data: {COLOR: blue, SIZE: "7", "dotted.key-1": dotted, "1digit": digit}
                binaryData: {BLOB: AAE=}
                """,
                """
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: second}
                data: {COLOR: green}
                """,
                """
                apiVersion: v1
                kind: Secret
                metadata: {name: keys}
                stringData: {token: "s3cret $(COLOR)"}
                """,
            ]
            let pod = ShellPod(
                "order",
                container: [
                    // Not through a shell, which drops names that it cannot say.
                    "command: [env]",
                    "envFrom:",
                    "- {configMapRef: {name: first}}",
                    "- {configMapRef: {name: second}}",
                    "- {prefix: P_, secretRef: {name: keys}}",
                    "- {prefix: Q_, configMapRef: {name: nowhere, optional: true}}",
                    "env:",
                    "- {name: SIZE, value: \"9\"}",
                    "- {name: TOKEN, valueFrom: {secretKeyRef: {name: keys, key: token}}}",
                    "- {name: GONE, valueFrom: {configMapKeyRef: {name: first, key: no, optional: true}}}",
                    "- {name: MIX, value: \"$(COLOR)-$(SIZE)-$(LATER)-$(P_token)\"}",
                    "- {name: LATER, value: late}",
                    "- {name: \"#odd name\", value: \"1\"}",
                ]
            )
            let output = try await engine.outputs(of: [pod], with: objects)["order"] ?? ""
            let known = ["PATH=", "HOME=", "HOSTNAME=", "KUBERNETES_"]
            let lines = output.split(separator: "\n").map(String.init)
                .filter { line in !known.contains { line.hasPrefix($0) } }
            #expect(
                Set(lines) == [
                    "#odd name=1", "1digit=digit", "COLOR=green", "LATER=late",
                    "MIX=green-9-$(LATER)-s3cret $(COLOR)", "P_token=s3cret $(COLOR)", "SIZE=9",
                    "TOKEN=s3cret $(COLOR)", "dotted.key-1=dotted",
                ]
            )
        }
    }

    @Test func `the downward API gives names, addresses and resources`() async throws {
        try await withEngine { engine in
            let fields = [
                "NAME": "metadata.name", "NS": "metadata.namespace", "UID_": "metadata.uid",
                "NODE": "spec.nodeName", "ACCOUNT": "spec.serviceAccountName",
                "HOST": "status.hostIP", "IP": "status.podIP", "IPS": "status.podIPs",
                "APP": "metadata.labels['app']", "NOTE": "metadata.annotations['a/note']",
                "NONE": "metadata.labels['none']",
            ]
            let resources = [
                ("CPU", "limits.cpu", "1m"), ("CPUS", "limits.cpu", "1"),
                ("MEMORY", "requests.memory", "1Mi"), ("REQUEST", "requests.cpu", "1m"),
                ("ALL_MEMORY", "limits.memory", "1"), ("DISK", "limits.ephemeral-storage", "1Mi"),
            ]
            var lines = [
                "resources: {requests: {cpu: 100m, memory: 32Mi}, limits: {cpu: 1250m, ephemeral-storage: 64Mi}}",
                "env:",
            ]
            lines += fields.sorted { $0.key < $1.key }.map {
                "- {name: \($0.key), valueFrom: {fieldRef: {fieldPath: \"\($0.value)\"}}}"
            }
            lines += resources.map {
                "- {name: \($0.0), valueFrom: {resourceFieldRef: {resource: \($0.1), divisor: \($0.2)}}}"
            }
            let pod = ShellPod(
                "facts",
                "env",
                container: lines,
                metadata: "labels: {app: demo}, annotations: {a/note: \"two words\"}"
            )
            let output = try await engine.outputs(of: [pod])["facts"] ?? ""
            var found: [String: String] = [:]
            for line in output.split(separator: "\n") {
                let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
                found[parts[0]] = parts.count == 2 ? parts[1] : ""
            }
            #expect(found["NAME"] == "facts")
            #expect(found["NS"] == "default")
            #expect(try await engine.field(".metadata.uid", of: "facts") == found["UID_"])
            #expect(try await engine.field(".spec.nodeName", of: "facts") == found["NODE"])
            #expect(try await engine.field(".status.podIP", of: "facts") == found["IP"])
            #expect(try await engine.field(".status.hostIP", of: "facts") == found["HOST"])
            #expect(found["IPS"] == found["IP"])
            #expect(found["ACCOUNT"] == "default")
            #expect(found["APP"] == "demo")
            #expect(found["NOTE"] == "two words")
            #expect(found["NONE"] == "")
            #expect(found["CPU"] == "1250")
            #expect(found["CPUS"] == "2")
            #expect(found["MEMORY"] == "32")
            #expect(found["REQUEST"] == "100")
            #expect(found["DISK"] == "64")
            // No limit: what the node can give.
            #expect((Int(found["ALL_MEMORY"] ?? "") ?? 0) > 100 << 20)
        }
    }

    @Test func `a file of an init container gives variables to the main`() async throws {
        try await withEngine { engine in
            let writing = "echo \"TOKEN='abc'\" > /s/env; echo \"SPACED='a b' # note\" >> /s/env"
            let pod = ShellPod(
                "filekeys",
                "echo $TOKEN/$SPACED/${MISSING-unset}",
                pod: [
                    "volumes: [{name: shared, emptyDir: {}}]",
                    "initContainers:",
                    "- name: writer",
                    "  image: remora/busybox",
                    "  imagePullPolicy: IfNotPresent",
                    "  command: " + flowSequence(["sh", "-c", writing]),
                    "  volumeMounts: [{name: shared, mountPath: /s}]",
                ],
                container: [
                    "env:",
                    "- {name: TOKEN, valueFrom: {fileKeyRef: {volumeName: shared, path: env, key: TOKEN}}}",
                    "- {name: SPACED, valueFrom: {fileKeyRef: {volumeName: shared, path: env, key: SPACED}}}",
                    "- {name: MISSING, valueFrom: {fileKeyRef: {volumeName: shared, path: env, key: NO, optional: true}}}",
                ]
            )
            let output = try await engine.outputs(of: [pod])["filekeys"]
            #expect(output == "abc/a b/unset\n")
        }
    }

    @Test func `a changed object is seen by a variable only after a restart`() async throws {
        try await withEngine { engine in
            func map(_ color: String) -> String {
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: paint}\ndata: {COLOR: \(color)}\n"
            }
            let pod = ShellPod(
                "painted",
                "echo $COLOR; trap 'exit 1' TERM; while true; do sleep 0.1; done",
                container: ["envFrom: [{configMapRef: {name: paint}}]"],
                restartPolicy: "Always"
            )
            try await engine.apply(documents([map("red"), pod.yaml]))
            try await engine.waitUntilReady("painted")
            try await engine.apply(map("blue"))
            #expect(try await engine.remora("logs", "painted").output == "red\n")
            _ = try await engine.shell("kill -TERM 1", in: "painted")
            try await eventually(within: .seconds(20), "the next run has the new value") {
                try await engine.remora("logs", "painted").output == "blue\n"
            }
        }
    }
}
