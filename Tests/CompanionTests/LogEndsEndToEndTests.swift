import Foundation
import TestKit
import Testing

/// How the program ends in a pod, and what a clock that is set does to it.
@Suite(.serialized) struct LogEndsEndToEndTests {
    /// What the kubelet waits before it kills, if the pod does not say.
    private static let pod = Duration.seconds(30)

    private static func configuration(_ dialect: String, _ world: LogWorld) throws -> String {
        switch dialect {
        case "fluent-bit":
            return try world.fluentBit("", "    Retry_Limit False", flush: "0.1")
        case "vector":
            return try world.folder.write(
                """
                data_dir: \(world.folder.file("state"))
                sources:
                  app: {type: file, include: ["\(world.log())"], read_from: beginning}
                transforms:
                  parse:
                    type: remap
                    inputs: [app]
                    source: ". = parse_json!(.message)"
                sinks:
                  search:
                    type: elasticsearch
                    inputs: [parse]
                    endpoints: ["http://127.0.0.1:\(world.elasticPort)"]
                    batch: {timeout_secs: 0.1}
                """,
                to: "vector.yaml"
            )
        default:
            return try world.folder.write(
                """
                service: {flush: 100ms}
                from: {tail: \(world.log()), start: head}
                steps: [{parse: json}]
                to:
                  elasticsearch: "http://127.0.0.1:\(world.elasticPort)"
                  buffer: {directory: \(dialect == "disk" ? world.folder.file("buffer") : "")}
                """.replacing("  buffer: {directory: }", with: ""),
                to: "logs.yaml"
            )
        }
    }

    /// SIGTERM as a pod gets it, while the sink answers nothing; afterwards it answers again.
    private static func end(_ dialect: String) async throws {
        let world = try LogWorld()
        try await world.startElastic()
        try world.mode("hang")
        let config = try configuration(dialect, world)
        try await world.start(["-c", config], environment: world.elasticVariables)
        try world.append(0..<100)
        try await eventually(within: .seconds(10), "the lines are read") {
            try await world.balance()["read"] == 100
        }
        let began = ContinuousClock.now
        let ended = try await world.stop()
        let took = ContinuousClock.now - began
        #expect(ended.succeeded && took < pod - .seconds(3), "\(dialect): \(took)")
        let words =
            dialect == "disk"
            ? "100 records lie in the buffer on disk" : "100 records are not delivered"
        #expect(ended.errors.contains(words), "\(dialect): \(ended.errors)")
        #expect(!ended.errors.contains("came to its end"), "\(dialect)")
        try world.mode("ok")
        try await world.start(["-c", config], environment: world.elasticVariables)
        try await eventually(within: .seconds(20), "\(dialect): all is delivered") {
            world.numbers() == Set(0..<100)
        }
        try await eventually(within: .seconds(10), "\(dialect): the books say so") {
            let sums = try await world.balance()
            return sums["delivered"] == 100 && sums["buffered"] == 0
        }
        let last = try await world.stop()
        #expect(last.succeeded && last.errors.contains("came to its end"), "\(dialect)")
    }

    @Test func `with a dead sink it ends before a pod's grace is over, and nothing is lost`()
        async throws
    {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for dialect in ["fluent-bit", "vector", "own", "disk"] {
                group.addTask { try await Self.end(dialect) }
            }
            try await group.waitForAll()
        }
    }

    // MARK: The clock

    /// The program as it is built for debugging: that one is linked so that a library can stand before its clock.
    private static let dynamic = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: ".build/debug/companion").path

    @Test func `a clock that is set loses, repeats and holds up nothing`() async throws {
        try #require(
            FileManager.default.isExecutableFile(atPath: Self.dynamic),
            "swift build --build-tests makes \(Self.dynamic)"
        )
        let world = try LogWorld()
        try await world.startElastic()
        let clock = try await FalseClock()
        let config = try world.fluentBit("    Ignore_Older 1d", "", flush: "0.1")
        let variables = world.elasticVariables.merging(clock.environment) { first, _ in first }
        func start() async throws {
            try await world.start(
                ["-c", config],
                environment: variables,
                binary: Self.dynamic
            )
        }
        try await start()
        let now = Int64(Date().timeIntervalSince1970)
        let (hour, year): (Int64, Int64) = (3_600, 365 * 86_400)
        var count = 0
        let jumps: [Int64] = [
            hour, -hour, 30 * 86_400, -30 * 86_400, -now, -now - year, 0xFFFF_FFFF - now,
            150 * year, 0,
        ]
        for (step, jump) in jumps.enumerated() {
            try clock.jump(to: jump)
            try world.append(count..<(count + 10))
            count += 10
            if step % 3 == 1 {
                try FileManager.default.moveItem(
                    atPath: world.log(),
                    toPath: world.log("app.log.\(step)")
                )
            }
            try world.append(count..<(count + 10))
            count += 10
            try await eventually(within: .seconds(10), "\(jump): \(count) are delivered") {
                world.arrivals() >= count
            }
            // A new run begins under the clock as it is then.
            if step % 3 == 2 {
                #expect(try await world.stop().succeeded)
                try await start()
            }
        }
        try await eventually(within: .seconds(10), "the books say so") {
            let sums = try await world.balance()
            return sums["delivered"] == count && sums["buffered"] == 0
        }
        #expect(world.numbers() == Set(0..<count) && world.arrivals() == count)
        #expect(world.documents().contains { $0.index.hasPrefix("app-logs-2106") })
        let began = ContinuousClock.now
        #expect(try await world.stop().succeeded && ContinuousClock.now - began < .seconds(5))
    }
}
