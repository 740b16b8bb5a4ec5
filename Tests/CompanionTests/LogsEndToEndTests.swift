import Foundation
import TestKit
import Testing

@Suite("companion logs", .serialized) struct CompanionEndToEndLogsTests {
    // MARK: Fluent Bit (S4-b)

    @Test func `the seed's Fluent Bit configuration ships to Elasticsearch`() async throws {
        let world = try LogWorld()
        try await world.startElastic()
        try world.append(
            #"{"timestamp":"2024-05-06T07:08:09.123","level":"info","n":1}"# + "\nno json\n"
        )
        try await world.start(
            ["-c", try world.fluentBit()],
            environment: world.elasticVariables
        )
        try world.append(#"{"timestamp":"2024-05-07T07:08:09.456Z","level":"warn","n":2}"# + "\n")
        let documents = try await world.documents(3)
        #expect(documents.map(\.action) == ["create", "create", "create"])
        let first = try #require(documents.first { $0.fields["n"] as? Int == 1 })
        #expect(first.index == "app-logs-2024.05.06")
        #expect(first.fields["@timestamp"] as? String == "2024-05-06T07:08:09.123Z")
        #expect(first.fields["level"] as? String == "info")
        #expect(first.fields["timestamp"] == nil)
        let second = try #require(documents.first { $0.fields["n"] as? Int == 2 })
        #expect(second.fields["@timestamp"] as? String == "2024-05-07T07:08:09.456Z")
        #expect(documents.contains { $0.fields["log"] as? String == "no json" })
        // A new file is picked up within five seconds.
        try world.append("{\"n\":3}\n", to: "other.log")
        _ = try await world.documents(4, within: .seconds(5))
        let ended = try await world.stop()
        #expect(ended.succeeded, "\(ended.errors)")
    }

    @Test func `what a bulk request's items say is followed one by one`() async throws {
        let world = try LogWorld()
        try await world.startElastic()
        try world.mode("items")
        try await world.start(
            ["-c", try world.fluentBit("", "    Retry_Limit False")],
            environment: world.elasticVariables
        )
        try world.append("{\"n\":1}\n{\"n\":2,\"x\":\"later\"}\n{\"n\":3,\"x\":\"refuse\"}\n")
        let documents = try await world.documents(2)
        #expect(Set(documents.compactMap { $0.fields["n"] as? Int }) == [1, 2])
        try await eventually(within: .seconds(10), "the books are closed") {
            try await world.accounts()["buffered"] == 0
        }
        let accounts = try await world.accounts()
        #expect(accounts["read"] == 3)
        #expect(accounts["delivered"] == 2)
        #expect(accounts["rejected"] == 1)
        let letters = try world.folder.text(of: "state/dead-letters.jsonl")
        #expect(letters.contains("refuse") && letters.contains("mapper_parsing_exception"))
        #expect(world.documents().count == 2)
        _ = try await world.stop()
    }

    // MARK: Vector (S4-i)

    @Test func `the seed's Vector configuration prints records`() async throws {
        let world = try LogWorld()
        let config = try world.folder.write(
            """
            data_dir = "\(world.folder.file("vector"))"

            [sources.app_logs]
            type = "file"
            include = ["\(world.folder.file("logs"))/*.log"]

            [transforms.parse_logs]
            type = "remap"
            inputs = ["app_logs"]
            source = '''
            . = parse_regex!(.message, r'^(?P<timestamp>\\S+) (?P<level>\\S+) (?P<message>.*)$')
            .timestamp = parse_timestamp!(.timestamp, "%Y-%m-%dT%H:%M:%S")
            '''

            [transforms.enrich]
            type = "remap"
            inputs = ["parse_logs"]
            source = '''
            .kubernetes.pod_name = "${POD_NAME}"
            .kubernetes.namespace = "${POD_NAMESPACE}"
            '''

            [sinks.stdout]
            type = "console"
            inputs = ["enrich"]
            encoding.codec = "json"
            """,
            to: "vector.toml"
        )
        try FileManager.default.createDirectory(
            atPath: world.folder.file("vector"),
            withIntermediateDirectories: true
        )
        try world.append("2024-01-02T03:04:05 INFO hello\nnonsense\n")
        try await world.start(
            ["-c", config],
            environment: ["POD_NAME": "web-0", "POD_NAMESPACE": "shop", "TZ": "UTC"]
        )
        try await eventually(within: .seconds(10), "both lines are printed") {
            (world.companion?.output ?? "").split(separator: "\n").count >= 2
        }
        let lines = (world.companion?.output ?? "").split(separator: "\n").map(String.init)
        #expect(
            lines.first
                == #"{"kubernetes":{"namespace":"shop","pod_name":"web-0"},"level":"INFO","message":"hello","timestamp":"2024-01-02T03:04:05Z"}"#
        )
        #expect(lines.last?.contains(#""message":"nonsense""#) == true)
        #expect(lines.last?.contains(#""kubernetes""#) == true)
        _ = try await world.stop()
    }

