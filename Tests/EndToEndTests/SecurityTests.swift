import Foundation
import TestKit
import Testing

/// What security contexts make of a container's process, seen from inside.
///
/// Mirrors upstream's `security_context.go`, `sysctl.go` and `privileged.go`.
@Suite("Security") struct SecurityTests {
    /// A security context and what the process then finds.
    struct Case: Sendable, CustomTestStringConvertible {
        var title: String
        var pod = ""
        var container = ""
        var command: String
        var output: String
        var testDescription: String { title }
    }

    private static let identity =
        "awk '/^(Uid|Gid|Groups|NoNewPrivs|Seccomp):/ {print $1, $2, $3, $4, $5, $6, $7}' "
        + "/proc/self/status | sed 's/ *$//'"

    static let cases: [Case] = [
        Case(
            title: "nothing is asked for",
            command: identity,
            output: "Uid: 0 0 0 0\nGid: 0 0 0 0\nGroups: 0\nNoNewPrivs: 0\nSeccomp: 0"
        ),
        Case(
            title: "the pod's user, group, fsGroup and supplementary groups",
            pod:
                "{runAsUser: 1000, runAsGroup: 3000, fsGroup: 2000, supplementalGroups: [4000, 50]}",
            command: "id -u; id -g; id -G | tr ' ' '\\n' | sort -n | xargs",
            output: "1000\n3000\n50 2000 3000 4000"
        ),
        Case(
            title: "the container's user and group win over the pod's",
            pod: "{runAsUser: 1000, runAsGroup: 3000}",
            container: "{runAsUser: 65534, runAsGroup: 7}",
            command: "id -u; id -g",
            output: "65534\n7"
        ),
        Case(
            title: "runAsNonRoot with a user passes",
            container: "{runAsNonRoot: true, runAsUser: 1000}",
            command: "id -u",
            output: "1000"
        ),
        Case(
            title: "privilege escalation may be forbidden",
            container: "{allowPrivilegeEscalation: false, runAsUser: 1000}",
            command: "grep NoNewPrivs /proc/self/status | xargs",
            output: "NoNewPrivs: 1"
        ),
        Case(
            title: "the runtime's capabilities are the default",
            command: "grep CapBnd /proc/self/status | xargs; chroot / true && echo chroot",
            output: "CapBnd: 00000000a80425fb\nchroot"
        ),
        Case(
            title: "all capabilities dropped",
            container: "{capabilities: {drop: [ALL]}}",
            command:
                "grep -E 'Cap(Prm|Eff|Bnd|Inh|Amb)' /proc/self/status | awk '{print $2}' | sort -u",
            output: "0000000000000000"
        ),
        Case(
            title: "all dropped and one added",
            container: "{capabilities: {drop: [ALL], add: [NET_BIND_SERVICE]}}",
            command: "grep -E 'Cap(Prm|Eff|Bnd)' /proc/self/status | awk '{print $2}' | sort -u",
            output: "0000000000000400"
        ),
        Case(
            title: "an added capability works",
            container: "{capabilities: {add: [NET_ADMIN]}}",
            command: "ip addr add 10.9.9.9/32 dev lo && echo done",
            output: "done"
        ),
        Case(
            title: "a plain container cannot change the network",
            command: "ip addr add 10.9.9.9/32 dev lo 2>&1 || echo refused",
            output: "ip: RTNETLINK answers: Operation not permitted\nrefused"
        ),
        Case(
            title: "a privileged container has all capabilities, devices and a writable /sys",
            container: "{privileged: true}",
            command: """
                awk '/Cap(Eff|Bnd)/ {print $2}' /proc/self/status | sort -u | grep -vc a80425fb; \
                test -e /dev/kmsg && echo kmsg; grep ' /sys ' /proc/mounts | grep -c ' rw'; \
                ip addr add 10.9.9.9/32 dev lo && echo network
                """,
            output: "1\nkmsg\n1\nnetwork"
        ),
        Case(
            title: "a plain container has a read-only /sys and masked files",
            command: """
                grep ' /sys ' /proc/mounts | grep -c ' ro'; cat /proc/timer_list | wc -c; \
                ls /sys/firmware | wc -l; echo 1 2>/dev/null > /proc/sys/kernel/panic || echo no
                """,
            output: "1\n0\n0\nno"
        ),
        Case(
            title: "a read-only root file system",
            container: "{readOnlyRootFilesystem: true}",
            command: "(echo x > /file) 2>&1; echo y > /dev/shm/x && echo shm",
            output: "sh: can't create /file: Read-only file system\nshm"
        ),
        Case(
            title: "a writable root file system",
            container: "{readOnlyRootFilesystem: false}",
            command: "echo x > /file && cat /file",
            output: "x"
        ),
        Case(
            title: "the default seccomp profile of the runtime",
            pod: "{seccompProfile: {type: RuntimeDefault}}",
            command:
                "grep Seccomp: /proc/self/status | xargs; unshare -U true 2>/dev/null || echo no",
            output: "Seccomp: 2\nno"
        ),
        Case(
            title: "the container's seccomp profile wins over the pod's",
            pod: "{seccompProfile: {type: RuntimeDefault}}",
            container: "{seccompProfile: {type: Unconfined}}",
            command: "grep Seccomp: /proc/self/status | xargs",
            output: "Seccomp: 0"
        ),
        Case(
            title: "safe sysctls, with either separator",
            pod: """
                {sysctls: [{name: net.ipv4.ip_unprivileged_port_start, value: "80"}, \
                {name: net/ipv4/ip_local_port_range, value: "2000 3000"}, \
                {name: kernel.shm_rmid_forced, value: "1"}]}
                """,
            command: """
                cd /proc/sys; cat net/ipv4/ip_unprivileged_port_start; \
                xargs < net/ipv4/ip_local_port_range; cat kernel/shm_rmid_forced
                """,
            output: "80\n2000 3000\n1"
        ),
    ]

