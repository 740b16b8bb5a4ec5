import Basics
import Foundation
import PodEngine
import Reactor
import System
import TestKit
import Testing

@testable import NodeDrivers

/// What breaks under a container: its monitor, its runtime, the disk, and the engine itself.
@Suite("Container faults") @MainLoop struct ContainerFaultTests {
    private func conmon(of id: String, _ node: TestNode) throws -> Int32 {
        try #require(Int32(Files.text(node.layout.bundles + "/\(id)/conmon.pid")))
    }

    @Test func `a container whose conmon is killed is killed and has ended unknown`() async throws {
        try await TestNode.with { node in
            let id = try await node.start("echo up; sleep 60")
            let cgroup = try #require(node.runtime.record(of: id)?.cgroup)
            kill(try conmon(of: id, node), SIGKILL)
            let exit = await node.runtime.exit(of: id)
            #expect(exit.code == 137 && exit.reason == "ContainerStatusUnknown")
            try await eventually(within: .seconds(10), "the end of its processes") {
                node.host.cgroups.processes(in: cgroup).isEmpty
            }
        }
    }

    @Test func `a new engine adopts a running container`() async throws {
        try await TestNode.with { node in
            let id = try await node.start("echo up; sleep 60 & trap 'exit 5' TERM; wait")
            try await node.wait(for: "up", in: id)
            let pid = try #require(node.runtime.processID(of: id))
            let before = node.runtime.record(of: id)
            try await node.restartEngine()
            let found = await node.runtime.list()
            #expect(found.map(\.record) == [before])
            guard case .running(let since) = found.first?.state else {
                Issue.record("not running: \(found)")
                return
            }
            #expect(abs(since.seconds - Loop.main.moment.wall.seconds) < 10)
            #expect(node.runtime.processID(of: id) == pid)
            try node.runtime.signal(id, SIGTERM)
            #expect(await node.runtime.exit(of: id).code == 5)
        }
    }

    @Test func `a new engine learns what ended while there was none`() async throws {
        try await TestNode.with { node in
            let id = try await node.start("echo up; read line < /run/gate; exit 4") {
                _ = mkfifo($0.rootfs + "/run/gate", 0o600)
            }
            try await node.wait(for: "up", in: id)
            let gate = node.layout.rootfs(of: id) + "/run/gate"
            // The old engine object lives on without its watches, as if it were dead.
            try await node.restartEngine()
            try Files.append(gate, Array("go\n".utf8))
            try await eventually(within: .seconds(10), "the exit file") {
                Files.exists(node.layout.exits + "/" + id)
            }
            guard case .exited(let exit) = await node.runtime.list().first?.state else {
                Issue.record("not ended")
                return
            }
            #expect(exit.code == 4 && exit.reason == "Error")
        }
    }

    @Test func `a container that lost conmon while there was no engine has ended unknown`()
        async throws
    {
        try await TestNode.with { node in
            let id = try await node.start("sleep 60")
            let conmon = try conmon(of: id, node)
            try await node.restartEngine()
            kill(conmon, SIGKILL)
            try await eventually(within: .seconds(10), "the end of conmon") {
                !node.runtime.isConmon(conmon, of: id)
            }
            _ = await node.runtime.list()
            let exit = await node.runtime.exit(of: id)
            #expect(exit.code == 137 && exit.reason == "ContainerStatusUnknown")
        }
    }

    @Test func `after a reboot a container that ran has ended unknown`() async throws {
        try await TestNode.with { node in
            let id = try await node.start("sleep 60")
            node.runtime.killAll(id)
            _ = await node.runtime.exit(of: id)
            // A reboot loses the run root; the exit file in the bundle was never written then.
            try Files.remove(node.layout.exits + "/" + id)
            try Files.remove(node.layout.container(id) + "/exit")
            try Files.removeTree(node.layout.runtimeState + "/" + id)
            try await node.restartEngine()
            guard case .exited(let exit) = await node.runtime.list().first?.state else {
                Issue.record("not ended")
                return
            }
            #expect(exit.reason == "ContainerStatusUnknown" && exit.startedAt != nil)
        }
    }