    // MARK: busybox (S1-g, S3-a)

    @Test func `the shell's loop around echo becomes valid JSON`() async throws {
        let world = try LogWorld()
        try world.append("say \"hi\"\\ \t there\n  indented\n")
        let loop =
            "tail -n +1 -F \(world.log()) | while read line; do echo "
            + #""{\"timestamp\":\"$(date -Iseconds)\",\"message\":\"$line\",\"app\":\"web\"}"; done"#
        try await world.start(["--", "sh", "-c", loop])
        func lines() -> [String] {
            (world.companion?.output ?? "").split(separator: "\n").map(String.init)
        }
        try await eventually(within: .seconds(10), "both lines are printed") { lines().count >= 2 }
        // The file is renamed and begun anew, then emptied.
        try FileManager.default.moveItem(atPath: world.log(), toPath: world.log("app.log.1"))
        try world.append("renamed\n")
        try await eventually(within: .seconds(10), "the new file is followed") {
            lines().count >= 3
        }
        let handle = try #require(FileHandle(forWritingAtPath: world.log()))
        try handle.truncate(atOffset: 0)
        try handle.write(contentsOf: Data("truncated\n".utf8))
        try await eventually(within: .seconds(10), "the emptied file is followed") {
            lines().count >= 4
        }
        let objects = try lines().map { line in
            try #require(
                try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String]
            )
        }
        #expect(objects.map { $0["app"] } == ["web", "web", "web", "web"])
        #expect(objects[0]["message"] == "say \"hi\"\\ \t there")
        #expect(objects[2]["message"] == "renamed")
        #expect(objects[3]["message"] == "truncated")
        #expect(objects.allSatisfy { $0["timestamp"]?.isEmpty == false })
        _ = try await world.stop()
    }

    @Test func `tail to the console waits for its file`() async throws {
        let world = try LogWorld()
        try await world.start(["--", "tail", "-f", world.log(), ">", "/dev/console"])
        try world.append("a line\n")
        try await eventually(within: .seconds(10), "the line is printed") {
            world.companion?.output == "a line\n"
        }
        let ended = try await world.stop()
        #expect(ended.succeeded)
    }

    // MARK: Looking at it

    @Test func `test prints what each stage makes of lines, and check what is wrong`() async throws
    {
        let world = try LogWorld()
        let config = try world.fluentBit(
            """

            [FILTER]
                Name grep
                Match *
                Exclude level debug
            """
        )
        let sample = try world.folder.write(
            "{\"level\":\"debug\"}\n{\"level\":\"info\"}\n",
            to: "sample"
        )
        let tried = try await TestProgram.run(
            EndToEnd.binary(),
            ["logs", "test", "-c", config, "--results", sample],
            environment: world.elasticVariables
        )
        #expect(tried.succeeded, "\(tried.errors)")
        #expect(tried.output == "{\"level\":\"info\"}\n")
        try world.folder.write("[OUTPUT]\n    Name es\n    Hots x\n", to: "bad.conf")
        let checked = try await TestProgram.run(
            EndToEnd.binary(),
            ["logs", "--check", "-c", world.folder.file("bad.conf")]
        )
        #expect(checked.code == 1)
        #expect(checked.output.contains("bad.conf:3:5"))
        #expect(checked.output.lowercased().contains("host"))
    }

    @Test func `tap shows records that pass, and a bad configuration is refused while it runs`()
        async throws
    {
        let world = try LogWorld()
        try await world.startElastic()
        let config = try world.fluentBit()
        try await world.start(["-c", config], environment: world.elasticVariables)
        let tap = try TestProgram(
            EndToEnd.binary(),
            [
                "logs", "tap", "--admin", "127.0.0.1:\(world.adminPort)", "--filter", ".n == 2",
                "--limit", "1", "--for", "20s",
            ]
        )
        for number in 0..<200 where tap.poll() == nil {
            try world.append("{\"n\":\(number % 4)}\n")
            try await Task.sleep(for: .milliseconds(100))
        }
        let shown = try await tap.wait()
        #expect(shown.output.contains(#""record":{"n":2}"#))
        try world.folder.write("[OUTPUT]\n    Name nonsense\n", to: "fluent-bit.conf")
        try await eventually(within: .seconds(10), "the bad configuration is refused") {
            try await world.admin("/config").body.contains("nonsense")
        }
        try world.append("{\"n\":77}\n")
        try await eventually(within: .seconds(10), "the old one goes on") {
            world.documents().contains { $0.fields["n"] as? Int == 77 }
        }
        let metrics = try await world.admin("/metrics").body
        #expect(metrics.contains("fluentbit_input_records_total"))
        #expect(metrics.contains("companion_config_last_reload_successful 0"))
        _ = try await world.stop()
    }
}