    @Test func `each setting reaches the process`() async throws {
        try await withEngine { engine in
            let pods = Self.cases.enumerated().map { index, row in
                ShellPod(
                    "case-\(index)",
                    row.command,
                    pod: row.pod.isEmpty ? [] : ["securityContext: " + row.pod],
                    container: row.container.isEmpty ? [] : ["securityContext: " + row.container]
                )
            }
            let outputs = try await engine.outputs(of: pods)
            for (index, row) in Self.cases.enumerated() {
                let output = outputs["case-\(index)"]?.trimmingCharacters(
                    in: .whitespacesAndNewlines
                )
                #expect(output == row.output, "\(row.title)")
            }
        }
    }

    @Test func `a user that breaks the non-root policy is refused with the reason`() async throws {
        try await withEngine { engine in
            let tree = try engine.folder.busyboxTree()
            for (user, image) in [("", "root"), ("web", "named"), ("1234", "numbered")] {
                let options = user.isEmpty ? [] : ["--user", user]
                try await engine.importImage(tree, as: "local/\(image):1", options)
            }
            let refused = [
                (
                    "zero", "local/numbered:1", "{runAsNonRoot: true, runAsUser: 0}",
                    "container's runAsUser breaks non-root policy"
                ),
                (
                    "image-root", "local/root:1", "{runAsNonRoot: true}",
                    "container has runAsNonRoot and image will run as root"
                ),
                (
                    "image-name", "local/named:1", "{runAsNonRoot: true}",
                    "image has non-numeric user (web), cannot verify user is non-root"
                ),
            ]
            var pods = refused.map {
                ShellPod($0.0, "id -u", container: ["securityContext: " + $0.2], image: $0.1)
            }
            pods.append(
                ShellPod(
                    "fine",
                    "id -u",
                    container: ["securityContext: {runAsNonRoot: true}"],
                    image: "local/numbered:1"
                )
            )
            try await engine.apply(documents(pods.map(\.yaml)))
            try await engine.waitForPhase("Succeeded", of: "fine")
            #expect(try await engine.remora("logs", "fine").output == "1234\n")
            for (name, _, _, text) in refused {
                let waiting = ".status.containerStatuses[0].state.waiting"
                try await eventuallyKnown(
                    engine,
                    waiting + ".reason",
                    of: name,
                    in: ["CreateContainerConfigError"]
                )
                let message = try await engine.field(waiting + ".message", of: name)
                #expect(message.contains(text))
                #expect(try await engine.events(of: name, reason: "Failed").contains(text))
            }
        }
    }

