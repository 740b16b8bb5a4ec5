import Foundation
import TestKit
import Testing

/// The tools of the tests, which must be able to fail.
@Suite("TestKit") struct TestKitTests {
    @Test func `a decoder that depends on the cut is caught`() {
        #expect(throws: ChunkVerifier.Difference.self) {
            try ChunkVerifier.verify([1, 2, 3]) { $0.count }
        }
        #expect(throws: Never.self) {
            try ChunkVerifier.verify([1, 2, 3, 4]) { Array($0.joined()) }
        }
    }

    @Test func `cuts keep all bytes in order`() {
        let input = (0..<20).map { UInt8($0) }
        let cuts = ChunkVerifier.cuts(of: input)
        #expect(cuts.allSatisfy { Array($0.joined()) == input && !$0.contains([]) })
        #expect(cuts.contains { $0.count == 20 })
    }

    @Test func `a program's ending, output and input are seen`() async throws {
        let echo = try await TestProgram.run(
            "sh",
            ["-c", "cat; echo $A $PWD; echo bad >&2; exit 3"],
            environment: ["A": "1"],
            directory: "/",
            input: "in "
        )
        #expect(echo.output == "in 1 /\n")
        #expect(echo.errors == "bad\n")
        #expect(echo.ending == .exited(3))
        #expect(!echo.succeeded)
        let sleeper = try TestProgram("sleep", ["60"])
        sleeper.signal(15)
        let result = try await sleeper.wait()
        #expect(result.ending == .signalled(15))
        #expect(result.code == 143)
    }

    @Test func `a program that does not end is killed with its children`() async throws {
        let folder = try TemporaryDirectory()
        let program = try TestProgram("sh", ["-c", "sleep 60 & echo $!; wait"])
        let child = try await eventually(within: .seconds(10), "the child starts") {
            Int32(program.output.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        await #expect(throws: TestProgram.Problem.self) {
            try await program.wait(within: .milliseconds(10))
        }
        try await eventually(within: .seconds(10), "the child is gone") {
            let state = try? String(contentsOfFile: "/proc/\(child)/stat", encoding: .utf8)
            return state == nil || state?.contains(") Z ") == true
        }
        #expect(FileManager.default.fileExists(atPath: folder.path))
    }

    @Test func `a program that cannot be started is a problem`() {
        #expect(throws: TestProgram.Problem.self) { try TestProgram("/no/such/program") }
    }

    @Test func `a wait that is in vain tells what it waited for`() async {
        let error = await #expect(throws: NeverHappened.self) {
            try await eventually(within: .milliseconds(5), "the sky falls") { false }
        }
        #expect(error?.what == "the sky falls")
    }

    @Test func `a directory goes with its owner`() throws {
        var folder: TemporaryDirectory? = try TemporaryDirectory()
        let path = try #require(folder?.path)
        try folder?.write("x", to: "a/b")
        #expect(try folder?.text(of: "a/b") == "x")
        folder = nil
        #expect(!FileManager.default.fileExists(atPath: path))
    }
}