    @Test func `after a reboot the exit code that the engine saw is known`() async throws {
        try await TestNode.with { node in
            let id = try await node.start("exit 6")
            _ = await node.runtime.exit(of: id)
            try Files.remove(node.layout.exits + "/" + id)
            try Files.removeTree(node.layout.bundles + "/" + id)
            try Files.removeTree(node.layout.runtimeState + "/" + id)
            try await node.restartEngine()
            guard case .exited(let exit) = await node.runtime.list().first?.state else {
                Issue.record("not ended")
                return
            }
            #expect(exit.code == 6 && exit.reason == "Error")
        }
    }

    @Test func `after a reboot a container that was never started is gone`() async throws {
        try await TestNode.with { node in
            let request = try await node.request(TestNode.pod())
            _ = try await node.runtime.create(request)
            try Files.removeTree(node.layout.bundles + "/" + request.id)
            try await node.restartEngine()
            #expect(await node.runtime.list().isEmpty)
            #expect(!Files.exists(node.layout.container(request.id)))
        }
    }

    @Test func `a made container that was never started is found as made and can be started`()
        async throws
    {
        try await TestNode.with { node in
            var request = try await node.request(TestNode.pod())
            request.command = ["/bin/echo", "late"]
            _ = try await node.runtime.create(request)
            try await node.restartEngine()
            let state = try #require(await node.runtime.list().first?.state)
            #expect(state == .created)
            try await node.runtime.start(request.id)
            #expect(await node.runtime.exit(of: request.id).code == 0)
            #expect(try await node.log(request.id) == "late\n")
        }
    }

    @Test func `a start broken off by the engine's death is undone`() async throws {
        try await TestNode.with { node in
            var request = try await node.request(TestNode.pod())
            request.command = ["/bin/echo", "once"]
            _ = try await node.runtime.create(request)
            // As far as conmon and `crun create`, but not to `crun start`.
            let record = try #require(node.runtime.record(of: request.id))
            let pipe = try ByteStream.readingPipe()
            let conmon = Conmon(host: node.host, layout: node.layout, record: record)
            let child = try node.runtime.start(
                conmon.command(report: pipe.writing),
                closing: pipe.writing
            )
            let answer = try await conmon.answer(
                from: pipe.stream,
                deadline: Loop.main.now + .seconds(20)
            )
            _ = await child.exitStatus()
            guard case .made(let pid) = answer else {
                Issue.record("not made: \(answer)")
                return
            }
            try await node.restartEngine()
            #expect(await node.runtime.list().first?.state == .created)
            #expect(!node.runtime.belongs(pid, to: record))
            #expect(!node.host.cgroups.exists(record.cgroup))
            try await node.runtime.start(request.id)
            #expect(await node.runtime.exit(of: request.id).code == 0)
        }
    }

