import Basics
import Reactor
import Records
import Testing

@testable import LogPipeline

@Suite("Forward source", .timeLimit(.minutes(1))) struct ForwardSourceTests {
    @MainLoop private static func run(
        _ change: (inout ForwardSourceSettings) -> Void = { _ in },
        _ body: (TestIntake, ByteStream) async throws -> Void
    ) async throws {
        var settings = ForwardSourceSettings()
        settings.host = "127.0.0.1"
        settings.port = 0
        change(&settings)
        let source = ForwardSource(
            id: "in",
            tag: "forward",
            settings: settings,
            hostName: "collector",
            journal: .silent
        )
        let intake = TestIntake()
        try await SourceTests.run(source, intake, isReady: { source.port != 0 }) {
            let client = try await ByteStream.connect(
                host: "127.0.0.1",
                port: source.port,
                timeout: .seconds(5)
            )
            try await body(intake, client)
            client.close()
        }
    }

    @MainLoop private static func read(_ client: ByteStream) async throws -> [UInt8] {
        try await client.read(deadline: Loop.main.now + .seconds(10))
    }

    @Test(arguments: ForwardMessageTests.modes)
    @MainLoop func `an answer comes when every record came to its end`(
        _ bytes: [UInt8],
        _ texts: [String]
    ) async throws {
        try await Self.run { intake, client in
            try await client.write(bytes)
            try await intake.wait(for: texts.count)
            #expect(intake.texts("log") == texts)
            #expect(intake.events.allSatisfy { $0.tag.text == "app" })
            #expect(intake.events.allSatisfy { $0.time == ForwardMessageTests.time })
            // Nothing is said before.
            await #expect(throws: Failure.self) {
                try await client.read(deadline: Loop.main.now)
            }
            intake.deliver()
            let answer = try await Self.read(client)
            #expect(answer == ForwardMessage.answer(to: Array("c1".utf8)))
        }
    }

    @Test @MainLoop func `answers are sent at the end, too`() async throws {
        try await Self.run { intake, client in
            try await client.write(ForwardMessageTests.modes[0].0)
            try await intake.wait(for: 1)
            // The client sends no more, and still waits for the answer.
            client.finishWriting()
            for _ in 0..<10 { await Loop.main.turn() }
            intake.deliver()
            let answer = try await Self.read(client)
            #expect(answer == ForwardMessage.answer(to: Array("c1".utf8)))
        }
    }

    @Test @MainLoop func `what is no message ends the connection`() async throws {
        try await Self.run { _, client in
            try await client.write(Array("GET / HTTP/1.1\r\n\r\n".utf8))
            let end = try await Self.read(client)
            #expect(end.isEmpty)
        }
    }

    @Test @MainLoop func `who knows the key comes in`() async throws {
        try await Self.run { settings in
            settings.sharedKey = "secret"
            settings.users = ["bob": "pw"]
            settings.tagPrefix = "pod"
        } _: { intake, client in
            var handshake = ForwardClientHandshake(
                sharedKey: "secret",
                host: "app",
                user: "bob",
                password: "pw"
            )
            let hello = try await Self.read(client)
            let answer = handshake.answer(hello.span)
            let ping = try #require(answer)
            try await client.write(ping)
            let pong = try await Self.read(client)
            let verdict = handshake.refusal(pong.span)
            #expect(verdict == nil)
            try await client.write(ForwardMessageTests.modes[0].0)
            try await intake.wait(for: 1)
            #expect(intake.events.first?.tag.text == "pod.app")
            intake.deliver()
        }
    }

    @Test @MainLoop func `who does not know it stays outside`() async throws {
        try await Self.run {
            $0.sharedKey = "secret"
        } _: { intake, client in
            var handshake = ForwardClientHandshake(
                sharedKey: "other",
                host: "app",
                user: nil,
                password: nil
            )
            let hello = try await Self.read(client)
            let answer = handshake.answer(hello.span)
            let ping = try #require(answer)
            try await client.write(ping + ForwardMessageTests.modes[0].0)
            let pong = try await Self.read(client)
            let verdict = handshake.refusal(pong.span)
            #expect(verdict == "it refuses us: shared_key mismatch")
            let end = try await Self.read(client)
            #expect(end.isEmpty)
            #expect(intake.events.isEmpty)
        }
    }
}
