import Foundation
import TestKit
import Testing

/// Kills at any moment while an application writes and rotates and the other side has troubles of its own.
@Suite("companion logs storm", .serialized) struct CompanionEndToEndLogsStormTests {
    /// Positions are written down 200 ms after records came to their end, on a busy machine a little later.
    private static let window = 0.7
    /// Each of so many lines is refused by the other side.
    private static let refuseEvery = 97

    /// A run of the companion.
    private struct Life {
        var mode: String
        /// When it was killed, in seconds since 1970.
        var end: Double
    }

    private static var now: Double { Date().timeIntervalSince1970 }

    @Test func `two hundred kills lose no line and repeat none that was done`() async throws {
        let world = try LogWorld()
        try await world.startElastic()
        let config = try world.fluentBit(
            "    Rotate_Wait 1",
            "    Retry_Limit False",
            flush: "0.05",
            service: "    scheduler.base 1\n    scheduler.cap 1"
        )
        let script = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Logs/application.py").path
        let application = try TestProgram(
            "python3",
            [script, world.folder.file("logs"), "7", "1000", "\(Self.refuseEvery)"]
        )
        var random = SeededGenerator(seed: 11)
        var lives: [Life] = []
        for round in 0..<200 {
            let mode = ["items", "items", "items", "down", "busy", "partial", "lost"]
                .randomElement(using: &random)
            let life = Life(mode: mode ?? "items", end: 0)
            try world.mode(life.mode)
            let program = try world.launch(["-c", config], environment: world.elasticVariables)
            if round % 20 == 19 {
                try await watch(world, for: .milliseconds(.random(in: 1000...1300, using: &random)))
            } else {
                try await Task.sleep(for: .milliseconds(.random(in: 5...200, using: &random)))
            }
            #expect(program.poll() == nil, "\(program.errors)")
            lives.append(Life(mode: life.mode, end: Self.now))
            try await world.kill()
        }
        application.signal(SIGTERM)
        let written = try await application.wait().output
        let counts = try #require(
            try JSONSerialization.jsonObject(with: Data(written.utf8)) as? [String: Int]
        )
        try world.mode("items")
        try await world.start(["-c", config], environment: world.elasticVariables)
        // The books of all lives together know every line.
        let lines = counts.values.reduce(0, +)
        try await eventually(within: .seconds(60), "the books of \(lines) lines") {
            guard let sums = try? await world.balance() else { return false }
            let ended = (sums["delivered"] ?? 0) + (sums["rejected"] ?? 0)
            return sums["buffered"] == 0 && sums["read"] ?? 0 >= lines && ended >= lines
        }
        // Lines that came twice count twice in the books: they may balance before the last life has looked
        // at the files at all.
        try await eventually(within: .seconds(60), "every line has come") {
            try counts.allSatisfy { log, count in
                try lost(of: log, count, world, try refused(world)).isEmpty
            }
        }
        // An end in order reads everything to its end.
        let ended = try await world.stop()
        #expect(ended.succeeded && ended.errors.contains("every record that was read came"))
        try check(world, counts, lives + [Life(mode: "items", end: .infinity)])
    }

    /// Looks at the books again and again.
    private func watch(_ world: LogWorld, for time: Duration) async throws {
        let end = ContinuousClock.now + time
        while ContinuousClock.now < end {
            // It may not listen yet.
            if let answer = try? await world.admin("/healthz"), answer.code == 200 {
                let sums = try await world.balance()
                #expect(sums["delivered"] ?? 0 <= world.arrivals())
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// The lines of each log that the other side refused for good.
    private func refused(_ world: LogWorld) throws -> [String: Set<Int>] {
        var refused: [String: Set<Int>] = [:]
        for letter in try world.folder.text(of: "state/dead-letters.jsonl").split(separator: "\n") {
            let object = try JSONSerialization.jsonObject(with: Data(letter.utf8))
            guard let record = (object as? [String: Any])?["record"] as? [String: Any],
                let log = record["f"] as? String, let number = record["n"] as? Int
            else { continue }
            refused[log, default: []].insert(number)
        }
        return refused
    }

    /// The lines of a log that neither came nor were refused.
    private func lost(
        of log: String,
        _ count: Int,
        _ world: LogWorld,
        _ refused: [String: Set<Int>]
    ) throws -> [Int] {
        let came = world.documents().filter { $0.fields["f"] as? String == log }
            .compactMap { $0.fields["n"] as? Int }
        return Set(1...count).subtracting(came).subtracting(refused[log] ?? []).sorted()
    }

    private func check(_ world: LogWorld, _ counts: [String: Int], _ lives: [Life]) throws {
        let documents = world.documents()
        let refused = try refused(world)
        for (log, count) in counts {
            let arrivals = documents.filter { $0.fields["f"] as? String == log }
                .compactMap { document in
                    (document.fields["n"] as? Int).map { (number: $0, time: document.time) }
                }
            let all = Set(arrivals.map(\.number)).union(refused[log] ?? [])
            let lost = try lost(of: log, count, world, refused)
            #expect(lost.isEmpty, "\(lost.count) of \(count) lines of \(log): \(lost.prefix(20))")
            #expect(all.isSubset(of: 1...count))
            let again = repeated(arrivals, lives)
            #expect(again.isEmpty, "repeated though done in \(log): \(again.prefix(20))")
        }
    }

    /// Lines that came again although their end must have been written down before.
    ///
    /// After each life, all lines up to one without a gap that came early enough before its end are done.
    private func repeated(
        _ arrivals: [(number: Int, time: Double)],
        _ lives: [Life]
    ) -> [Int] {
        var done = 0
        var again: [Int] = []
        var rest = arrivals.sorted { $0.time < $1.time }[...]
        for life in lives {
            let mine = rest.prefix { $0.time <= life.end }
            rest = rest.dropFirst(mine.count)
            again += mine.map(\.number).filter { $0 <= done }
            guard life.mode == "items" else { continue }
            let came = Set(mine.lazy.filter { $0.time <= life.end - Self.window }.map(\.number))
            while came.contains(done + 1) || (done + 1) % Self.refuseEvery == 0 { done += 1 }
        }
        return again
    }
}
