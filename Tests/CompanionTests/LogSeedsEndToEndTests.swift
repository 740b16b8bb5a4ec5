import Foundation
import TestKit
import Testing

/// The log sidecars of the seeds, as their manifests start them.
@Suite("companion logs seeds", .serialized) struct CompanionEndToEndLogsSeedTests {
    /// The directory that applications of the seeds write to, with a file of its own for a test.
    private final class VarLog {
        static let directory = "/var/log/app"
        let path: String
        private let isOurs: Bool

        init(_ name: String) throws {
            isOurs = !FileManager.default.fileExists(atPath: Self.directory)
            path = Self.directory + "/" + name
            try FileManager.default.createDirectory(
                atPath: Self.directory,
                withIntermediateDirectories: true
            )
        }

        deinit {
            try? FileManager.default.removeItem(atPath: path)
            if isOurs { try? FileManager.default.removeItem(atPath: Self.directory) }
        }

        func append(_ text: String) throws {
            if !FileManager.default.fileExists(atPath: path) {
                _ = FileManager.default.createFile(atPath: path, contents: nil)
            }
            let handle = try #require(FileHandle(forWritingAtPath: path))
            try handle.seekToEnd()
            try handle.write(contentsOf: Data(text.utf8))
            try handle.close()
        }

        static func names() throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
        }
    }

    // MARK: S0-a

    @Test func `variables alone are enough for Elasticsearch`() async throws {
        let world = try LogWorld()
        try await world.startElastic()
        let log = try VarLog("companion-test-\(world.elasticPort).log")
        try log.append("before the start\n")
        let names = try VarLog.names()
        try await world.start(
            [],
            environment: [
                "FLUENT_ELASTICSEARCH_HOST": "127.0.0.1",
                "FLUENT_ELASTICSEARCH_PORT": "\(world.elasticPort)",
            ]
        )
        try log.append("after it\n")
        let documents = try await world.documents(2, within: .seconds(5))
        #expect(
            Set(documents.compactMap { $0.fields["log"] as? String })
                == ["before the start", "after it"]
        )
        #expect(documents.allSatisfy { $0.action == "create" })
        let said = "no config: built-in pipeline, host from FLUENT_ELASTICSEARCH_HOST"
        #expect(world.companion?.errors.contains(said) == true)
        #expect(try VarLog.names() == names)
        #expect(try await world.stop().succeeded)
    }

    // MARK: S2-a

    @Test func `Fluentd without a configuration collects what is there`() async throws {
        let world = try LogWorld()
        let log = try VarLog("companion-test-\(world.adminPort).log")
        try log.append("one\n")
        try await world.start(["--dialect", "fluentd"])
        try log.append("two\n")
        try await eventually(within: .seconds(5), "both lines are printed") {
            let output = world.companion?.output ?? ""
            return output.contains("\"one\"") && output.contains("\"two\"")
        }
        #expect(try await world.stop().succeeded)
    }

    @Test func `Fluentd's configuration with JSON and Elasticsearch works unchanged`() async throws
    {
        let world = try LogWorld()
        try await world.startElastic()
        let config = try world.folder.write(
            """
            <source>
              @type tail
              path \(world.folder.file("logs"))/*.log
              pos_file \(world.folder.file("fluentd.pos"))
              tag app.logs
              read_from_head true
              <parse>
                @type json
                time_key time
                time_format %Y-%m-%dT%H:%M:%S
              </parse>
            </source>
            <match app.**>
              @type elasticsearch
              host 127.0.0.1
              port \(world.elasticPort)
              logstash_format true
              logstash_prefix app
              <buffer>
                flush_interval 1s
              </buffer>
            </match>
            """,
            to: "fluent.conf"
        )
        try world.append(#"{"time":"2024-05-06T07:08:09","n":1}"# + "\n")
        try await world.start(["-c", config])
        try world.append(#"{"time":"2024-05-07T07:08:09","n":2}"# + "\n")
        let documents = try await world.documents(2, within: .seconds(10))
        #expect(Set(documents.map(\.index)) == ["app-2024.05.06", "app-2024.05.07"])
        #expect(world.numbers() == [1, 2])
        #expect(try await world.stop().succeeded)
    }

    // MARK: S1-a

    @Test func `memory stays small while the sink is down, and no line is lost`() async throws {
        let world = try LogWorld()
        try await world.startElastic()
        try world.mode("down")
        let config = try world.fluentBit(
            "",
            "    Retry_Limit False",
            service: "    scheduler.base 1\n    scheduler.cap 1"
        )
        try await world.start(["-c", config], environment: world.elasticVariables)
        let filling = String(repeating: "x", count: 220)
        // A minute's worth of lines, in three seconds.
        for block in 0..<60 {
            let lines = (block * 1000..<(block + 1) * 1000).map {
                "{\"n\":\($0),\"message\":\"\(filling)\"}\n"
            }
            try world.append(lines.joined())
            try await Task.sleep(for: .milliseconds(40))
        }
        try await world.balance()
        #expect(try world.memory("VmHWM") < 64)
        try world.mode("ok")
        try await eventually(within: .seconds(30), "all is delivered", every: .milliseconds(200)) {
            try await world.balance()["delivered"] == 60_000
        }
        #expect(try world.memory("VmHWM") < 64)
        #expect(world.arrivals() == 60_000)
        #expect(try await world.stop().succeeded)
    }

    // MARK: S1-g

    @Test func `the busybox adapter makes valid JSON of any bytes`() async throws {
        let world = try LogWorld()
        let long = String(repeating: "long ", count: 200_000)
        var bytes = Array("a \"quote\", a back\\slash,\ta tab\n".utf8)
        bytes += Array("invalid ".utf8) + [0xC3, 0x28, 0xFF, 0x01, 0x0A]
        bytes += Array("grüße 🐟\n".utf8) + Array((long + "\n").utf8) + Array("last\n".utf8)
        try world.folder.write(bytes, to: "logs/app.log")
        let loop =
            "tail -n +1 -F \(world.log()) | while read -r line; do echo "
            + #""{\"timestamp\":\"$(date -Iseconds)\",\"message\":\"$line\",\"app\":\"web\"}"; done"#
        try await world.start(["--", "sh", "-c", loop])
        func lines() -> [Substring] {
            (world.companion?.output ?? "").split(separator: "\n")
        }
        try await eventually(within: .seconds(10), "all lines are printed") { lines().count >= 5 }
        let messages = try lines().map { line in
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
            return try #require((object as? [String: String])?["message"])
        }
        #expect(messages[0] == "a \"quote\", a back\\slash,\ta tab")
        #expect(messages[1] == "invalid \u{FFFD}(\u{FFFD}\u{1}")
        #expect(messages[2] == "grüße 🐟")
        // As the shell's `read` does, blanks at the end are taken off.
        let isWhole = messages[3] == String(long.dropLast())
        #expect(isWhole)
        #expect(messages[4] == "last")
        #expect(try await world.stop().succeeded)
    }
}
