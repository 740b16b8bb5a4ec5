import Foundation
import PodEngine
import PodSimulation
import Testing

/// Random lives of random pods.
///
/// The long run is made by the optimised program `simulate`, whose path
/// `make test` hands over in `REMORA_SIMULATE`; a plain `swift test` plays a few in this process.
@Suite struct ScheduleTests {
    static let required = 100_000
    static let program = ProcessInfo.processInfo.environment["REMORA_SIMULATE"]
    static let seed = ProcessInfo.processInfo.environment["REMORA_SEED"].flatMap { UInt64($0) }

    @Test(
        .enabled(if: program != nil, "set REMORA_SIMULATE, as `make test` does"),
        .timeLimit(.minutes(10))
    )
    func `a hundred thousand random schedules keep every rule`() throws {
        let path = try #require(Self.program)
        let halves = [(50_000, 1), (50_000, 50_001)]
        let runs = try halves.map { count, first in
            let process = Process()
            let output = Pipe()
            process.executableURL = URL(filePath: path)
            process.arguments = [String(count), String(first)]
            process.standardOutput = output
            try process.run()
            return (process, output)
        }
        var played = 0
        for (process, output) in runs {
            let data = try output.fileHandleForReading.readToEnd() ?? Data()
            process.waitUntilExit()
            let text = String(decoding: data, as: UTF8.self)
            #expect(process.terminationStatus == 0, "\(text)")
            let tally = text.split(separator: "\n").last ?? ""
            #expect(tally.hasSuffix(" 0 failed"), "\(text)")
            played += tally.split(separator: " ").first.flatMap { Int($0) } ?? 0
        }
        #expect(played >= Self.required)
    }

    @Test func `random schedules keep every rule in this build too`() {
        for seed in UInt64(1)...150 {
            var schedule = Schedule(seed: seed)
            let outcome = schedule.play()
            #expect(outcome.violations.isEmpty, "\(outcome.report)")
        }
    }

    @Test(.enabled(if: seed != nil, "set REMORA_SEED to see one schedule again"))
    func `the schedule of REMORA_SEED keeps every rule`() throws {
        var schedule = Schedule(seed: try #require(Self.seed), keepsTrace: true)
        let outcome = schedule.play()
        print(schedule.podText)
        #expect(outcome.violations == [])
    }

    @Test(arguments: [UInt64(3), 77, 4242])
    func `the same seed plays the same schedule`(seed: UInt64) {
        var first = Schedule(seed: seed)
        var second = Schedule(seed: seed)
        #expect(first.play().events == second.play().events)
        #expect(first.world.machine.snapshot == second.world.machine.snapshot)
    }

    @Test(arguments: Mutation.allCases)
    func `the simulator finds a machine that is wrong on purpose`(mutation: Mutation) {
        let found = (UInt64(1)...1500).first { seed in
            var schedule = Schedule(seed: seed, mutation: mutation)
            return !schedule.play().violations.isEmpty
        }
        #expect(found != nil, "\(mutation) went unnoticed")
    }
}
