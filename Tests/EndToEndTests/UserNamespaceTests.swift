import Foundation
import TestKit
import Testing

/// Pods with users of their own, `hostUsers: false`.
///
/// Mirrors the user namespaces of upstream's `security_context.go` and `proc_mount_test.go`.
@Suite("User namespaces") struct UserNamespaceTests {
    private static let own = "hostUsers: false"

    /// An engine whose root the users of pods can reach.
    private func withOpenEngine(_ body: (TestEngine) async throws -> Void) async throws {
        try await withEngine(
            prepare: { engine in
                try FileManager.default.setAttributes(
                    [.posixPermissions: 0o711],
                    ofItemAtPath: engine.folder.path
                )
            },
            body
        )
    }

    /// The node's number of a pod's user 0, from a line of `uid_map`; nil if it is not a pod's.
    private func first(in map: String) -> UInt32? {
        let numbers = map.split { $0 == " " || $0 == "\n" }.compactMap { UInt32($0) }
        guard numbers.count == 3, numbers[0] == 0, numbers[2] == 65536, numbers[1] >= 65536,
            numbers[1] % 65536 == 0
        else { return nil }
        return numbers[1]
    }

    @Test func `hostUsers false gives a range of users that no other pod has`() async throws {
        try await withOpenEngine { engine in
            let maps = "tr -s ' ' < /proc/self/uid_map; tr -s ' ' < /proc/self/gid_map"
            let outputs = try await engine.outputs(of: [
                ShellPod("one", maps, pod: [Self.own]), ShellPod("two", maps, pod: [Self.own]),
                ShellPod("node", maps, pod: ["hostUsers: true"]), ShellPod("unset", maps),
            ])
            var firsts: Set<UInt32> = []
            for name in ["one", "two"] {
                let lines = (outputs[name] ?? "").split(separator: "\n").map(String.init)
                #expect(lines.count == 2 && lines.first == lines.last, "\(lines)")
                firsts.insert(try #require(first(in: lines.first ?? "")))
            }
            #expect(firsts.count == 2)
            let all = " 0 0 4294967295\n 0 0 4294967295\n"
            #expect(outputs["node"] == all && outputs["unset"] == all, "\(outputs)")
        }
    }

    private static let objects = [
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: cm}, data: {a: hello}}",
        "{apiVersion: v1, kind: Secret, metadata: {name: se}, stringData: {b: hidden}}",
    ]

    /// A pod that tells who owns what it sees, and writes; the same but for the users.
    private func owner(_ name: String, host: String, fields: [String]) -> ShellPod {
        let script = """
            cd /; for v in cm/a se/b dn/n pj/a hp hp/file ed em pv sub img/bin /etc/hosts \
            /etc/resolv.conf /etc/hostname /dev/termination-log /dev/shm /bin/busybox /tmp; do
            stat -L -c '%n %u %g %a' $v; done; cat cm/a se/b dn/n | tr -d '\\n' ; echo
            for v in ed em pv hp sub /dev/shm; do echo new > $v/$HOSTNAME-new \
            && stat -c '%u %g %a' $v/$HOSTNAME-new; done
            id; echo said > /dev/termination-log; echo out > /dev/stdout; cat hp/file
            """
        return ShellPod(
            name,
            script,
            pod: fields + [
                "volumes:",
                "- {name: cm, configMap: {name: cm, defaultMode: 0440}}",
                "- {name: se, secret: {secretName: se, defaultMode: 0400}}",
                "- {name: dn, downwardAPI: {items: [{path: n, fieldRef: {fieldPath: metadata.namespace}}]}}",
                "- {name: pj, projected: {sources: [{configMap: {name: cm}}]}}",
                "- {name: hp, hostPath: {path: \(host)}}", "- {name: ed, emptyDir: {}}",
                "- {name: em, emptyDir: {medium: Memory}}",
                "- {name: pv, persistentVolumeClaim: {claimName: \(name)}}",
                "- {name: img, image: {reference: remora/busybox, pullPolicy: IfNotPresent}}",
            ],
            container: [
                "volumeMounts:", "- {name: cm, mountPath: /cm}", "- {name: se, mountPath: /se}",
                "- {name: dn, mountPath: /dn}", "- {name: pj, mountPath: /pj}",
                "- {name: hp, mountPath: /hp}", "- {name: ed, mountPath: /ed}",
                "- {name: em, mountPath: /em}", "- {name: pv, mountPath: /pv}",
                "- {name: ed, mountPath: /sub, subPath: a/b}", "- {name: img, mountPath: /img}",
            ]
        )
    }

    @Test func `files have the owners that a pod with the node's users sees`() async throws {
        try await withOpenEngine { engine in
            let host = engine.folder.file("host")
            try engine.folder.write("content\n", to: "host/file")
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o777],
                ofItemAtPath: host
            )
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o640, .ownerAccountID: 1000, .groupOwnerAccountID: 2000],
                ofItemAtPath: host + "/file"
            )
            let group = "securityContext: {fsGroup: 2000}"
            let user = "securityContext: {runAsUser: 1000, runAsGroup: 3000, fsGroup: 2000}"
            let kinds = [("root", []), ("group", [group]), ("user", [user])]
            let pods = kinds.flatMap { kind, fields in
                [
                    owner("own-\(kind)", host: host, fields: fields + [Self.own]),
                    owner("node-\(kind)", host: host, fields: fields),
                ]
            }
            let claims = pods.map {
                """
                {apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: \($0.name)}, \
                spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}}
                """
            }
            let outputs = try await engine.outputs(of: pods, with: Self.objects + claims)
            for (kind, _) in kinds {
                let (own, node) = (outputs["own-" + kind] ?? "", outputs["node-" + kind] ?? "")
                #expect(own == node)
                #expect(own.contains("hp/file 1000 2000 640") && own.hasSuffix("out\ncontent\n"))
                let words = ".status.containerStatuses[0].state.terminated.message"
                #expect(try await engine.field(words, of: "own-" + kind) == "said\n")
            }
            // What user 1000 of a pod writes belongs to user 1000 of the node.
            let written = try FileManager.default.attributesOfItem(
                atPath: engine.root + "/claims/default/own-user/own-user-new"
            )
            #expect(written[.ownerAccountID] as? Int == 1000)
            #expect(written[.groupOwnerAccountID] as? Int == 2000)
        }
    }

    @Test func `root in the pod is nobody on the node`() async throws {
        try await withOpenEngine { engine in
            let host = engine.folder.file("host")
            try engine.folder.write("secret\n", to: "host/file")
            // A user whom the pod does not have.
            try FileManager.default.setAttributes(
                [
                    .posixPermissions: 0o600, .ownerAccountID: 100_000,
                    .groupOwnerAccountID: 100_000,
                ],
                ofItemAtPath: host + "/file"
            )
            let script = """
                cat /hp/file 2>/dev/null || echo closed
                mknod /null c 1 3 2>/dev/null || echo no device
                ip addr add 10.9.9.9/32 dev lo && echo network
                hostname renamed && hostname
                cat /proc/self/oom_score_adj
                """
            let limits = "{cpu: 50m, memory: 32Mi}"
            func pod(_ name: String, _ fields: [String]) -> ShellPod {
                ShellPod(
                    name,
                    script,
                    pod: fields + ["volumes: [{name: hp, hostPath: {path: \(host)}}]"],
                    container: [
                        "volumeMounts: [{name: hp, mountPath: /hp}]",
                        "securityContext: {capabilities: {add: [NET_ADMIN, SYS_ADMIN]}}",
                        "resources: {requests: \(limits), limits: \(limits)}",
                    ]
                )
            }
            let watched = resident("watched", pod: [Self.own])
            try await engine.apply(watched.yaml)
            let outputs = try await engine.outputs(of: [
                pod("own", [Self.own]), pod("node", ["hostname: other"]),
            ])
            // The score is the node pod's: -997 unless the engine lacks the privilege for it.
            let score = outputs["node"]?.split(separator: "\n").last ?? ""
            #expect(
                outputs["own"] == "closed\nno device\nnetwork\nrenamed\n\(score)\n"
            )
            #expect(outputs["node"]?.hasPrefix("secret\nnetwork\n") == true)
            try await engine.waitUntilReady("watched")
            let map = try await engine.shell("cat /proc/self/uid_map", in: "watched")
            let user = try #require(first(in: map))
            let manager = FileManager.default
            let owners = try manager.contentsOfDirectory(atPath: "/proc").filter {
                Int32($0) != nil
            }
            .compactMap { entry in
                try? manager.attributesOfItem(atPath: "/proc/" + entry)[.ownerAccountID] as? Int
            }
            #expect(owners.contains(Int(user)))
            #expect(try await engine.shell("id -u", in: "watched") == "0\n")
        }
    }

    @Test func `hooks, probes, sidecars, shared processes and an unmasked proc work`() async throws
    {
        try await withOpenEngine { engine in
            try await engine.apply(
                """
                apiVersion: v1
                kind: Pod
                metadata: {name: full}
                spec:
                  hostUsers: false
                  shareProcessNamespace: true
                  terminationGracePeriodSeconds: 5
                  securityContext: {sysctls: [{name: net.ipv4.tcp_fin_timeout, value: "17"}]}
                  volumes: [{name: v, emptyDir: {}}]
                  initContainers:
                  - name: before
                    image: remora/busybox
                    imagePullPolicy: IfNotPresent
                    command: [sh, -c, "id -u > /v/before; grep -c ' /proc/' /proc/mounts > /v/masks"]
                    volumeMounts: [{name: v, mountPath: /v}]
                  - name: side
                    restartPolicy: Always
                    image: remora/busybox
                    imagePullPolicy: IfNotPresent
                    command: [sh, -c, "trap 'exit 0' TERM; while true; do sleep 0.1; done"]
                    startupProbe: {exec: {command: [test, -f, /v/before]}, periodSeconds: 1}
                    volumeMounts: [{name: v, mountPath: /v}]
                  containers:
                  - name: main
                    image: remora/busybox
                    imagePullPolicy: IfNotPresent
                    command: [sh, -c, "trap 'exit 0' TERM; while true; do sleep 0.1; done"]
                    securityContext: {procMount: Unmasked, capabilities: {add: [NET_ADMIN]}}
                    lifecycle:
                      postStart: {exec: {command: [sh, -c, "echo post > /v/post"]}}
                      preStop: {exec: {command: [sh, -c, "id -u > /v/pre"]}}
                    readinessProbe: {exec: {command: [cat, /v/post]}, periodSeconds: 1}
                    volumeMounts: [{name: v, mountPath: /v}]
                """
            )
            try await engine.waitUntilReady("full")
            let seen = try await engine.shell(
                """
                cat /v/before /v/post /proc/sys/net/ipv4/tcp_fin_timeout
                ps | grep -c '[r]emora-pause'; ps | grep -c '[s]h -c trap'
                grep -c ' /proc/' /proc/mounts
                echo 18 > /proc/sys/net/ipv4/tcp_fin_timeout && echo written
                test $(cat /v/masks) -gt 5 && echo masked
                kill -0 1 && echo signalled
                """,
                in: "full",
                container: "main"
            )
            #expect(seen == "0\npost\n17\n1\n2\n0\nwritten\nmasked\nsignalled\n")
            let result = try await engine.remora("delete", "pod", "full")
            #expect(result.succeeded, "\(result.errors)")
        }
    }

    @Test func `a killed engine takes the pod over, and its containers run anew`() async throws {
        try await withOpenEngine { engine in
            let script =
                "cat /proc/self/uid_map; trap 'exit 1' TERM; while true; do sleep 0.1; done"
            try await engine.apply(
                ShellPod(
                    "kept",
                    script,
                    pod: [Self.own, "volumes: [{name: v, emptyDir: {}}]"],
                    container: ["volumeMounts: [{name: v, mountPath: /v}]"],
                    restartPolicy: "Always"
                ).yaml
            )
            try await engine.waitUntilReady("kept")
            let id = ".status.containerStatuses[0].containerID"
            let before = try await engine.field(id, of: "kept")
            let map = try await engine.shell("cat /proc/self/uid_map", in: "kept")
            try await engine.crash()
            try await engine.start()
            try await engine.waitUntilReady("kept")
            #expect(try await engine.field(id, of: "kept") == before)
            #expect(try await engine.shell("cat /proc/self/uid_map", in: "kept") == map)
            _ = try await engine.shell("echo x > /v/x; kill 1", in: "kept")
            try await eventually(within: .seconds(30), "the container runs anew") {
                try await engine.field(".status.containerStatuses[0].restartCount", of: "kept")
                    == "1"
            }
            try await engine.waitUntilReady("kept")
            #expect(try await engine.shell("cat /proc/self/uid_map", in: "kept") == map)
            #expect(try await engine.shell("stat -c '%u %g' /v/x", in: "kept") == "0 0\n")
            #expect(
                try FileManager.default.contentsOfDirectory(
                    atPath: engine.runRoot + "/mapped"
                ).isEmpty
            )
        }
    }

    @Test(arguments: [
        (
            "file system", "volumes: [{name: v, hostPath: {path: /sys}}]",
            "volumeMounts: [{name: v, mountPath: /v}]",
            ["volume \"v\" at /v", "(sysfs) cannot map users", "remove hostUsers: false"]
        ),
        (
            "user", "hostname: x", "securityContext: {runAsUser: 70000}",
            ["user or group 70000 does not exist", "choose a lower number"]
        ),
    ]) func `what cannot be had is named`(
        title: String,
        pod: String,
        container: String,
        words: [String]
    ) async throws {
        try await withOpenEngine { engine in
            try await engine.apply(
                ShellPod("bad", "true", pod: [Self.own, pod], container: [container]).yaml
            )
            try await eventually(within: .seconds(20), "the \(title) is refused") {
                let text = try await engine.events(of: "bad", reason: "Failed")
                return words.allSatisfy(text.contains)
            }
            let reason = ".status.containerStatuses[0].state.waiting.reason"
            #expect(try await engine.field(reason, of: "bad") == "CreateContainerError")
        }
    }

    @Test func `a root that others cannot pass is told`() async throws {
        try await withEngine { engine in
            try await engine.apply(ShellPod("shut", "true", pod: [Self.own]).yaml)
            try await eventually(within: .seconds(20), "the directory is named") {
                try await engine.events(of: "shut", reason: "Failed")
                    .contains("chmod o+x \(engine.folder.path)")
            }
        }
    }
}
