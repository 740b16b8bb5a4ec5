import Basics
import Foundation
import PodEngine
import PodModel
import Reactor
import System
import TestKit
import Testing

@testable import NodeDrivers

/// What a container sees of its configuration, asked from inside.
@Suite("Container configuration") @MainLoop struct ContainerConfigurationTests {
    @Test func `the user and its groups are the pod's and the image's`() async throws {
        try await TestNode.with { node in
            let spec = #"{"securityContext": {"supplementalGroups": [3000], "fsGroup": 4000}}"#
            let (_, log) = try await node.run("id -u; id -g; id -G", spec: spec) {
                $0.imageConfig.user = "web"
            }
            #expect(log == "1000\n1001\n1001 2000 3000 4000\n")
        }
    }

    @Test func `a read-only root with few rights stays one`() async throws {
        try await TestNode.with { node in
            let (_, log) = try await node.run(
                """
                touch /new 2>/dev/null || echo refused; touch /dev/shm/x && echo shm
                grep -E 'NoNewPrivs|CapBnd|CapEff|Seccomp:' /proc/self/status
                """,
                """
                {"securityContext": {
                    "readOnlyRootFilesystem": true, "allowPrivilegeEscalation": false,
                    "capabilities": {"drop": ["ALL"], "add": ["CHOWN"]},
                    "seccompProfile": {"type": "RuntimeDefault"}
                }}
                """
            )
            #expect(log.contains("refused\nshm\n"))
            #expect(log.contains("CapEff:\t0000000000000001\nCapBnd:\t0000000000000001\n"))
            #expect(log.contains("NoNewPrivs:\t1\nSeccomp:\t2\n"))
        }
    }

    @Test func `the default seccomp profile refuses what it should and runs the rest`()
        async throws
    {
        try await TestNode.with { node in
            let profile =
                #"{"securityContext": {"seccompProfile": {"type": "RuntimeDefault"}}}"#
            let (exit, log) = try await node.run(
                "mount -t tmpfs x /tmp 2>/dev/null || echo no; seq 1 3 | cat; ls > /tmp/l && echo ok",
                profile
            )
            #expect(exit.code == 0)
            #expect(log.contains("no\n") && log.contains("1\n2\n3\nok\n"))
        }
    }

    @Test func `a local seccomp profile is used, and a missing one is named`() async throws {
        try await TestNode.with { node in
            func container(_ name: String) -> String {
                """
                {"securityContext": {"seccompProfile": {
                    "type": "Localhost", "localhostProfile": "\(name)"
                }}}
                """
            }
            try Files.makeDirectories(node.layout.seccompProfiles)
            try Files.write(
                node.layout.seccompProfiles + "/strict.json",
                """
                {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
                    {"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"}
                ]}
                """
            )
            let (_, log) = try await node.run("mkdir /tmp/x || echo no", container("strict.json"))
            #expect(log.contains("no\n"))
            for name in ["missing.json", "../strict.json"] {
                let request = try await node.request(TestNode.pod(container(name)))
                let error = await #expect(throws: StepFailure.self) {
                    _ = try await node.runtime.create(request)
                }
                #expect(error?.reason == "CreateContainerError")
                #expect(error?.message.contains(name) == true)
            }
        }
    }

    @Test func `a privileged container has the node's devices and writes to sysfs`() async throws {
        try await TestNode.with { node in
            let (_, log) = try await node.run(
                """
                grep ' /sys ' /proc/mounts; grep CapEff /proc/self/status
                ls /dev | grep -c . ; mount -t tmpfs x /tmp && echo mounted
                """,
                #"{"securityContext": {"privileged": true}}"#
            )
            #expect(log.contains("sysfs rw"))
            #expect(log.contains("mounted"))
        }
    }

    @Test func `volumes, files and hostname appear where they belong`() async throws {
        try await TestNode.with { node in
            let outside = node.root + "/outside"
            try Files.makeDirectories(outside + "/inner")
            try Files.write(outside + "/inner/seen", "yes\n")
            try Files.write(node.root + "/hosts", "10.0.0.1 web\n")
            let (_, log) = try await node.run(
                """
                cat /data/seen /etc/hosts; touch /data/new || echo read-only
                echo $HOSTNAME; echo last > /dev/termination-log; cat /proc/self/cgroup | grep -c .
                """
            ) {
                $0.mounts = [
                    ContainerMount(
                        source: outside + "/inner",
                        destination: "/data",
                        isReadOnly: true
                    )
                ]
                $0.hostsFile = node.root + "/hosts"
                $0.hostname = "web"
            }
            #expect(log.contains("yes\n10.0.0.1 web\n"))
            #expect(log.contains("read-only\nweb\n"))
        }
    }

    @Test func `containers of a shared process namespace see each other and end alone`()
        async throws
    {
        try await TestNode.with { node in
            // The first container stands for the holder of the pod's namespace.
            let holder = try await node.start("sleep 60")
            let pid = try #require(node.runtime.processID(of: holder))
            let id = try await node.start("ps; sleep 60 & echo up; read x < /run/gate") {
                _ = mkfifo($0.rootfs + "/run/gate", 0o600)
                $0.namespaces.processes = .shared("/proc/\(pid)/ns/pid")
            }
            try await node.wait(for: "up", in: id)
            #expect(try await node.log(id).contains("sleep 60"))
            let cgroup = try #require(node.runtime.record(of: id)?.cgroup)
            try Files.append(
                node.layout.rootfs(of: id) + "/run/gate",
                Array("\n".utf8)
            )
            #expect(await node.runtime.exit(of: id).code == 0)
            // What the container had started must not outlive it in the shared namespace.
            try await eventually(within: .seconds(10), "the end of its children") {
                node.host.cgroups.processes(in: cgroup).isEmpty
            }
            #expect(node.runtime.processID(of: holder) != nil)
        }
    }

    @Test func `a container on a terminal has one stream`() async throws {
        try await TestNode.with { node in
            let (exit, log) = try await node.run(
                "tty; echo $TERM; echo err >&2",
                #"{"tty": true}"#
            )
            #expect(exit.code == 0)
            #expect(log.contains("/dev/pts/0") && log.contains("xterm") && log.contains("err"))
        }
    }

    @Test func `runc does as well`() async throws {
        try await TestNode.with(runtime: "runc") { node in
            let (exit, log) = try await node.run("echo from runc; exit 3")
            #expect(exit.code == 3 && log == "from runc\n")
            var request = try await node.request(TestNode.pod())
            request.command = ["nosuch"]
            _ = try await node.runtime.create(request)
            let id = request.id
            let message = "exec: \"nosuch\": executable file not found in $PATH"
            let error = await #expect(throws: StepFailure.self) {
                try await node.runtime.start(id)
            }
            #expect(error?.message.hasPrefix(message) == true)
        }
    }

    @Test func `many containers start at once and leave no descriptor behind`() async throws {
        try await TestNode.with { node in
            let before = try Descriptors.openCount()
            let runs = (0..<24).map { number in
                Task { @MainLoop in
                    let (exit, log) = try await node.run("echo \(number); exit \(number)")
                    #expect(log == "\(number)\n")
                    return exit.code
                }
            }
            var codes: [Int] = []
            for run in runs { codes.append(try await run.value) }
            #expect(codes == Array(0..<24))
            // Other tests run beside this one: allow for theirs.
            #expect(try Descriptors.openCount() < before + 200)
        }
    }
}