    @Test func `groups of the image join unless the policy is strict`() async throws {
        try await withEngine { engine in
            let tree = try engine.folder.busyboxTree()
            try "web:x:1000:1000::/:/bin/sh\n".write(
                toFile: tree + "/etc/passwd",
                atomically: true,
                encoding: .utf8
            )
            try "web:x:1000:\nextra:x:5555:web\n".write(
                toFile: tree + "/etc/group",
                atomically: true,
                encoding: .utf8
            )
            try await engine.importImage(tree, as: "local/groups:1", [])
            let command = "id -G | tr ' ' '\\n' | sort -n | xargs"
            let pods = [("merge", ""), ("strict", ", supplementalGroupsPolicy: Strict")].map {
                ShellPod(
                    $0.0,
                    command,
                    pod: [
                        "securityContext: {runAsUser: 1000, supplementalGroups: [6000]\($0.1)}"
                    ],
                    image: "local/groups:1"
                )
            }
            let outputs = try await engine.outputs(of: pods)
            #expect(outputs["merge"] == "1000 5555 6000\n")
            #expect(outputs["strict"] == "1000 6000\n")
            let groups = ".status.containerStatuses[0].user.linux.supplementalGroups"
            #expect(try await engine.field(groups, of: "merge").contains("5555"))
        }
    }

    @Test func `an unsafe sysctl fails the pod with the kubelet's reason`() async throws {
        try await withEngine { engine in
            let pod = ShellPod(
                "unsafe",
                "true",
                pod: ["securityContext: {sysctls: [{name: kernel.msgmax, value: \"65536\"}]}"]
            )
            try await engine.apply(pod.yaml)
            try await engine.waitForPhase("Failed", of: "unsafe")
            #expect(try await engine.field(".status.reason", of: "unsafe") == "SysctlForbidden")
            #expect(
                try await engine.field(".status.message", of: "unsafe").contains("kernel.msgmax")
            )
        }
    }

    @Test func `a seccomp profile of the node binds the container`() async throws {
        try await withEngine { engine in
            try FileManager.default.createDirectory(
                atPath: engine.root + "/seccomp",
                withIntermediateDirectories: true
            )
            try """
            {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
              {"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1}]}
            """
            .write(
                toFile: engine.root + "/seccomp/no-mkdir.json",
                atomically: true,
                encoding: .utf8
            )
            func pod(_ name: String, _ file: String) -> ShellPod {
                ShellPod(
                    name,
                    "mkdir /tmp/x 2>&1; touch /tmp/y && echo touched",
                    container: [
                        "securityContext: {seccompProfile: {type: Localhost, localhostProfile: \(file)}}"
                    ]
                )
            }
            let outputs = try await engine.outputs(of: [pod("bound", "no-mkdir.json")])
            #expect(
                outputs["bound"]
                    == "mkdir: can't create directory '/tmp/x': Operation not permitted\ntouched\n"
            )
            try await engine.apply(pod("missing", "nowhere.json").yaml)
            let waiting = ".status.containerStatuses[0].state.waiting"
            try await eventuallyKnown(
                engine,
                waiting + ".reason",
                of: "missing",
                in: ["CreateContainerError"]
            )
            #expect(
                try await engine.field(waiting + ".message", of: "missing").contains("nowhere.json")
            )
        }
    }

    @Test func `processes are seen by those who share their namespace`() async throws {
        try await withEngine { engine in
            let command = """
                i=0; while [ $i -lt 15 ]; do i=$((i+1)); \
                cat /proc/[0-9]*/comm 2>/dev/null | grep -q '^sleep$' && break; sleep 0.1; done; \
                cat /proc/[0-9]*/comm 2>/dev/null | grep -c '^sleep$' | sed 's/^[1-9].*/seen/'; \
                test $$$$ = 1 && echo first || echo later; cat /proc/1/comm; true
                """
            let pods = [
                ("alone", []), ("shared", ["shareProcessNamespace: true"]),
                ("host", ["hostPID: true"]),
            ]
            .map { name, fields in
                var pod = ShellPod(name, command, pod: fields)
                pod.siblings = [
                    "- {name: other, image: remora/busybox, imagePullPolicy: IfNotPresent, "
                        + "command: [sleep, \"3\"]}"
                ]
                return pod
            }
            let outputs = try await engine.outputs(of: pods)
            let first = try String(contentsOfFile: "/proc/1/comm", encoding: .utf8)
            #expect(outputs["alone"] == "0\nfirst\nsh\n")
            #expect(outputs["shared"]?.hasPrefix("seen\nlater\n") == true)
            #expect(outputs["host"] == "seen\nlater\n" + first)
        }
    }
}
