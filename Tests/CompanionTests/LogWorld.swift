import Foundation
import TestKit
import Testing

/// The companion shipping logs as a program under test, with a folder for logs and a fake Elasticsearch.
final class LogWorld {
    /// A document that came.
    struct Document {
        var action: String
        var index: String
        var fields: [String: Any]
        /// When it came, in seconds since 1970.
        var time: Double
    }

    let folder: TemporaryDirectory
    let adminPort: UInt16
    let elasticPort: UInt16
    private var elastic: TestProgram?
    private(set) var companion: TestProgram?

    init() throws {
        folder = try TemporaryDirectory()
        adminPort = try FreePort.find()
        elasticPort = try FreePort.find()
        try FileManager.default.createDirectory(
            atPath: folder.file("logs"),
            withIntermediateDirectories: true
        )
        try mode("ok")
    }

    /// The path of a log.
    func log(_ name: String = "app.log") -> String { folder.file("logs/" + name) }

    /// Adds to a log.
    func append(_ text: String, to name: String = "app.log") throws {
        let path = log(name)
        if !FileManager.default.fileExists(atPath: path) {
            _ = FileManager.default.createFile(atPath: path, contents: nil)
        }
        let handle = try requireHandle(path)
        defer { try? handle.close() }
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(text.utf8))
    }

    // MARK: Elasticsearch

    /// Starts the fake.
    func startElastic(_ identity: TestAuthority.Leaf? = nil) async throws {
        let script = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Logs/elastic.py").path
        elastic = try TestProgram(
            "python3",
            [script, "\(elasticPort)", folder.file("documents"), folder.file("mode")]
                + (identity.map { try certify($0) } ?? [])
        )
        let scheme = identity == nil ? "http" : "https"
        let url = "\(scheme)://127.0.0.1:\(elasticPort)/"
        try await eventually(within: .seconds(20), "the fake answers") {
            try await EndToEnd.get(url, ["-k"]).code == 200
        }
    }

    /// Gives the fake a certificate and its key; their files.
    @discardableResult
    func certify(_ identity: TestAuthority.Leaf) throws -> [String] {
        [
            try folder.write(identity.certificate, to: "elastic.crt"),
            try folder.write(identity.privateKey, to: "elastic.key"),
        ]
    }

    /// How the fake behaves.
    func mode(_ text: String) throws {
        try folder.write(text, to: "mode")
    }

    /// The documents that came so far.
    func documents() -> [Document] {
        let text = (try? folder.text(of: "documents")) ?? ""
        return text.split(separator: "\n").compactMap { line in
            guard
                let object = try? JSONSerialization.jsonObject(with: Data(line.utf8))
                    as? [String: Any],
                let meta = object["meta"] as? [String: Any],
                let fields = object["document"] as? [String: Any]
            else { return nil }
            return Document(
                action: object["action"] as? String ?? "",
                index: meta["_index"] as? String ?? "",
                fields: fields,
                time: object["time"] as? Double ?? 0
            )
        }
    }

    /// How many documents came so far, the repeated ones too.
    func arrivals() -> Int {
        let data = FileManager.default.contents(atPath: folder.file("documents")) ?? Data()
        return data.count { $0 == 10 }
    }

    /// The numbers `n` of the documents that came.
    func numbers() -> Set<Int> { Set(documents().compactMap { $0.fields["n"] as? Int }) }

    /// Adds lines with these numbers to a log.
    func append(_ numbers: Range<Int>, to name: String = "app.log") throws {
        try append(numbers.map { "{\"n\":\($0)}\n" }.joined(), to: name)
    }

    /// Waits until so many documents came, and gives them.
    func documents(_ count: Int, within limit: Duration = .seconds(20)) async throws -> [Document] {
        try await eventually(
            within: limit,
            "\(count) documents come, not \(self.documents().count): \(companion?.errors ?? "")"
        ) {
            self.documents().count >= count
        }
        return documents()
    }

    // MARK: The companion

    /// Starts `companion logs` and waits until its admin pages answer.
    func start(
        _ arguments: [String],
        environment: [String: String] = [:],
        state: String = "state",
        binary: String? = nil
    ) async throws {
        let program = try launch(
            arguments,
            environment: environment,
            state: state,
            binary: binary
        )
        try await eventually(within: .seconds(20), "the companion runs: \(program.errors)") {
            try await self.admin("/healthz").code == 200
        }
    }

    /// Starts `companion logs`.
    @discardableResult
    func launch(
        _ arguments: [String],
        environment: [String: String] = [:],
        state: String = "state",
        binary: String? = nil
    ) throws -> TestProgram {
        let words =
            [
                "logs", "--admin", "127.0.0.1:\(adminPort)", "--state",
                state.hasPrefix("/") ? state : folder.file(state),
            ] + arguments
        let program = try TestProgram(
            binary ?? EndToEnd.binary(),
            words,
            environment: environment
        )
        companion = program
        return program
    }

    /// A line of `/proc/PID/status` of the companion in MiB: `VmRSS`, `VmHWM`.
    func memory(_ name: String) throws -> Int {
        guard let pid = companion?.pid else {
            throw TestProgram.Problem(description: "the companion does not run")
        }
        let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix(name + ":") } ?? ""
        return (line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) / 1024
    }

    /// Asks the admin pages.
    func admin(_ path: String, post: Bool = false) async throws -> EndToEnd.Answer {
        let url = "http://127.0.0.1:\(adminPort)\(path)"
        return try await EndToEnd.get(url, post ? ["-X", "POST"] : [])
    }

    /// The books.
    func accounts() async throws -> [String: Int] {
        let body = try await admin("/accounts").body
        let object = try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any]
        return (object ?? [:]).compactMapValues { $0 as? Int }
    }

    /// The books, after a look at whether they balance: all in all, and for each sink.
    @discardableResult
    func balance() async throws -> [String: Int] {
        let body = try await admin("/accounts").body
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any]
        )
        let sums = object.compactMapValues { $0 as? Int }
        let left = (object["left"] as? [String: Int] ?? [:]).values.reduce(0, +)
        func sum(_ names: String...) -> Int { names.reduce(0) { $0 + (sums[$1] ?? 0) } }
        #expect(sum("read", "made") == sum("delivered", "rejected", "buffered") + left, "\(body)")
        #expect(object["balanced"] as? Bool == true && sum("buffered") >= 0, "\(body)")
        for case let sink as [String: Int] in (object["sinks"] as? [String: Any] ?? [:]).values {
            let ends = ["delivered", "rejected", "buffered"].reduce(0) { $0 + (sink[$1] ?? 0) }
            #expect(sink["received"] == ends, "\(body)")
        }
        return sums
    }

    /// The value of a metric, over all labels.
    func metric(_ name: String) async throws -> Int {
        try await admin("/metrics").body.split(separator: "\n")
            .filter { $0.hasPrefix(name + " ") || $0.hasPrefix(name + "{") }
            .compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }.reduce(0, +)
    }

    /// Ends the companion in order.
    func stop() async throws -> TestProgram.Result {
        guard let companion else {
            throw TestProgram.Problem(description: "the companion does not run")
        }
        companion.signal(SIGTERM)
        return try await companion.wait(within: .seconds(40))
    }

    /// Ends the companion at once.
    func kill() async throws {
        companion?.signal(SIGKILL)
        _ = try await companion?.wait(within: .seconds(10))
        companion = nil
    }

    /// The seed's configuration of Fluent Bit for this folder.
    func fluentBit(
        _ tail: String = "",
        _ output: String = "",
        flush: String = "1",
        service: String = ""
    ) throws -> String {
        try folder.write(
            """
            [PARSER]
                Name        json
                Format      json
                Time_Key    timestamp
                Time_Format %Y-%m-%dT%H:%M:%S.%L
            """,
            to: "parsers.conf"
        )
        return try folder.write(
            """
            [SERVICE]
                Flush         \(flush)
                Log_Level     info
                Daemon        off
                Parsers_File  parsers.conf
            \(service)

            [INPUT]
                Name              tail
                Path              \(folder.file("logs"))/*.log
                Parser            json
                Tag               app.logs
                Refresh_Interval  5
                Mem_Buf_Limit     5MB
                Read_from_Head    On
            \(tail)

            [OUTPUT]
                Name            es
                Match           *
                Host            ${ELASTICSEARCH_HOST}
                Port            ${ELASTICSEARCH_PORT}
                Logstash_Format On
                Logstash_Prefix app-logs
            \(output)
            """,
            to: "fluent-bit.conf"
        )
    }

    /// The variables that the seed's configuration names.
    var elasticVariables: [String: String] {
        ["ELASTICSEARCH_HOST": "127.0.0.1", "ELASTICSEARCH_PORT": "\(elasticPort)"]
    }

    private func requireHandle(_ path: String) throws -> FileHandle {
        guard let handle = FileHandle(forWritingAtPath: path) else {
            throw TestProgram.Problem(description: "cannot write \(path)")
        }
        return handle
    }
}
