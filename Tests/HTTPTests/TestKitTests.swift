import Basics
import Foundation
import System
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

    @Test func `a directory may lie in memory`() throws {
        let folder = try TemporaryDirectory(in: TemporaryDirectory.memory)
        #expect(folder.path.hasPrefix("/dev/shm/remora-test-"))
        let found = try String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)
        let line = found.split(separator: "\n").first { $0.contains(" /dev/shm ") }
        #expect(line?.contains(" - tmpfs ") == true)
    }

    private static func at(_ milliseconds: Int) -> Instant {
        .zero + .milliseconds(milliseconds)
    }

    @Test(arguments: [
        (0, 300, 100), (120, 150, 30), (0, 130, 30), (150, 300, 50), (200, 300, 0), (0, 100, 0),
        (150, 150, 0), (300, 900, 60), (300, 430, 30), (100, 900, 160),
    ])
    func `only what stood still within a time is taken out of it`(
        _ start: Int,
        _ end: Int,
        _ lost: Int
    ) {
        var record = StallRecord(Self.at(0))
        // It stands from 100 to 200, and since 400; a timer that is a little late is no stall.
        for time in Array(0...100) + [200] + Array(stride(from: 205, through: 400, by: 5)) {
            record.wake(at: Self.at(time))
        }
        let found = record.lost(from: Self.at(start), to: Self.at(end), at: Self.at(460))
        #expect(found == .milliseconds(lost))
    }

    @Test func `stalls that are long ago are forgotten, and the last ones kept`() {
        var record = StallRecord(Self.at(0))
        let last = StallRecord.gapsMaximum + 10
        for index in 1...last { record.wake(at: Self.at(index * 10)) }
        let end = Self.at(last * 10)
        #expect(record.lost(from: Self.at(0), to: end, at: end) == .milliseconds((last - 10) * 10))
    }

    @Test func `who sleeps or computes is not excused`() async throws {
        let stalls = MachineStalls()
        // Unless the machine stands still just then: times are little longer than what is no stall yet.
        let patience = Duration.seconds(20)
        try await eventually(within: patience, "a sleep without a stall") {
            let start = Clocks.instant
            usleep(8000)
            return stalls.lost(from: start, to: Clocks.instant) == .zero
        }
        try await eventually(within: patience, "a computation without a stall") {
            let start = Clocks.instant
            while Clocks.instant - start < .milliseconds(8) {}
            return stalls.lost(from: start, to: Clocks.instant) == .zero
        }
    }
}
