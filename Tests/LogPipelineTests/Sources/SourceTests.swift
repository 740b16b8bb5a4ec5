import Basics
import HTTP
import Reactor
import Records
import Security
import System
import TestKit
import Testing

@testable import LogPipeline

@Suite("Sources", .timeLimit(.minutes(1))) struct SourceTests {
    /// Runs a source while a body uses it, then ends it in order.
    @MainLoop static func run(
        _ source: any Source,
        _ intake: TestIntake,
        isReady: () -> Bool = { true },
        _ body: () async throws -> Void
    ) async throws {
        let task = Task { @MainLoop () -> Failure? in
            do throws(Failure) {
                try await source.run(into: intake)
                return nil
            } catch {
                return error
            }
        }
        for _ in 0..<1000 where !isReady() { await Loop.main.turn() }
        try await body()
        source.finish(by: Loop.main.now + .seconds(5))
        let failure = await task.value
        #expect(failure == nil)
        await source.close()
    }

    @MainLoop private static func socket(
        _ mode: SocketMode,
        isSyslog: Bool = false,
        isJSON: Bool = false,
        tls: ServerTLS? = nil,
        connections: Int = 16
    ) throws -> SocketSource {
        if isSyslog {
            var settings = SyslogSourceSettings(mode: mode)
            settings.tls = tls
            settings.connectionMaximum = connections
            settings.rawKey = "raw"
            settings.senderKey = "from"
            return try #require(
                try Sources.make(
                    SourceSettings(id: "in", tag: "t", kind: .syslog(settings)),
                    context: SourceContext(journal: .silent)
                ) as? SocketSource
            )
        }
        var settings = SocketSourceSettings(mode: mode)
        settings.isJSON = isJSON
        settings.tls = tls
        settings.connectionMaximum = connections
        return try #require(
            try Sources.make(
                SourceSettings(id: "in", tag: "t", kind: .socket(settings)),
                context: SourceContext(journal: .silent)
            ) as? SocketSource
        )
    }

    @Test @MainLoop func `lines come over TCP, also the last one without an end`() async throws {
        let source = try Self.socket(.tcp(host: "127.0.0.1", port: 0))
        let intake = TestIntake()
        try await Self.run(source, intake, isReady: { source.port != 0 }) {
            let client = try await ByteStream.connect(
                host: "127.0.0.1",
                port: source.port,
                timeout: .seconds(5)
            )
            try await client.write(Array("one\ntwo\nthr".utf8))
            try await intake.wait(for: 2)
            try await client.write(Array("ee".utf8))
            client.close()
            try await intake.wait(for: 3)
        }
        #expect(intake.texts("log") == ["one", "two", "three"])
        #expect(intake.events.allSatisfy { $0.tag.text == "t" })
        #expect(intake.bytes == 13)
    }

    @Test @MainLoop func `what is in the kernel at the end is read`() async throws {
        let source = try Self.socket(.tcp(host: "127.0.0.1", port: 0), isJSON: true)
        let intake = TestIntake()
        intake.hasRoom = false
        try await Self.run(source, intake, isReady: { source.port != 0 }) {
            let client = try await ByteStream.connect(
                host: "127.0.0.1",
                port: source.port,
                timeout: .seconds(5)
            )
            try await client.write(Array("{\"a\":1}\n{\"a\":2}\nnonsense\n".utf8))
            for _ in 0..<20 { await Loop.main.turn() }
            // Nothing is read without room.
            #expect(intake.events.isEmpty)
        }
        #expect(
            intake.fields == [
                ["a": .integer(1)], ["a": .integer(2)], ["log": .text("nonsense")],
            ]
        )
    }

    @Test @MainLoop func `a sender waits while there is no room`() async throws {
        let source = try Self.socket(.tcp(host: "127.0.0.1", port: 0))
        let intake = TestIntake()
        intake.hasRoom = false
        try await Self.run(source, intake, isReady: { source.port != 0 }) {
            let client = try await ByteStream.connect(
                host: "127.0.0.1",
                port: source.port,
                timeout: .seconds(5)
            )
            let lines = Array(repeating: Array("0123456789\n".utf8), count: 1 << 20).flatMap { $0 }
            let writing = Task { @MainLoop in try await client.write(lines) }
            for _ in 0..<50 { await Loop.main.turn() }
            #expect(intake.events.isEmpty)
            intake.makeRoom()
            try await writing.value
            client.close()
            try await intake.wait(for: 1 << 20)
        }
        #expect(intake.bytes == 11 << 20)
    }

    @Test @MainLoop func `more connections than allowed are refused`() async throws {
        let source = try Self.socket(.tcp(host: "127.0.0.1", port: 0), connections: 1)
        let intake = TestIntake()
        try await Self.run(source, intake, isReady: { source.port != 0 }) {
            var clients: [ByteStream] = []
            for _ in 0..<2 {
                clients.append(
                    try await ByteStream.connect(
                        host: "127.0.0.1",
                        port: source.port,
                        timeout: .seconds(5)
                    )
                )
            }
            let end = try await clients[1].read(deadline: Loop.main.now + .seconds(10))
            #expect(end.isEmpty)
            try await clients[0].write(Array("x\n".utf8))
            try await intake.wait(for: 1)
        }
        #expect(source.refused == 1)
    }

    @Test @MainLoop func `syslog comes over UDP, and what finds no room is counted`() async throws {
        let source = try Self.socket(.udp(host: "127.0.0.1", port: 0), isSyslog: true)
        let intake = TestIntake()
        try await Self.run(source, intake, isReady: { source.port != 0 }) {
            let address = try #require(SocketAddress(number: "127.0.0.1", port: source.port))
            let client = try DatagramSocket.connect(to: address)
            try await client.send(Array("<13>one\n".utf8))
            try await intake.wait(for: 1)
            intake.hasRoom = false
            try await client.send(Array("<13>two".utf8))
            try await intake.wait { intake.skipped == 7 }
            intake.makeRoom()
            try await client.send(Array("<13>three".utf8))
            try await intake.wait(for: 2)
        }
        #expect(intake.texts("raw") == ["<13>one", "<13>three"])
        #expect(intake.texts("from") == ["127.0.0.1", "127.0.0.1"])
        #expect(source.dropped == 1)
    }

    @Test @MainLoop func `syslog comes over Unix sockets of both kinds`() async throws {
        let folder = try TemporaryDirectory()
        let stream = try Self.socket(
            .unixStream(path: folder.file("s"), permissions: 0o600),
            isSyslog: true
        )
        let intake = TestIntake()
        try await Self.run(stream, intake, isReady: { Files.exists(folder.file("s")) }) {
            let client = try await ByteStream.connect(
                unix: folder.file("s"),
                timeout: .seconds(5)
            )
            try await client.write(Array("7 <13>one<13>two\n".utf8))
            try await intake.wait(for: 2)
        }
        #expect(intake.texts("raw") == ["<13>one", "<13>two"])
        #expect(!Files.exists(folder.file("s")))
        let datagrams = try Self.socket(
            .unixDatagram(path: folder.file("d"), permissions: 0o622),
            isSyslog: true
        )
        let second = TestIntake()
        try await Self.run(datagrams, second, isReady: { Files.exists(folder.file("d")) }) {
            let status = try Files.stat(folder.file("d"))
            #expect(status.mode == 0o622)
            let client = try DatagramSocket.connect(to: SocketAddress.unix(folder.file("d")))
            try await client.send(Array("<13>Oct 11 22:14:15 web app: one".utf8))
            try await client.send(Array("<13>1 2023-10-11T22:14:15Z web app - - - two".utf8))
            try await second.wait(for: 2)
        }
        #expect(second.texts("message") == ["one", "two"])
        // The socket's path stands for its senders.
        #expect(second.texts("from") == [folder.file("d"), folder.file("d")])
        #expect(second.events[1].time == Timestamp(seconds: 1_697_062_455))
    }

    @Test @MainLoop func `lines come over TLS`() async throws {
        let certificate = try await TestCertificate()
        let folder = try TemporaryDirectory()
        try folder.write(certificate.certificate, to: "crt")
        try folder.write(certificate.privateKey, to: "key")
        let source = try Self.socket(
            .tcp(host: "127.0.0.1", port: 0),
            tls: ServerTLS(certificate: folder.file("crt"), key: folder.file("key"))
        )
        let intake = TestIntake()
        try await Self.run(source, intake, isReady: { source.port != 0 }) {
            var tls = ClientTLS()
            tls.authorities = folder.file("crt")
            let channel = try await Channels.client(
                over: ByteStream.connect(
                    host: "127.0.0.1",
                    port: source.port,
                    timeout: .seconds(5)
                ),
                options: tls.options(),
                host: "127.0.0.1",
                deadline: Loop.main.now + .seconds(10)
            )
            try await channel.write(Array("one\n".utf8), deadline: nil)
            try await intake.wait(for: 1)
            channel.close()
        }
        #expect(intake.texts("log") == ["one"])
    }

    @Test @MainLoop func `clients without a certificate stay outside if one is asked for`()
        async throws
    {
        let server = try await TestCertificate()
        let client = try await TestCertificate()
        let folder = try TemporaryDirectory()
        for (name, text) in [
            ("crt", server.certificate), ("key", server.privateKey),
            ("client.crt", client.certificate), ("client.key", client.privateKey),
        ] {
            try folder.write(text, to: name)
        }
        let source = try Self.socket(
            .tcp(host: "127.0.0.1", port: 0),
            tls: ServerTLS(
                certificate: folder.file("crt"),
                key: folder.file("key"),
                authorities: folder.file("client.crt")
            )
        )
        let intake = TestIntake()
        try await Self.run(source, intake, isReady: { source.port != 0 }) {
            for isKnown in [false, true] {
                var tls = ClientTLS()
                tls.authorities = folder.file("crt")
                if isKnown {
                    tls.certificate = folder.file("client.crt")
                    tls.key = folder.file("client.key")
                }
                let channel = try await Channels.client(
                    over: ByteStream.connect(
                        host: "127.0.0.1",
                        port: source.port,
                        timeout: .seconds(5)
                    ),
                    options: tls.options(),
                    host: "127.0.0.1",
                    deadline: Loop.main.now + .seconds(10)
                )
                // With TLS 1.3 a client learns of its refusal with what it reads first.
                try? await channel.write(
                    Array("known \(isKnown)\n".utf8),
                    deadline: Loop.main.now + .seconds(10)
                )
                if isKnown {
                    try await intake.wait(for: 1)
                } else {
                    let end = try? await channel.read(
                        upTo: 100,
                        deadline: Loop.main.now + .seconds(10)
                    )
                    #expect(end ?? [] == [])
                }
                channel.close()
            }
        }
        #expect(intake.texts("log") == ["known true"])
    }

    /// Python's handlers send a zero byte behind each message.
    @Test(arguments: [false, true])
    @MainLoop func `Python's logging is understood`(_ isStream: Bool) async throws {
        let mode: SocketMode =
            isStream ? .tcp(host: "127.0.0.1", port: 0) : .udp(host: "127.0.0.1", port: 0)
        let source = try Self.socket(mode, isSyslog: true)
        let intake = TestIntake()
        try await Self.run(source, intake, isReady: { source.port != 0 }) {
            let kind = isStream ? "SOCK_STREAM" : "SOCK_DGRAM"
            let result = try await TestProgram.run(
                "python3",
                [
                    "-c",
                    """
                    import logging, logging.handlers, socket
                    handler = logging.handlers.SysLogHandler(
                        ("127.0.0.1", \(source.port)), socktype=socket.\(kind))
                    handler.ident = "app: "
                    log = logging.getLogger()
                    log.addHandler(handler)
                    log.error("one")
                    log.warning("two")
                    """,
                ]
            )
            #expect(result.succeeded, "\(result.errors)")
            try await intake.wait(for: 2)
        }
        #expect(intake.texts("raw") == ["<11>app: one", "<12>app: two"])
        #expect(intake.texts("message") == ["one", "two"])
    }

    @Test @MainLoop func `a place that is taken is a failure with a sentence`() async throws {
        let taken = try StreamListener.listen(host: "127.0.0.1", port: 0)
        let source = try Self.socket(.tcp(host: "127.0.0.1", port: taken.port))
        await #expect(throws: Failure.self) { try await source.run(into: TestIntake()) }
    }

    @Test @MainLoop func `standard input ends with its end`() async throws {
        let (stream, reading) = try ByteStream.writingPipe()
        let source = StandardInputSource(
            id: "in",
            tag: "t",
            settings: LineSettings(),
            descriptor: reading
        )
        let intake = TestIntake()
        let task = Task { @MainLoop in try await source.run(into: intake) }
        try await stream.write(Array("one\ntwo".utf8))
        try await intake.wait(for: 1)
        stream.close()
        try await task.value
        #expect(intake.texts("log") == ["one", "two"])
        Descriptors.close(reading)
    }

    @Test @MainLoop func `standard input is given up when told to finish`() async throws {
        let (stream, reading) = try ByteStream.writingPipe()
        let source = StandardInputSource(
            id: "in",
            tag: "t",
            settings: LineSettings(),
            descriptor: reading
        )
        let intake = TestIntake()
        try await Self.run(source, intake) {
            try await stream.write(Array("one\n".utf8))
            try await intake.wait(for: 1)
        }
        #expect(intake.texts("log") == ["one"])
        Descriptors.close(reading)
    }

    @Test @MainLoop func `a command's lines come, run once`() async throws {
        var settings = CommandSettings(words: ["/bin/sh", "-c", "echo one; echo two; exit 3"])
        settings.isOnce = true
        let source = CommandSource(
            id: "in",
            tag: "t",
            settings: settings,
            journal: .silent
        )
        let intake = TestIntake()
        try await source.run(into: intake)
        #expect(intake.texts("log") == ["one", "two"])
    }

    @Test @MainLoop func `a command that runs on is ended in order`() async throws {
        let source = CommandSource(
            id: "in",
            tag: "t",
            settings: CommandSettings(
                words: [
                    "/bin/sh", "-c",
                    "trap 'echo bye; exit 0' TERM; echo hello; while :; do read x; done",
                ]
            ),
            journal: .silent
        )
        let intake = TestIntake()
        try await Self.run(source, intake) { try await intake.wait(for: 1) }
        #expect(intake.texts("log").first == "hello")
    }

    @Test @MainLoop func `a program that is not there is a failure`() async throws {
        let source = CommandSource(
            id: "in",
            tag: "t",
            settings: CommandSettings(words: ["/nowhere/program"]),
            journal: .silent
        )
        await #expect(throws: Failure.self) { try await source.run(into: TestIntake()) }
    }

    @Test @MainLoop func `samples are made in turn up to their number`() async throws {
        var settings = SampleSettings(records: [["a": .integer(1)], ["a": .integer(2)]])
        settings.rate = 1000
        settings.count = 5
        let source = SampleSource(id: "in", tag: "t", settings: settings)
        let intake = TestIntake()
        try await source.run(into: intake)
        #expect(intake.texts("a") == ["1", "2", "1", "2", "1"])
    }

    @Test @MainLoop func `the program's own log cannot feed on itself`() async throws {
        let tap = JournalTap()
        tap.note("before anybody reads", at: 0)
        let source = JournalSource(id: "in", tag: "t", tap: tap)
        let intake = TestIntake()
        try await Self.run(source, intake, isReady: { tap.isRead }) {
            for number in 0..<500 {
                tap.note("2026-01-02T03:04:05Z warning line \(number)", at: 7)
            }
            try await intake.wait(for: JournalTap.perSecond)
            tap.note("{\"level\":\"info\",\"message\":\"later\"}", at: 8)
            try await intake.wait(for: JournalTap.perSecond + 1)
        }
        #expect(intake.events.count == JournalTap.perSecond + 1)
        #expect(
            intake.fields.first == [
                "time": .text("2026-01-02T03:04:05Z"), "level": .text("warning"),
                "message": .text("line 0"),
            ]
        )
        #expect(intake.fields[JournalTap.perSecond - 1]["left_out"] == .integer(400))
        #expect(intake.fields.last?["message"] == .text("later"))
    }

    @Test @MainLoop func `a parser that is not known is a failure with its name`() {
        var settings = SyslogSourceSettings(mode: .udp(host: "127.0.0.1", port: 0))
        settings.parser = "syslog-rfc3146"
        #expect(throws: Failure.self) {
            try Sources.make(
                SourceSettings(id: "in", tag: "t", kind: .syslog(settings)),
                context: SourceContext(journal: .silent)
            )
        }
    }
}
