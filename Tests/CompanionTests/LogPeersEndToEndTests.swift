import Foundation
import TestKit
import Testing

/// Peers that others wrote: Fluentd's own client, its MessagePack, and an S3 endpoint that checks signatures.
@Suite("CompanionEndToEnd: peers of logs", .serialized, .timeLimit(.minutes(5)))
struct CompanionEndToEndLogPeersTests {
    /// Runs one of the programs in `Logs` with the Python packages that Scripts/setup installs.
    private static func peer(_ name: String, _ arguments: [String]) throws -> TestProgram {
        let tests = URL(filePath: #filePath).deletingLastPathComponent()
        let peers = tests.appending(path: "../../.build/peers").standardized.path
        guard FileManager.default.fileExists(atPath: peers + "/moto") else {
            throw TestProgram.Problem(description: "there is no \(peers): Scripts/setup test")
        }
        return try TestProgram(
            "python3",
            [tests.appending(path: "Logs/" + name).path] + arguments,
            environment: ["PYTHONPATH": peers, "PYTHONDONTWRITEBYTECODE": "1"]
        )
    }

    /// The objects of a file with one on each line.
    private static func objects(_ world: LogWorld, _ name: String) -> [[String: Any]] {
        let text = (try? world.folder.text(of: name)) ?? ""
        return text.split(separator: "\n").compactMap { line in
            try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        }
    }

    /// The seed's configuration of Fluent Bit with another output.
    private static func configuration(_ world: LogWorld, _ output: String) throws -> String {
        let text = try String(contentsOfFile: try world.fluentBit(), encoding: .utf8)
        let start = try #require(text.range(of: "[OUTPUT]"))
        return try world.folder.write(
            text[..<start.upperBound] + "\n" + output,
            to: "fluent-bit.conf"
        )
    }

    // MARK: Forward

    @Test func `Fluentd's own client sends records`() async throws {
        let world = try LogWorld()
        let port = try FreePort.find()
        let config = try world.folder.write(
            """
            [INPUT]
                Name   forward
                Listen 127.0.0.1
                Port   \(port)

            [OUTPUT]
                Name   file
                Match  app.*
                Path   \(world.folder.file("out"))
                File   records
                Format plain
            """,
            to: "forward.conf"
        )
        try FileManager.default.createDirectory(
            atPath: world.folder.file("out"),
            withIntermediateDirectories: true
        )
        try await world.start(["-c", config])
        let client = try await Self.peer("forward.py", ["send", "\(port)"]).wait()
        #expect(client.succeeded, "\(client.errors)")
        try await eventually(within: .seconds(20), "the records come") {
            Self.objects(world, "out/records").count == 3
        }
        let records = Self.objects(world, "out/records")
        #expect(records.map { $0["n"] as? Int } == [1, 2, 3])
        let nested = try #require(records[0]["nested"] as? [String: Any])
        let list = try #require(nested["list"] as? [Any])
        #expect(list.count == 5)
        #expect(list[1] as? Double == 2.5)
        #expect(list[2] is NSNull)
        #expect(list[3] as? Bool == true)
        #expect(list[4] as? Int == -(1 << 40))
        #expect(records[0]["text"] as? String == "héllo\n" + String(repeating: "x", count: 70_000))
        let ended = try await world.stop()
        #expect(ended.succeeded, "\(ended.errors)")
    }

    @Test(arguments: ["", "    Compress gzip", "    Shared_Key secret\n    Self_Hostname sender"])
    func `Fluentd's own MessagePack reads what is sent`(_ options: String) async throws {
        let world = try LogWorld()
        let port = try FreePort.find()
        let key = options.contains("Shared_Key") ? ["secret"] : []
        let taken = world.folder.file("taken")
        let taker = try Self.peer("forward.py", ["take", "\(port)", taken] + key)
        let config = try Self.configuration(
            world,
            """
                Name                 forward
                Match                *
                Host                 127.0.0.1
                Port                 \(port)
                Require_ack_response true
            \(options)
            """
        )
        try world.append(
            #"{"timestamp":"2024-05-06T07:08:09.125","n":1,"deep":{"list":[1.5,null,"é"]}}"# + "\n"
        )
        try await world.start(["-c", config])
        try await eventually(within: .seconds(20), "the record comes: \(taker.errors)") {
            Self.objects(world, "taken").count == 1
        }
        let message = try #require(Self.objects(world, "taken").first)
        #expect(message["tag"] as? String == "app.logs")
        #expect(message["time"] as? Double == 1_714_979_289.125)
        let record = try #require(message["record"] as? [String: Any])
        #expect(record["n"] as? Int == 1)
        let list = try #require((record["deep"] as? [String: Any])?["list"] as? [Any])
        #expect(list[0] as? Double == 1.5)
        #expect(list[1] is NSNull)
        #expect(list[2] as? String == "é")
        let option = try #require(message["option"] as? [String: Any])
        #expect(option["size"] as? Int == 1)
        #expect(option["chunk"] is String)
        // It was acknowledged, so nothing is left.
        try await eventually(within: .seconds(10), "the books are closed") {
            try await world.accounts()["buffered"] == 0
        }
        #expect(try await world.accounts()["delivered"] == 1)
        let ended = try await world.stop()
        #expect(ended.succeeded, "\(ended.errors)")
    }

    @Test func `a key that the server does not know is no way in`() async throws {
        let world = try LogWorld()
        let port = try FreePort.find()
        let taken = world.folder.file("taken")
        let taker = try Self.peer("forward.py", ["take", "\(port)", taken, "another"])
        let config = try Self.configuration(
            world,
            """
                Name       forward
                Match      *
                Host       127.0.0.1
                Port       \(port)
                Shared_Key secret
            """
        )
        try world.append("one\n")
        // Of a server that does not listen yet something else would be told first.
        try await eventually(within: .seconds(60), "the server listens: \(taker.errors)") {
            FileManager.default.fileExists(atPath: taken)
        }
        try await world.start(["-c", config])
        try await eventually(within: .seconds(20), "it is told: \(taker.errors)") {
            world.companion?.errors.contains("shared_key mismatch") == true
        }
        #expect(Self.objects(world, "taken").isEmpty)
        #expect(try await world.accounts()["buffered"] == 1)
    }

    // MARK: S3

    @Test func `objects come to an S3 endpoint that checks signatures`() async throws {
        let world = try LogWorld()
        let port = try FreePort.find()
        let (keys, objects) = (world.folder.file("keys"), world.folder.file("objects"))
        let server = try Self.peer("s3.py", ["\(port)", keys, objects])
        try await eventually(within: .seconds(60), "the endpoint runs: \(server.errors)") {
            FileManager.default.fileExists(atPath: objects)
        }
        let pair = try #require(Self.objects(world, "keys").first)
        let identity = try #require(pair["id"] as? String)
        let secret = try #require(pair["secret"] as? String)
        let config = try Self.configuration(
            world,
            """
                Name           s3
                Match          *
                Bucket         logs
                Region         eu-central-1
                Endpoint       http://127.0.0.1:\(port)
                S3_Key_Format  /from here/$TAG[1]/%Y/$UUID.gz
                Compression    gzip
                Upload_Timeout 1s
                Storage_Class  STANDARD_IA
                Store_Dir      \(world.folder.file("store"))
            """
        )
        try world.append((1...500).map { "{\"n\":\($0)}\n" }.joined())
        // With a wrong secret nothing is taken, and nothing is lost.
        var variables = ["AWS_ACCESS_KEY_ID": identity, "AWS_SECRET_ACCESS_KEY": "wrong"]
        try await world.start(["-c", config], environment: variables)
        try await eventually(within: .seconds(20), "the endpoint refuses") {
            world.companion?.errors.contains("SignatureDoesNotMatch") == true
        }
        #expect(Self.objects(world, "objects").isEmpty)
        let refused = try await world.stop()
        #expect(refused.succeeded, "\(refused.errors)")
        variables["AWS_SECRET_ACCESS_KEY"] = secret
        try await world.start(["-c", config], environment: variables)
        try await eventually(within: .seconds(20), "the objects come") {
            !Self.objects(world, "objects").isEmpty
        }
        try await eventually(within: .seconds(10), "the books are closed") {
            try await world.accounts()["buffered"] == 0
        }
        _ = try await world.stop()
        try await Task.sleep(for: .milliseconds(500))
        let found = Self.objects(world, "objects")
        var numbers: Set<Int> = []
        for object in found {
            let name = try #require(object["key"] as? String)
            #expect(name.hasPrefix("from here/logs/20") && name.hasSuffix(".gz"), "\(name)")
            #expect(object["packed"] as? Bool == true)
            #expect(object["class"] as? String == "STANDARD_IA")
            let text = try #require(object["text"] as? String)
            for line in text.split(separator: "\n") {
                let record = try JSONSerialization.jsonObject(with: Data(line.utf8))
                if let number = (record as? [String: Any])?["n"] as? Int { numbers.insert(number) }
            }
        }
        #expect(numbers == Set(1...500))
    }
}
