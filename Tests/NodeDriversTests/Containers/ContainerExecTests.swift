import Basics
import Reactor
import System
import TestKit
import Testing

@testable import NodeDrivers

/// Programs in running containers.
@Suite("Exec") @MainLoop struct ContainerExecTests {
    private func text(_ stream: ByteStream) async throws -> String {
        var bytes: [UInt8] = []
        while true {
            let more = try await stream.read(deadline: Loop.main.now + .seconds(10))
            if more.isEmpty { return String(decoding: bytes, as: UTF8.self) }
            bytes += more
        }
    }

    @Test func `a program gets input and gives output, errors and a code`() async throws {
        try await TestNode.with { node in
            let id = try await node.start("sleep 60") {
                $0.environment = [("COLOUR", "blue")]
            }
            let session = try await node.runtime.exec(
                id,
                ExecRequest(
                    ["/bin/sh", "-c", "cat; echo $COLOUR; echo bad >&2; exit 9"],
                    hasInput: true
                )
            )
            let input = try #require(session.input)
            try await input.write(Array("given\n".utf8))
            input.close()
            #expect(try await text(session.output) == "given\nblue\n")
            #expect(try await text(#require(session.errors)) == "bad\n")
            #expect(try await session.exitCode() == 9)
        }
    }

    // crun, asked without a description of the process, runs it as root in /.
    @Test func `a program is what the container's own process is`() async throws {
        let script =
            "id -u; id -g; id -G; pwd; grep -E '^(CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status"
        try await TestNode.with { node in
            let id = try await node.start(
                script + "; sleep 60",
                """
                {"workingDir": "/tmp", "securityContext": {"allowPrivilegeEscalation": false,
                    "capabilities": {"drop": ["ALL"], "add": ["CHOWN"]}}}
                """,
                spec: """
                    {"securityContext": {"runAsUser": 1000, "runAsGroup": 2000, "fsGroup": 3000,
                        "seccompProfile": {"type": "RuntimeDefault"}}}
                    """
            )
            try await node.wait(for: "Seccomp:\t2", in: id)
            let own = try await node.log(id)
            #expect(own.hasPrefix("1000\n2000\n2000 3000\n/tmp\n"))
            let program = ["/bin/sh", "-c", script]
            let probe = try await node.runtime.run(id, program, timeout: .seconds(10))
            #expect(probe.text == own)
            let plain = try await node.runtime.exec(id, ExecRequest(program))
            #expect(try await text(plain.output) == own)
            let terminal = try await node.runtime.exec(
                id,
                ExecRequest(program, hasTerminal: true)
            )
            #expect(try await text(terminal.output).replacing("\r\n", with: "\n") == own)
            #expect(try await terminal.exitCode() == 0)
        }
    }

    @Test(arguments: [nil, "runc"])
    func `a program runs on a terminal that can be resized`(runtime: String?) async throws {
        try await TestNode.with(runtime: runtime) { node in
            let id = try await node.start("sleep 60") {
                $0.environment = [("COLOUR", "blue")]
            }
            // runc passes the size on beside the input, not before it.
            let script =
                "tty; echo $COLOUR $TERM; read x; for i in $(seq 200); do "
                + "test \"$(stty size)\" = '33 44' && break; sleep 0.05; done; stty size; exit 3"
            let session = try await node.runtime.exec(
                id,
                ExecRequest(
                    ["sh", "-c", script],
                    hasInput: true,
                    hasTerminal: true,
                    rows: 10,
                    columns: 20
                )
            )
            session.resize(rows: 33, columns: 44)
            try await #require(session.input).write(Array("\n".utf8))
            let shown = try await text(session.output)
            #expect(shown.contains("/dev/pts/") && shown.contains("33 44"))
            #expect(shown.contains("blue xterm"))
            #expect(try await session.exitCode() == 3)
        }
    }

    @Test(arguments: [nil, "runc"])
    func `a program that is not there is refused on a terminal as well`(runtime: String?)
        async throws
    {
        try await TestNode.with(runtime: runtime) { node in
            let id = try await node.start("sleep 60")
            let session = try await node.runtime.exec(
                id,
                ExecRequest(["nosuch"], hasInput: true, hasTerminal: true)
            )
            let refusal =
                runtime == nil
                ? "`nosuch` not found in $PATH" : "\"nosuch\": executable file not found in $PATH"
            #expect(try await text(session.output).contains(refusal))
            #expect(try await session.exitCode(deadline: Loop.main.now + .seconds(10)) != 0)
        }
    }

    @Test func `a short program gives both outputs in order`() async throws {
        try await TestNode.with { node in
            let id = try await node.start("sleep 60")
            let result = try await node.runtime.run(
                id,
                ["/bin/sh", "-c", "echo a; echo b >&2; echo c; exit 2"],
                timeout: .seconds(10)
            )
            #expect(result.code == 2 && result.text == "a\nb\nc\n")
            let long = try await node.runtime.run(
                id,
                ["/bin/seq", "1", "100000"],
                timeout: .seconds(10)
            )
            #expect(long.code == 0 && long.output.count == 10240)
        }
    }

    @Test func `a program that takes too long is killed with what it started`() async throws {
        try await TestNode.with { node in
            let id = try await node.start("sleep 60")
            let cgroup = try #require(node.runtime.record(of: id)?.cgroup)
            let error = await #expect(throws: Failure.self) {
                _ = try await node.runtime.run(
                    id,
                    ["/bin/sleep", "50"],
                    timeout: .milliseconds(300)
                )
            }
            #expect(error?.code == .timedOut)
            try await eventually(within: .seconds(10), "only the container's own process") {
                node.host.cgroups.processes(in: cgroup).count == 1
            }
        }
    }

    @Test func `a program that is not there is told apart from one that fails`() async throws {
        try await TestNode.with { node in
            let id = try await node.start("sleep 60")
            let error = await #expect(throws: Failure.self) {
                _ = try await node.runtime.run(id, ["nosuch"], timeout: .seconds(10))
            }
            #expect(
                error?.cause.hasPrefix("exec: \"nosuch\": executable file not found in $PATH")
                    == true
            )
            node.runtime.killAll(id)
            _ = await node.runtime.exit(of: id)
            let late = await #expect(throws: Failure.self) {
                _ = try await node.runtime.run(id, ["/bin/true"], timeout: .seconds(10))
            }
            #expect(late?.code == .notFound)
        }
    }

    @Test func `no file of a program is left, not even by an engine that was killed`() async throws
    {
        try await TestNode.with { node in
            let id = try await node.start("sleep 60")
            let result = try await node.runtime.run(id, ["/bin/true"], timeout: .seconds(10))
            #expect(result.code == 0)
            #expect(try Files.list(node.layout.sockets) == [])
            try Files.write(node.layout.sockets + "/0123.json", "{}")
            try await node.restartEngine()
            #expect(try Files.list(node.layout.sockets) == [])
        }
    }

    @Test func `a session that is let go is killed`() async throws {
        try await TestNode.with { node in
            let id = try await node.start("sleep 60")
            let cgroup = try #require(node.runtime.record(of: id)?.cgroup)
            do {
                let session = try await node.runtime.exec(
                    id,
                    ExecRequest(["/bin/sh", "-c", "echo up; sleep 50"])
                )
                _ = try await session.output.read(deadline: Loop.main.now + .seconds(10))
            }
            try await eventually(within: .seconds(10), "only the container's own process") {
                node.host.cgroups.processes(in: cgroup).count <= 2
            }
        }
    }
}
