import Basics
import Foundation
import System
import Testing

@testable import Reactor

/// `Loop.run` never returns, so each test has a process of its own.
@Suite("Running on the loop", .timeLimit(.minutes(1))) struct LoopRunTests {
    @Test func `the program ends with its body's code`() async {
        await #expect(processExitsWith: .exitCode(5)) {
            Loop.run {
                try? await Loop.main.sleep(for: .milliseconds(1))
                return Loop.main.isCurrent ? 5 : 6
            }
        }
    }

    @Test func `tasks without an executor run on the loop too`() async {
        await #expect(processExitsWith: .exitCode(3)) {
            Loop.run {
                let other = await Task { @concurrent in Threads.current }.value
                guard other == Threads.current else { return 1 }
                // What is offloaded is not on the loop, and comes back to it.
                let worker = try? await Loop.main.offload { Threads.current }
                guard let worker, worker != other, Loop.main.isCurrent else { return 2 }
                return 3
            }
        }
    }

    @Test func `children, streams and groups work on it`() async {
        await #expect(processExitsWith: .exitCode(4)) {
            Loop.run {
                let done = try? await ChildProcess.run(
                    Command("sh", ["-c", "echo hi"]),
                    deadline: .seconds(30)
                )
                guard done?.outputText == "hi\n" else { return 1 }
                let (left, right) = ByteStream.pair()
                async let read = try? right.read()
                try? await left.write([7])
                guard await read == [7] else { return 2 }
                return 4
            }
        }
    }
}
