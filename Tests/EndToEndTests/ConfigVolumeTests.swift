import Foundation
import TestKit
import Testing

/// Volumes made from objects, from the manifest to what the containers see.
///
/// Mirrors upstream's ConfigMap, Secret, projected and downward API volume tests.
@Suite("Volumes of objects") struct ConfigVolumeTests {
    private static let objects = [
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: config}
        data: {data-1: value-1, data-2: value-2, path.to.file: "x = 1"}
        binaryData: {raw: "/wD+AA=="}
        """,
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: secret}
        stringData: {data-1: secret-1, data-2: secret-2}
        """,
        """
        apiVersion: v1
        kind: Namespace
        metadata: {name: elsewhere}
        """,
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: secret, namespace: elsewhere}
        stringData: {data-1: wrong}
        """,
    ]

    /// A volume, who reads it, how, and what is found.
    struct Reading: Sendable {
        var name: String
        var volume: String
        var security = ""
        var command: String
        var output: String
    }

    private static let modes = "stat -L -c '%a %u %g' /v/data-1; cat /v/data-1; echo"

    static let readings: [Reading] = [
        Reading(
            name: "config-plain",
            volume: "configMap: {name: config}",
            command:
                "ls /v; \(modes); od -An -tx1 /v/raw | xargs; touch /v/x 2>/dev/null || echo ro",
            output: "data-1\ndata-2\npath.to.file\nraw\n644 0 0\nvalue-1\nff 00 fe 00\nro\n"
        ),
        Reading(
            name: "config-user",
            volume: "configMap: {name: config}",
            security: "runAsUser: 1000",
            command: modes,
            output: "644 0 0\nvalue-1\n"
        ),
        Reading(
            name: "config-mode",
            volume: "configMap: {name: config, defaultMode: 0400}",
            command: modes,
            output: "400 0 0\nvalue-1\n"
        ),
        Reading(
            name: "config-group",
            volume: "configMap: {name: config, defaultMode: 0400}",
            security: "runAsUser: 1000, fsGroup: 1001",
            command: modes,
            output: "440 0 1001\nvalue-1\n"
        ),
        Reading(
            name: "config-items",
            volume: """
                configMap: {name: config, items: [{key: data-2, path: path/to/data-2, mode: 0400}, \
                {key: data-1, path: data-1}]}
                """,
            command:
                "\(modes); stat -L -c %a /v/path/to/data-2; cat /v/path/to/data-2; echo; ls /v",
            output: "644 0 0\nvalue-1\n400\nvalue-2\ndata-1\npath\n"
        ),
        Reading(
            name: "secret-plain",
            volume: "secret: {secretName: secret}",
            command: "\(modes); stat -f -c %T /v; grep -c ' /v ' /proc/mounts",
            output: "644 0 0\nsecret-1\ntmpfs\n1\n"
        ),
        Reading(
            name: "secret-group",
            volume: "secret: {secretName: secret, defaultMode: 0440}",
            security: "runAsUser: 1000, fsGroup: 1001",
            command: modes,
            output: "440 0 1001\nsecret-1\n"
        ),
        Reading(
            name: "optional",
            volume: "secret: {secretName: nowhere, optional: true}",
            command: "ls /v | wc -l",
            output: "0\n"
        ),
        Reading(
            name: "downward",
            volume: """
                downwardAPI: {items: [{path: name, fieldRef: {fieldPath: metadata.name}}, \
                {path: deep/labels, fieldRef: {fieldPath: metadata.labels}, mode: 0400}, \
                {path: cpu, resourceFieldRef: {containerName: main, resource: limits.cpu, divisor: 1m}}, \
                {path: memory, resourceFieldRef: {containerName: main, resource: requests.memory}}]}
                """,
            command: """
                cat /v/name; echo; cat /v/deep/labels; echo; stat -L -c %a /v/deep/labels /v/name; \
                cat /v/cpu; echo; cat /v/memory; echo
                """,
            output: "downward\nkind=\"test\"\ntier=\"web\"\n400\n644\n250\n33554432\n"
        ),
        Reading(
            name: "projected",
            volume: """
                projected: {defaultMode: 0444, sources: [\
                {configMap: {name: config, items: [{key: data-1, path: config}]}}, \
                {secret: {name: secret, items: [{key: data-1, path: secret, mode: 0400}]}}, \
                {downwardAPI: {items: [{path: pod, fieldRef: {fieldPath: metadata.name}}]}}, \
                {serviceAccountToken: {path: token, expirationSeconds: 3600}}]}
                """,
            command: """
                ls /v; cat /v/config /v/secret /v/pod; echo; \
                stat -L -c %a /v/config /v/secret; test -s /v/token && echo token
                """,
            output:
                "config\npod\nsecret\ntoken\nvalue-1secret-1projected\n444\n400\ntoken\n"
        ),
    ]

    @Test func `files of objects have their content, modes and owners`() async throws {
        try await withEngine { engine in
            let pods = Self.readings.map { row in
                ShellPod(
                    row.name,
                    row.command,
                    pod: (row.security.isEmpty ? [] : ["securityContext: {\(row.security)}"])
                        + ["volumes:", "- name: v", "  \(row.volume)"],
                    container: [
                        "resources: {limits: {cpu: 250m}, requests: {memory: 32Mi}}",
                        "volumeMounts: [{name: v, mountPath: /v}]",
                    ],
                    metadata: "labels: {tier: web, kind: test}"
                )
            }
            let outputs = try await engine.outputs(of: pods, with: Self.objects)
            for row in Self.readings { #expect(outputs[row.name] == row.output, "\(row.name)") }
        }
    }

    @Test func `mounted objects follow their changes, sub-paths and immutable ones do not`()
        async throws
    {
        try await withEngine { engine in
            func objects(_ value: String) -> [String] {
                [
                    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: live}\ndata: {k: \(value)}\n",
                    "apiVersion: v1\nkind: Secret\nmetadata: {name: live}\nstringData: {k: \(value)}\n",
                ]
            }
            let frozen = """
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: frozen}
                immutable: true
                data: {k: one}
                """
            let pod = resident(
                "follower",
                volumes: [
                    "- {name: config, configMap: {name: live}}",
                    "- {name: secret, secret: {secretName: live}}",
                    "- {name: frozen, configMap: {name: frozen}}",
                    "- {name: late, configMap: {name: late, optional: true}}",
                    "- name: all",
                    "  projected: {sources: [{configMap: {name: live, items: [{key: k, path: c}]}}, "
                        + "{secret: {name: live, items: [{key: k, path: s}]}}, "
                        + "{downwardAPI: {items: [{path: l, fieldRef: {fieldPath: \"metadata.labels['l']\"}}]}}]}",
                ],
                mounts: [
                    "- {name: config, mountPath: /config}", "- {name: secret, mountPath: /secret}",
                    "- {name: frozen, mountPath: /frozen}", "- {name: late, mountPath: /late}",
                    "- {name: all, mountPath: /all}",
                    "- {name: config, mountPath: /single, subPath: k}",
                ]
            )
            var labelled = pod
            labelled.metadata = "labels: {l: one}"
            try await engine.apply(documents(objects("one") + [frozen, labelled.yaml]))
            try await engine.waitUntilReady("follower")
            let look = """
                cd /; for f in config/k secret/k frozen/k all/c all/s all/l single late/k; do \
                cat $f 2>/dev/null || printf none; printf ' '; done
                """
            let before = try await engine.shell(look, in: "follower")
            #expect(before == "one one one one one one one none ")
            labelled.metadata = "labels: {l: two}"
            let relabel = try engine.folder.write(labelled.yaml, to: "label.yaml")
            #expect(
                try await engine.remora("apply", "-f", relabel).output
                    == "pod/follower configured\n"
            )
            #expect(
                try await engine.remora("apply", "-f", relabel).output == "pod/follower unchanged\n"
            )
            let late = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: late}\ndata: {k: here}\n"
            try await engine.apply(documents(objects("two") + [late]))
            try await eventually(within: .seconds(20), "all that follow have followed") {
                let now = try await engine.shell(look, in: "follower")
                guard now == "two two one two two two one here " else { throw Trouble(now) }
                return true
            }
            let file = try engine.folder.write(
                frozen.replacing("k: one", with: "k: two"),
                to: "frozen.yaml"
            )
            let refused = try await engine.remora("apply", "-f", file)
            #expect(!refused.succeeded)
            #expect(refused.errors.contains("immutable"))
            // A mandatory object that goes keeps its last content; an optional one empties.
            for name in ["configmap/live", "configmap/late"] {
                let result = try await engine.remora("down", name)
                #expect(result.succeeded, "\(result.errors)")
            }
            try await eventually(within: .seconds(20), "the optional volume empties") {
                try await engine.shell(look, in: "follower") == "two two one two two two one none "
            }
            let restarts = ".status.containerStatuses[0].restartCount"
            #expect(try await engine.field(restarts, of: "follower") == "0")
        }
    }
}
