import Basics
import Foundation
import System
import Testing

@testable import Reactor

@Suite("Child processes", .serialized, .timeLimit(.minutes(2))) struct ChildProcessTests {
    @Test(arguments: [(0, System.ExitStatus.exited(0)), (3, .exited(3)), (255, .exited(255))])
    @MainLoop func `the exit code is reported`(_ code: Int, _ status: System.ExitStatus)
        async throws
    {
        let done = try await ChildProcess.run(
            Command("/bin/sh", ["-c", "exit \(code)"]),
            deadline: .seconds(20)
        )
        #expect(done.status == status)
    }

    @Test @MainLoop func `output and errors are collected and input is fed`() async throws {
        var command = Command("sh", ["-c", "cat; echo oops >&2"])
        command.input = .bytes([UInt8](repeating: 65, count: 300_000))
        let done = try await ChildProcess.run(command, deadline: .seconds(20))
        #expect(done.output == [UInt8](repeating: 65, count: 300_000))
        #expect(done.errorText == "oops\n")
        #expect(!done.isTruncated)
    }

    @Test @MainLoop func `an output beyond its limit is cut and does not block the child`()
        async throws
    {
        var command = Command("head", ["-c", "500000", "/dev/zero"])
        command.output = .capture(limit: 1000)
        let done = try await ChildProcess.run(command, deadline: .seconds(20))
        #expect(done.status == .exited(0))
        #expect(done.output.count == 1000)
        #expect(done.isTruncated)
    }

    @Test @MainLoop func `an output exactly at its limit is whole`() async throws {
        var command = Command("head", ["-c", "1000", "/dev/zero"])
        command.output = .capture(limit: 1000)
        let done = try await ChildProcess.run(command, deadline: .seconds(20))
        #expect(done.output.count == 1000)
        #expect(!done.isTruncated)
    }

    @Test @MainLoop func `a child that ignores its input is no failure`() async throws {
        var command = Command("true")
        command.input = .bytes([UInt8](repeating: 0, count: 1_000_000))
        #expect(try await ChildProcess.run(command, deadline: .seconds(20)).status == .exited(0))
    }

    @Test @MainLoop func `a grandchild that keeps the output open is not waited for`() async throws
    {
        let command = Command("sh", ["-c", "sleep 30 & echo $!"])
        let done = try await ChildProcess.run(command, deadline: .seconds(20))
        let pid = try #require(Int32(done.outputText.trimmingCharacters(in: .newlines)))
        kill(pid, SIGKILL)
    }

    @Test(arguments: [
        ("/nonexistent/program", Failure.Code.notFound, "there is no /nonexistent/program"),
        ("no-such-program-anywhere", .notFound, "there is no no-such-program-anywhere"),
        ("/etc/passwd", .forbidden, "Permission denied"),
    ])
    @MainLoop func `a program that cannot be executed says why`(
        _ path: String,
        _ code: Failure.Code,
        _ text: String
    ) {
        let failure = #expect(throws: Failure.self) { try ChildProcess.start(Command(path)) }
        #expect(failure?.code == code)
        #expect(failure?.description.contains(text) == true)
    }

    @Test @MainLoop func `a missing directory is named`() {
        var command = Command("true")
        command.directory = "/nonexistent"
        let failure = #expect(throws: Failure.self) { try ChildProcess.start(command) }
        #expect(failure?.description.contains("chdir /nonexistent: No such file") == true)
    }

    @Test @MainLoop func `a wrong mount namespace is refused`() throws {
        let null = try Descriptors.open("/dev/null")
        var command = Command("true")
        command.mountNamespace = null.number
        let failure = #expect(throws: Failure.self) { try ChildProcess.start(command) }
        #expect(failure?.description.contains("setns") == true)
    }

    @Test @MainLoop func `environment and directory are those asked for`() async throws {
        var command = Command("/bin/sh", ["-c", "pwd; env"])
        command.environment = ["GREETING": "hello there", "PATH": "/usr/bin:/bin"]
        command.directory = "/usr"
        let text = try await ChildProcess.run(command, deadline: .seconds(20)).outputText
        #expect(text.hasPrefix("/usr\n"))
        #expect(text.contains("GREETING=hello there\n"))
        #expect(!text.contains("HOME="))
    }

    @Test @MainLoop func `a child sees its own descriptors and no others`() async throws {
        // Opened without close-on-exec, as a careless library would.
        let careless = open("/dev/null", O_RDONLY)
        defer { close(careless) }
        let pipe = try Descriptors.pipe()
        defer { [pipe.reading, pipe.writing].forEach { Descriptors.close($0) } }
        var command = Command("/bin/sh", ["-c", "echo hi >&9; ls /proc/self/fd"])
        command.descriptors = [(child: 9, parent: pipe.writing)]
        let done = try await ChildProcess.run(command, deadline: .seconds(20))
        #expect(try Descriptors.read(pipe.reading, upTo: 10) == Array("hi\n".utf8))
        // 3 is the directory that ls reads.
        #expect(done.outputText.split(separator: "\n") == ["0", "1", "2", "3", "9"])
    }

    @Test @MainLoop func `descriptors may be swapped`() async throws {
        let first = try Descriptors.pipe()
        let second = try Descriptors.pipe()
        let all = [first.reading, first.writing, second.reading, second.writing]
        defer { all.forEach { Descriptors.close($0) } }
        var command = Command(
            "/bin/sh",
            ["-c", "echo a >&\(first.writing); echo b >&\(second.writing)"]
        )
        command.descriptors = [
            (child: first.writing, parent: second.writing),
            (child: second.writing, parent: first.writing),
        ]
        // dash takes one digit only.
        try #require(first.writing < 256)
        command.path = "/bin/bash"
        #expect(try await ChildProcess.run(command, deadline: .seconds(20)).status.isSuccess)
        #expect(try Descriptors.read(first.reading, upTo: 10) == Array("b\n".utf8))
        #expect(try Descriptors.read(second.reading, upTo: 10) == Array("a\n".utf8))
    }

    @Test @MainLoop func `signals are as a fresh program expects them`() async throws {
        let text = try await ChildProcess.run(
            Command("grep", ["-E", "^Sig(Blk|Ign)", "/proc/self/status"]),
            deadline: .seconds(20)
        ).outputText
        // The C library keeps 32 and 33 for itself, and what runs the tests may ignore them.
        for line in text.split(separator: "\n") {
            let set = try #require(UInt64(line.suffix(16), radix: 16))
            #expect(set & ~0x1_8000_0000 == 0, "\(line)")
        }
    }

    @Test @MainLoop func `a new session has no terminal and its own group`() async throws {
        var command = Command("sh", ["-c", "cut -d' ' -f1,6 /proc/$$/stat"])
        command.newSession = true
        let text = try await ChildProcess.run(command, deadline: .seconds(20)).outputText
        let numbers = text.split(whereSeparator: \.isWhitespace)
        #expect(numbers.count == 2 && numbers.first == numbers.last)
    }

    @Test @MainLoop func `the death signal of the parent is set`() async throws {
        // A child that reads its own setting back would need C; that it starts is what is seen here.
        var command = Command("true")
        command.parentDeathSignal = SIGKILL
        #expect(try await ChildProcess.run(command, deadline: .seconds(20)).status.isSuccess)
        command.parentDeathSignal = 1000
        let failure = #expect(throws: Failure.self) { try ChildProcess.start(command) }
        #expect(failure?.description.contains("prctl") == true)
    }

    @Test @MainLoop func `a child beyond its deadline is killed and reaped`() async throws {
        let failure = await #expect(throws: Failure.self) {
            try await ChildProcess.run(Command("sleep", ["3600"]), deadline: .milliseconds(20))
        }
        #expect(failure?.description == "sleep was killed: it did not end within 0.02 s")
    }

    @Test @MainLoop func `a child of a cancelled task is killed`() async throws {
        let task = Task { @MainLoop in
            try await ChildProcess.run(Command("sleep", ["3600"]), deadline: .seconds(3600))
        }
        await Task.yield()
        task.cancel()
        let failure = await #expect(throws: Failure.self) { try await task.value }
        #expect(failure?.code == .cancelled)
    }

    @Test @MainLoop func `many tasks may wait for one child, and one of them may give up`()
        async throws
    {
        let child = try ChildProcess.start(Command("sleep", ["3600"]))
        let waiters = (0..<10).map { _ in Task { @MainLoop in await child.exitStatus() } }
        let impatient = await #expect(throws: Failure.self) {
            try await child.exitStatus(deadline: Loop.main.now + .milliseconds(2))
        }
        #expect(impatient?.code == .timedOut)
        child.signal(SIGTERM)
        for waiter in waiters { #expect(await waiter.value == .signalled(SIGTERM)) }
        #expect(await child.exitStatus() == .signalled(SIGTERM))
        child.signal(SIGTERM)
    }

    @Test func `a thousand children at once leave no zombie and no descriptor`() async {
        // In a process of its own, where nobody else has children and descriptors.
        await #expect(processExitsWith: .success) {
            try await Self.runThousand()
        }
    }

    @MainLoop private static func runThousand() async throws {
        _ = try await ChildProcess.run(Command("/bin/true"), deadline: .seconds(60))
        let before = try Descriptors.openCount()
        let children = try (0..<1000).map { index in
            var command = Command("/bin/sh", ["-c", "exit \(index % 7)"])
            command.output = .null
            command.errors = .null
            return try ChildProcess.start(command)
        }
        for (index, child) in children.enumerated() {
            #expect(await child.exitStatus() == .exited(Int32(index % 7)))
        }
        #expect(waitpid(-1, nil, WNOHANG) == -1)
        await #expect(throws: Failure.self) {
            try await ChildProcess.run(Command("sleep", ["3600"]), deadline: .milliseconds(20))
        }
        #expect(throws: Failure.self) { try ChildProcess.start(Command("/nonexistent")) }
        #expect(waitpid(-1, nil, WNOHANG) == -1)
        #expect(try Descriptors.openCount() == before)
    }

    @Test @MainLoop func `a child nobody holds is reaped`() async throws {
        let pid = try ChildProcess.start(Command("true")).pid
        await processExit(pid: pid)
        // Its entry goes when the loop has reaped it.
        while Files.exists("/proc/\(pid)") { try await Loop.main.sleep(for: .milliseconds(1)) }
    }

    @Test @MainLoop func `the end of a process of another parent is seen`() async throws {
        let command = Command("sh", ["-c", "sleep 3600 & echo $!"])
        let done = try await ChildProcess.run(command, deadline: .seconds(20))
        let pid = try #require(Int32(done.outputText.trimmingCharacters(in: .newlines)))
        let waiter = Task { @MainLoop in await processExit(pid: pid) }
        await Task.yield()
        kill(pid, SIGKILL)
        await waiter.value
        await processExit(pid: pid)
    }

    @Test @MainLoop func `waiting for a foreign process can be cancelled`() async {
        let own = getpid()
        let waiter = Task { @MainLoop in await processExit(pid: own) }
        await Task.yield()
        waiter.cancel()
        await waiter.value
    }
}