    @Test func `torsos and orphans are removed`() async throws {
        try await TestNode.with { node in
            try Files.makeDirectories(node.layout.container("torso") + "/upper/x")
            try Files.makeDirectories(node.layout.runtimeState + "/orphan")
            try Files.write(node.layout.exits + "/orphan", "0")
            let orphan = node.layout.cgroup + "/besteffort/podx/orphan"
            _ = try node.host.cgroups.create(orphan, limits: CgroupLimits(cpuShares: 2))
            #expect(await node.runtime.list().isEmpty)
            for path in [
                node.layout.container("torso"), node.layout.runtimeState + "/orphan",
                node.layout.exits + "/orphan",
            ] { #expect(!Files.exists(path)) }
            #expect(!node.host.cgroups.exists(orphan))
            await node.cgroups.removeAll(except: [])
            #expect(!node.host.cgroups.exists(node.layout.cgroup + "/besteffort/podx"))
        }
    }

    @Test(arguments: ["create", "start"]) func `a runtime killed midway is a start error`(
        verb: String
    ) async throws {
        let directory = try TemporaryDirectory()
        // Kills itself in the middle of that verb, with the real runtime's child left behind.
        let wrapper = try directory.write(
            """
            #!/bin/sh
            for word; do
                if [ "$word" = \(verb) ]; then
                    /usr/bin/crun "$@" &
                    kill -9 $$
                fi
            done
            exec /usr/bin/crun "$@"
            """,
            to: "runtime"
        )
        try Files.chmod(wrapper, 0o755)
        try await TestNode.with(runtime: wrapper) { node in
            var request = try await node.request(TestNode.pod())
            request.command = ["/bin/sleep", "60"]
            _ = try await node.runtime.create(request)
            let id = request.id
            await #expect(throws: StepFailure.self) { try await node.runtime.start(id) }
            let exit = await node.runtime.exit(of: id)
            #expect(exit.code == 128 && exit.reason == "StartError" && !exit.message.isEmpty)
            await node.runtime.remove(id, withLogs: true)
            try await eventually(within: .seconds(10), "the end of its processes") {
                !node.host.cgroups.exists(request.cgroup)
            }
        }
    }

    @Test func `a runtime's child that keeps conmon waiting holds nobody up, and ends`()
        async throws
    {
        let directory = try TemporaryDirectory()
        let left = directory.file("left")
        // What is left of it has its error output open, and is in no control group.
        let wrapper = try directory.write(
            """
            #!/bin/sh
            for word; do
                if [ "$word" = create ]; then
                    /bin/sleep 600 &
                    echo $! > \(left)
                    kill -9 $$
                fi
            done
            exec /usr/bin/crun "$@"
            """,
            to: "runtime"
        )
        try Files.chmod(wrapper, 0o755)
        try await TestNode.with(runtime: wrapper) { node in
            let request = try await node.request(TestNode.pod())
            _ = try await node.runtime.create(request)
            let before = Loop.main.now
            await #expect(throws: StepFailure.self) { try await node.runtime.start(request.id) }
            #expect(Loop.main.now - before < .seconds(30))
            let pid = try #require(Int32(Files.text(left).filter(\.isNumber)))
            try await eventually(within: .seconds(10), "the end of the runtime's child") {
                !Files.exists("/proc/\(pid)")
            }
            await node.runtime.remove(request.id, withLogs: true)
        }
    }

    @Test func `a full disk is a clear failure and leaks nothing`() async throws {
        let directory = try TemporaryDirectory()
        let small = directory.file("small")
        try Files.makeDirectories(small)
        let mounted = try await TestProgram.run(
            "mount",
            ["-t", "tmpfs", "-o", "size=256k", "tmpfs", small]
        )
        try #require(mounted.succeeded)
        do {
            try await TestNode.with { node in
                let full = try await ContainerRuntime(
                    layout: NodeLayout(root: small, runRoot: node.layout.runRoot),
                    host: node.host
                )
                var running = try await node.request(TestNode.pod())
                running.command = ["/bin/sh", "-c", "trap 'exit 5' TERM; echo up; sleep 60 & wait"]
                _ = try await full.create(running)
                try await full.start(running.id)
                try await eventually(within: .seconds(10), "the trap is set") {
                    guard let log = full.record(of: running.id)?.log else { return false }
                    return try Files.text(log).contains("up")
                }
                try? Files.write(small + "/filler", [UInt8](repeating: 1, count: 1 << 20))
                // Whoever runs already can still end, and with what it ended is known.
                try full.signal(running.id, 15)
                let exit = await full.exit(of: running.id)
                #expect(exit.code == 5 && exit.reason == "Error")
                await full.remove(running.id, withLogs: true)
                try? Files.write(small + "/filler2", [UInt8](repeating: 1, count: 1 << 20))
                var request = try await node.request(TestNode.pod())
                request.command = ["/bin/true"]
                let made = request
                do {
                    _ = try await full.create(made)
                    Issue.record("made on a full disk")
                } catch let failure as StepFailure {
                    #expect(failure.reason == "CreateContainerError")
                    #expect(failure.message.contains("No space left on device"))
                    #expect(failure.message.contains("free space"))
                }
                #expect(!Files.exists(small + "/containers/" + made.id))
                #expect(!node.host.cgroups.exists(made.cgroup))
            }
        } catch {
            _ = try await TestProgram.run("umount", ["-l", small])
            throw error
        }
        _ = try await TestProgram.run("umount", ["-l", small])
    }
}
