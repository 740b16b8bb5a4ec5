import Foundation
import TestKit
import Testing

/// `emptyDir` volumes, from the manifest to what the containers see.
///
/// Mirrors upstream's `empty_dir.go` and the eviction by its size limit.
@Suite("emptyDir") struct EmptyDirTests {
    /// A user, a file mode and a medium of upstream's matrix.
    private static let matrix: [(user: String, mode: String, medium: String)] =
        ["0", "1001"].flatMap { user in
            ["644", "666", "777"].flatMap { mode in
                ["", "Memory"].map { (user, mode, $0) }
            }
        }

    @Test func `an emptyDir is writable for every user on either medium`() async throws {
        try await withEngine { engine in
            let pods = Self.matrix.enumerated().map { index, row in
                ShellPod(
                    "empty-\(index)",
                    """
                    stat -c %A /v | cut -c 1-9; echo content > /v/f && chmod \(row.mode) /v/f; \
                    stat -c '%a %u' /v/f; cat /v/f; stat -f -c %T /v | sed 's/^[^t].*/disk/'
                    """,
                    pod: [
                        "securityContext: {runAsUser: \(row.user)}",
                        "volumes: [{name: v, emptyDir: {medium: \"\(row.medium)\"}}]",
                    ],
                    container: ["volumeMounts: [{name: v, mountPath: /v}]"]
                )
            }
            let outputs = try await engine.outputs(of: pods)
            for (index, row) in Self.matrix.enumerated() {
                let medium = row.medium.isEmpty ? "disk" : "tmpfs"
                #expect(
                    outputs["empty-\(index)"]
                        == "drwxrwxrw\n\(row.mode) \(row.user)\ncontent\n\(medium)\n",
                    "user \(row.user), mode \(row.mode), medium \(medium)"
                )
            }
        }
    }

    @Test func `an emptyDir belongs to the fsGroup, is shared, limited and survives a restart`()
        async throws
    {
        try await withEngine { engine in
            func mounts(_ path: String) -> [String] {
                ["volumeMounts: [{name: v, mountPath: \(path)}]"]
            }
            var shared = ShellPod(
                "shared",
                "echo hello > /a/word; mv /a/word /a/question; while ! test -e /a/answer; do sleep 0.1; done; "
                    + "cat /a/answer",
                pod: ["volumes: [{name: v, emptyDir: {}}]"],
                container: mounts("/a")
            )
            shared.siblings = [
                "- name: other", "  image: remora/busybox", "  imagePullPolicy: IfNotPresent",
                "  command: [sh, -c, \"while ! test -e /b/question; do sleep 0.1; done; "
                    + "cp /b/question /b/draft; mv /b/draft /b/answer\"]",
                "  volumeMounts: [{name: v, mountPath: /b}]",
            ]
            let outputs = try await engine.outputs(of: [
                ShellPod(
                    "group",
                    "stat -c '%a %g' /v; touch /v/f; stat -c %g /v/f",
                    pod: [
                        "securityContext: {runAsUser: 1001, fsGroup: 123}",
                        "volumes: [{name: v, emptyDir: {}}]",
                    ],
                    container: mounts("/v")
                ),
                ShellPod(
                    "subpath",
                    "stat -c '%a %g' /v; touch /v/f; stat -c %g /v/f",
                    pod: [
                        "securityContext: {runAsUser: 1001, fsGroup: 123}",
                        "volumes: [{name: v, emptyDir: {}}]",
                    ],
                    container: ["volumeMounts: [{name: v, mountPath: /v, subPath: made/here}]"]
                ),
                ShellPod(
                    "limited",
                    "df -k /v | awk 'NR == 2 {print $2}'; head -c 3000000 /dev/zero 2>/dev/null > /v/f || echo full",
                    pod: ["volumes: [{name: v, emptyDir: {medium: Memory, sizeLimit: 2Mi}}]"],
                    container: mounts("/v")
                ),
                ShellPod(
                    "memory-limit",
                    "df -k /v | awk 'NR == 2 {print $2}'",
                    pod: ["volumes: [{name: v, emptyDir: {medium: Memory, sizeLimit: 1Gi}}]"],
                    container: mounts("/v") + ["resources: {limits: {memory: 32Mi}}"]
                ),
                ShellPod(
                    "again",
                    "echo run >> /v/runs; test $(wc -l < /v/runs) -ge 2 && cat /v/runs",
                    pod: ["volumes: [{name: v, emptyDir: {}}]"],
                    container: mounts("/v"),
                    restartPolicy: "OnFailure"
                ),
                shared,
            ])
            #expect(outputs["group"] == "2777 123\n123\n")
            #expect(outputs["subpath"] == "2777 123\n123\n")
            #expect(outputs["limited"]?.hasPrefix("2048\n") == true)
            #expect(outputs["limited"]?.hasSuffix("full\n") == true)
            #expect(outputs["memory-limit"] == "32768\n")
            #expect(outputs["again"] == "run\nrun\n")
            #expect(outputs["shared"] == "hello\n")
        }
    }

    @Test func `a pod that outgrows the limit of its emptyDir is evicted`() async throws {
        try await withEngine { engine in
            let pod = ShellPod(
                "greedy",
                "head -c 3000000 /dev/zero > /v/f; trap 'exit 0' TERM; while true; do sleep 0.1; done",
                pod: ["volumes: [{name: v, emptyDir: {sizeLimit: 1Mi}}]"],
                container: ["volumeMounts: [{name: v, mountPath: /v}]"],
                restartPolicy: "Always"
            )
            try await engine.apply(pod.yaml)
            try await engine.waitForPhase("Failed", of: "greedy", within: .seconds(40))
            #expect(try await engine.field(".status.reason", of: "greedy") == "Evicted")
            #expect(
                try await engine.field(".status.message", of: "greedy")
                    == "Usage of EmptyDir volume \"v\" exceeds the limit \"1Mi\". "
            )
        }
    }
}
