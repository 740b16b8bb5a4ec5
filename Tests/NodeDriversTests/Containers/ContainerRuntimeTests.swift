import Basics
import PodEngine
import Reactor
import System
import TestKit
import Testing

@testable import NodeDrivers

/// Real containers: conmon and crun must be installed, and the test must run as root.
@Suite("Container runtime") @MainLoop struct ContainerRuntimeTests {
    @Test func `a container runs, logs and ends`() async throws {
        try await TestNode.with { node in
            let (exit, log) = try await node.run("echo hello; echo oops >&2; exit 3")
            #expect(exit.code == 3)
            #expect(exit.reason == "Error")
            #expect(log.contains("hello\n") && log.contains("oops\n"))
            let started = try #require(exit.startedAt)
            #expect(started.seconds > 0 && exit.finishedAt.seconds >= started.seconds)
        }
    }

    @Test func `a container that ends well is completed`() async throws {
        try await TestNode.with { node in
            let (exit, _) = try await node.run("exit 0")
            #expect(exit.code == 0 && exit.reason == "Completed")
        }
    }

    @Test(arguments: [
        (
            ["nosuch"],
            "exec: \"nosuch\": executable file not found in $PATH; correct the command, or the image"
        ),
        (
            ["/bin/nosuch"],
            "exec: \"/bin/nosuch\": stat /bin/nosuch: no such file or directory; correct the "
                + "command, or the image"
        ),
        (
            ["/etc/passwd"],
            "exec: \"/etc/passwd\": permission denied; it must be an executable file"
        ),
    ]) func `what cannot be executed is a start error`(
        command: [String],
        message: String
    ) async throws {
        try await TestNode.with { node in
            var request = try await node.request(TestNode.pod())
            request.command = command
            _ = try await node.runtime.create(request)
            let id = request.id
            await #expect(
                throws: StepFailure(reason: "RunContainerError", message: message)
            ) { try await node.runtime.start(id) }
            let exit = await node.runtime.exit(of: id)
            #expect(exit.code == 128 && exit.reason == "StartError" && exit.message == message)
            #expect(!node.host.cgroups.exists(request.cgroup))
            #expect(!Files.exists(node.layout.runtimeState + "/" + id))
        }
    }

    @Test func `a signal reaches the first process`() async throws {
        try await TestNode.with { node in
            let id = try await node.start("trap 'echo bye; exit 7' TERM; echo up; sleep 60 & wait")
            try await node.wait(for: "up", in: id)
            try node.runtime.signal(id, 15)
            #expect(await node.runtime.exit(of: id).code == 7)
            #expect(try await node.log(id) == "up\nbye\n")
        }
    }

    @Test func `killing ends all processes of a container and nothing else`() async throws {
        try await TestNode.with { node in
            let other = try await node.start("echo up; sleep 60")
            let id = try await node.start("sleep 60 & sleep 60 & echo up; sleep 60; echo no")
            try await node.wait(for: "up", in: id)
            let cgroup = try #require(node.runtime.record(of: id)?.cgroup)
            try await eventually(within: .seconds(10), "four processes") {
                node.host.cgroups.processes(in: cgroup).count == 4
            }
            node.runtime.killAll(id)
            let exit = await node.runtime.exit(of: id)
            #expect(exit.code == 137 && exit.reason == "Error")
            await node.runtime.remove(id, withLogs: false)
            #expect(!node.host.cgroups.exists(cgroup))
            #expect(node.runtime.processID(of: other) != nil)
        }
    }

    @Test func `removing leaves nothing behind`() async throws {
        try await TestNode.with { node in
            let id = try await node.start("echo up; sleep 60")
            let record = try #require(node.runtime.record(of: id))
            let conmon = try #require(
                Int32(try Files.text(node.layout.bundles + "/\(id)/conmon.pid"))
            )
            await node.runtime.remove(id, withLogs: true)
            #expect(!Files.exists(node.layout.container(id)))
            #expect(!Files.exists(node.layout.bundles + "/" + id))
            #expect(!Files.exists(record.log))
            #expect(!Files.exists(node.layout.runtimeState + "/" + id))
            #expect(!Files.exists(node.layout.exits + "/" + id))
            #expect(!node.host.cgroups.exists(record.cgroup))
            #expect(!node.runtime.isConmon(conmon, of: id))
            await node.runtime.remove(id, withLogs: true)
        }
    }

    @Test func `logs stay when only the container is removed`() async throws {
        try await TestNode.with { node in
            let id = try await node.start("echo kept")
            _ = await node.runtime.exit(of: id)
            let log = try #require(node.runtime.record(of: id)?.log)
            await node.runtime.remove(id, withLogs: false)
            #expect(try Files.text(log).hasSuffix("stdout F kept\n"))
        }
    }

    @Test func `a process that takes too much memory is OOMKilled`() async throws {
        try await TestNode.with { node in
            let (exit, _) = try await node.run(
                "dd if=/dev/zero of=/dev/null bs=200M count=1; exit $?",
                #"{"resources": {"limits": {"memory": "20Mi"}}}"#
            )
            #expect(exit.code == 137 && exit.reason == "OOMKilled")
        }
    }

    @Test func `the kernel holds the limits of container and pod`() async throws {
        try await TestNode.with { node in
            let id = try await node.start(
                "echo up; sleep 60",
                """
                {"resources": {
                    "limits": {"memory": "64Mi", "cpu": "250m"},
                    "requests": {"memory": "64Mi", "cpu": "250m"}
                }}
                """
            )
            let cgroup = try #require(node.runtime.record(of: id)?.cgroup)
            let pod = cgroup.split(separator: "/").dropLast().joined(separator: "/")
            for path in [cgroup, "/" + pod] {
                func number(_ controller: String, _ file: String) throws -> String {
                    let folder = try #require(node.host.cgroups.directory(path, of: controller))
                    return try Files.text(folder + "/" + file)
                }
                #expect(try number("memory", "memory.limit_in_bytes") == "67108864\n")
                #expect(try number("cpu", "cpu.shares") == "256\n")
                #expect(try number("cpu", "cpu.cfs_quota_us") == "25000\n")
            }
            let usage = try #require(node.runtime.usage(id))
            #expect(usage.processorNanoseconds > 0 && usage.memoryBytes > 0)
        }
    }

    @Test func `the termination message is the end of its file`() async throws {
        try await TestNode.with { node in
            let (exit, _) = try await node.run(
                "seq 1 2000 > /dev/termination-log; printf end >> /dev/termination-log; exit 1"
            )
            #expect(exit.message.utf8.count == 4096 && exit.message.hasSuffix("2000\nend"))
        }
    }

    @Test func `a failed container without message shows the end of its log`() async throws {
        try await TestNode.with { node in
            let (exit, _) = try await node.run(
                "seq 1 100; exit 1",
                #"{"terminationMessagePolicy": "FallbackToLogsOnError"}"#
            )
            #expect(exit.message.hasPrefix("21\n22\n") && exit.message.hasSuffix("100\n"))
        }
    }
}
