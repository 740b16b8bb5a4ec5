import Basics
import HTTP
import Reactor
import Records
import TestKit
import Testing

@testable import LogPipeline

/// What a configuration says of a source is done: framing, fields, rates.
@Suite("What sources are told", .timeLimit(.minutes(1))) struct SourceFieldTests {
    @MainLoop private static func make<Kind: Source>(
        _ kind: SourceKind,
        as type: Kind.Type
    ) throws -> Kind {
        var context = SourceContext(journal: .silent)
        context.hostName = "web-1"
        let source = try Sources.make(
            SourceSettings(id: "in", tag: "t", kind: kind),
            context: context
        )
        return try #require(source as? Kind)
    }

    // MARK: Framing

    @Test(
        arguments: [
            ([0], "one\u{0}two\u{0}three", ["one", "two", "three"]),
            (Array("|".utf8), "a\r|b\n|", ["a\r", "b\n"]),
            (Array("--".utf8), "a-b--c---d", ["a-b", "c", "-d"]),
            (Array("aab".utf8), "aaab|aab", ["a", "|"]),
            (
                Array("abc".utf8), "0123456789abc0123456ab0abcd",
                ["01234567", "89", "0123456a", "b0", "d"]
            ),
            (Array("aa".utf8), "01234567aa", ["01234567"]),
            (Array("aa".utf8), "01234567a", ["01234567", "a"]),
            ([10], "a\r\nb\n", ["a", "b"]),
        ] as [([UInt8], String, [String])]
    )
    func `lines end as the settings say, however they come`(
        _ delimiter: [UInt8],
        _ text: String,
        _ expected: [String]
    ) {
        for pieces in cuts(Array(text.utf8)) {
            var framer = LineFramer(limit: 8, delimiter: delimiter)
            #expect(framer.texts(of: pieces).texts == expected)
        }
    }

    @Test func `texts may be counted without being syslog, or be what a read brings`() {
        var counted = LineFraming.counted.framer(limit: 100)
        #expect(
            counted.texts(of: [Array("3 abc4 de".utf8), Array("fg".utf8)]).texts == ["abc", "defg"]
        )
        var whole = LineFraming.whole.framer(limit: 3)
        #expect(
            whole.texts(of: [Array("ab\nc".utf8), Array("d".utf8)]).texts == ["ab\n", "c", "d"]
        )
        #expect(LineFraming.whole.messages(in: [97, 10, 98, 10], limit: 10).ranges == [0..<4])
        #expect(
            LineFraming.counted.messages(in: Array("2 ab9 xy".utf8), limit: 99).ranges.count == 2
        )
        let lines = LineFraming.delimited([0]).messages(in: [97, 0, 98], limit: 10)
        #expect(lines.ranges == [0..<1, 2..<3])
    }

    // MARK: Sockets

    @Test(arguments: [false, true])
    @MainLoop func `lines say who sent them`(_ asURL: Bool) async throws {
        var settings = SocketSourceSettings(mode: .tcp(host: "127.0.0.1", port: 0))
        settings.senderKey = "peer"
        settings.senderPortKey = "port"
        settings.sendersAreURLs = asURL
        settings.lines.hostKey = "collector"
        settings.lines.framing = .delimited([0])
        let source = try Self.make(.socket(settings), as: SocketSource.self)
        let intake = TestIntake()
        try await SourceTests.run(source, intake, isReady: { source.port != 0 }) {
            let client = try await ByteStream.connect(
                host: "127.0.0.1",
                port: source.port,
                timeout: .seconds(5)
            )
            try await client.write(Array("a\nb\u{0}".utf8))
            try await intake.wait(for: 1)
            client.close()
        }
        let fields = try #require(intake.fields.first)
        guard case .integer(let port)? = fields["port"] else {
            Issue.record("no port in \(fields)")
            return
        }
        #expect(fields["log"] == .text("a\nb"))
        #expect(fields["peer"] == .text(asURL ? "tcp://127.0.0.1:\(port)" : "127.0.0.1"))
        #expect(fields["collector"] == .text("web-1"))
    }

    @Test @MainLoop func `lines of two connections are of two groups`() async throws {
        let settings = SocketSourceSettings(mode: .tcp(host: "127.0.0.1", port: 0))
        let source = try Self.make(.socket(settings), as: SocketSource.self)
        let intake = TestIntake()
        try await SourceTests.run(source, intake, isReady: { source.port != 0 }) {
            for count in 1...2 {
                let client = try await ByteStream.connect(
                    host: "127.0.0.1",
                    port: source.port,
                    timeout: .seconds(5)
                )
                try await client.write(Array("x\n".utf8))
                try await intake.wait(for: count)
                client.close()
            }
        }
        #expect(Set(intake.events.map(\.receipt.lot.group)).count == 2)
    }

    @Test @MainLoop func `a Unix socket's path stands for its senders`() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/log.sock"
        var settings = SocketSourceSettings(mode: .unixStream(path: path, permissions: 0o600))
        settings.senderKey = "host"
        settings.senderPortKey = "port"
        let source = try Self.make(.socket(settings), as: SocketSource.self)
        let intake = TestIntake()
        try await SourceTests.run(source, intake) {
            for _ in 0..<10 { await Loop.main.turn() }
            let client = try await ByteStream.connect(unix: path, timeout: .seconds(5))
            try await client.write(Array("x\n".utf8))
            try await intake.wait(for: 1)
            client.close()
        }
        #expect(intake.fields == [["log": .text("x"), "host": .text(path)]])
    }

    @Test @MainLoop func `syslog names its machine and gets what every record gets`() async throws {
        var settings = SyslogSourceSettings(mode: .tcp(host: "127.0.0.1", port: 0))
        settings.hostKey = "host"
        settings.senderKey = "source_ip"
        settings.timeKey = "timestamp"
        settings.added = ["source_type": .text("syslog")]
        let source = try Self.make(.syslog(settings), as: SocketSource.self)
        let intake = TestIntake()
        try await SourceTests.run(source, intake, isReady: { source.port != 0 }) {
            let client = try await ByteStream.connect(
                host: "127.0.0.1",
                port: source.port,
                timeout: .seconds(5)
            )
            try await client.write(
                Array("<34>1 2024-01-02T03:04:05Z db-1 app - - - hello\nno syslog\n".utf8)
            )
            try await intake.wait(for: 2)
            client.close()
        }
        #expect(intake.texts("host") == ["db-1", "127.0.0.1"])
        #expect(intake.texts("source_ip") == ["127.0.0.1", "127.0.0.1"])
        #expect(intake.texts("source_type") == ["syslog", "syslog"])
        #expect(intake.fields[0]["timestamp"] == .timestamp(Timestamp(seconds: 1_704_164_645)))
        #expect(intake.fields[1]["timestamp"] != nil)
    }

    // MARK: Commands

    @Test @MainLoop func `a command runs where it should, and says which stream a line is of`()
        async throws
    {
        let directory = try TemporaryDirectory()
        var settings = CommandSettings(words: ["/bin/sh", "-c", "pwd -P; echo wrong >&2"])
        settings.isOnce = true
        settings.directory = directory.path
        settings.takesErrors = true
        settings.streamKey = "stream"
        settings.processKey = "pid"
        settings.commandKey = "command"
        settings.lines.hostKey = "host"
        let source = try Self.make(.command(settings), as: CommandSource.self)
        let intake = TestIntake()
        try await source.run(into: intake)
        let lines = Dictionary(
            uniqueKeysWithValues: zip(intake.texts("stream"), intake.texts("log"))
        )
        #expect(lines["stdout"]?.hasSuffix(directory.path) == true)
        #expect(lines["stderr"] == "wrong")
        #expect(intake.texts("host") == ["web-1", "web-1"])
        #expect(Set(intake.texts("pid")).count == 1)
        #expect(
            intake.fields[0]["command"]
                == .array(["/bin/sh", "-c", "pwd -P; echo wrong >&2"].map { .text($0) })
        )
    }

    @Test @MainLoop func `errors stay out of the records unless they are asked for`() async throws {
        var settings = CommandSettings(words: ["/bin/sh", "-c", "echo a; echo b >&2"])
        settings.isOnce = true
        let source = try Self.make(.command(settings), as: CommandSource.self)
        let intake = TestIntake()
        try await source.run(into: intake)
        #expect(intake.texts("log") == ["a"])
    }

    @Test @MainLoop func `a command that ends is started again after its pause`() async throws {
        var settings = CommandSettings(words: ["/bin/sh", "-c", "echo x"])
        settings.restart = .milliseconds(1)
        let source = try Self.make(.command(settings), as: CommandSource.self)
        let intake = TestIntake()
        try await SourceTests.run(source, intake) { try await intake.wait(for: 3) }
        #expect(intake.events.count >= 3)
    }

    // MARK: Samples

    @Test func `samples come at their rate, or one in an interval`() {
        var rate = SampleClock(rate: 10, count: nil)
        let start = Instant(nanoseconds: 0)
        #expect(rate.due(at: start).count == 1)
        #expect(rate.due(at: start + .milliseconds(500)).count == 5)
        var slow = SampleClock(rate: 1000, interval: .seconds(10), count: nil)
        #expect(slow.due(at: start).count == 1)
        let later = slow.due(at: start + .seconds(9))
        #expect(later.count == 0)
        #expect(later.next == start + .seconds(10))
        #expect(slow.due(at: start + .seconds(30)).count == 3)
    }

    @Test @MainLoop func `samples say when and where they were made`() async throws {
        var settings = SampleSettings(records: [["a": .integer(1)]])
        settings.count = 1
        settings.timeKey = "timestamp"
        settings.hostKey = "host"
        let source = try Self.make(.sample(settings), as: SampleSource.self)
        let intake = TestIntake()
        try await source.run(into: intake)
        #expect(intake.texts("host") == ["web-1"])
        #expect(intake.fields[0]["timestamp"] == .timestamp(intake.events[0].time))
    }

    // MARK: HTTP

    @MainLoop private static func http(
        _ change: (inout HTTPSourceSettings) -> Void,
        _ body: (TestIntake, HTTPClient) async throws -> Void
    ) async throws {
        var settings = HTTPSourceSettings(port: 0)
        settings.host = "127.0.0.1"
        change(&settings)
        let source = try make(.http(settings), as: HTTPSource.self)
        let intake = TestIntake()
        try await SourceTests.run(source, intake, isReady: { source.port != 0 }) {
            let client = try await HTTPClient.connect(
                .tcp(host: "127.0.0.1", port: source.port, tls: nil)
            )
            try await body(intake, client)
        }
    }

    @MainLoop private static func send(
        _ client: HTTPClient,
        _ method: String,
        _ path: String,
        _ body: String,
        _ headers: HTTPHeaders = [:]
    ) async throws -> (status: Int, headers: HTTPHeaders) {
        let response = try await client.request(
            method,
            path,
            headers: headers,
            body: Array(body.utf8)
        )
        _ = try await response.collect(limit: 1 << 16)
        return (response.status, response.headers)
    }

    @Test(arguments: [
        ("/logs", false, "/logs", 200), ("/logs", false, "/logs/a", 404),
        ("/logs", true, "/logs/a", 200), ("/logs", true, "/logsa", 404),
        ("/", true, "/anything/at/all", 200), ("/", false, "/a", 404),
    ])
    @MainLoop func `paths below are taken where the settings say so`(
        _ own: String,
        _ below: Bool,
        _ path: String,
        _ status: Int
    ) async throws {
        try await Self.http {
            $0.path = own
            $0.takesPathsBelow = below
            $0.successStatus = 200
        } _: { _, client in
            let answer = try await Self.send(client, "POST", path, "{}")
            #expect(answer.status == status)
        }
    }

    @Test @MainLoop func `a request's parts become fields, which the record's own outdo`()
        async throws
    {
        try await Self.http {
            $0.method = "PATCH"
            $0.path = "/in"
            $0.pathKey = "path"
            $0.headers = ["User-Agent", "X-None"]
            $0.parameters = ["app", "none"]
            $0.timeKey = "timestamp"
            $0.added = ["source_type": .text("http_server")]
            $0.answerHeaders = ["X-Taken: yes"]
            $0.tagKey = "tag"
        } _: { intake, client in
            let wrong = try await Self.send(client, "POST", "/in", "{}")
            #expect(wrong.status == 405)
            let answer = try await Self.send(
                client,
                "PATCH",
                "/in?app=web%201&other=x",
                #"{"path":"mine","tag":"own"}"#,
                ["User-Agent": "test"]
            )
            #expect(answer.status == 201)
            #expect(answer.headers["X-Taken"] == "yes")
            var fields = try #require(intake.fields.first)
            #expect(fields.removeValue(forKey: "timestamp") != nil)
            #expect(
                fields == [
                    "path": .text("mine"), "tag": .text("own"), "User-Agent": .text("test"),
                    "X-None": .null, "app": .text("web 1"), "none": .null,
                    "source_type": .text("http_server"),
                ]
            )
            #expect(intake.events.map(\.tag.text) == ["own"])
        }
    }

    @Test @MainLoop func `all header fields become fields as in Fluentd, and bodies are whole`()
        async throws
    {
        try await Self.http {
            $0.addsAllHeaders = true
            $0.format = "binary"
        } _: { intake, client in
            _ = try await Self.send(client, "POST", "/x", "a\nb\n", ["Fluent-Tag": "app"])
            #expect(intake.texts("message") == ["a\nb\n"])
            #expect(intake.texts("HTTP_FLUENT_TAG") == ["app"])
        }
    }

    // MARK: Forward

    @Test @MainLoop func `Forward's records get the fields that are named`() async throws {
        let directory = try TemporaryDirectory()
        var settings = ForwardSourceSettings()
        settings.unixPath = directory.path + "/forward.sock"
        settings.unixPermissions = 0o600
        settings.timeKey = "timestamp"
        settings.tagKey = "tag"
        settings.hostKey = "host"
        settings.added = ["source_type": .text("fluent")]
        let source = try Self.make(.forward(settings), as: ForwardSource.self)
        let intake = TestIntake()
        let path = settings.unixPath ?? ""
        try await SourceTests.run(source, intake) {
            for _ in 0..<10 { await Loop.main.turn() }
            let client = try await ByteStream.connect(unix: path, timeout: .seconds(5))
            try await client.write(ForwardMessageTests.modes[0].0)
            try await intake.wait(for: 1)
            client.close()
        }
        #expect(
            intake.fields == [
                [
                    "log": .text("a"), "timestamp": .timestamp(ForwardMessageTests.time),
                    "tag": .text("app"), "host": .text(path), "source_type": .text("fluent"),
                ]
            ]
        )
    }
}
