import Basics
import Formats
import Records
import Testing

@testable import LogPipeline

@Suite("Forward messages") struct ForwardMessageTests {
    static let time = Timestamp(nanoseconds: 1_700_000_000_123_456_789)

    /// What a message is written with.
    struct Writer {
        var bytes: [UInt8] = []

        mutating func list(_ count: Int) { MessagePackText().append(listOf: count, to: &bytes) }
        mutating func text(_ text: String) { MessagePackText().append(text: text, to: &bytes) }
        mutating func text(_ text: Span<UInt8>) {
            MessagePackText().append(text: text, to: &bytes)
        }
        mutating func binary(_ span: Span<UInt8>) {
            MessagePackText().append(binary: span, to: &bytes)
        }
        mutating func time(_ time: Timestamp) {
            MessagePackText().append(event: time, to: &bytes)
        }
        mutating func integer(_ number: Int64) { MessagePackText().append(number, to: &bytes) }
        mutating func boolean(_ truth: Bool) { MessagePackText().append(truth, to: &bytes) }
        mutating func fields(_ fields: Fields) { MessagePackText().append(fields, to: &bytes) }
    }

    static func pack(_ body: (inout Writer) -> Void) -> [UInt8] {
        var writer = Writer()
        body(&writer)
        return writer.bytes
    }

    static func entry(_ writer: inout Writer, _ text: String) {
        writer.list(2)
        writer.time(time)
        writer.fields(["log": .text(text)])
    }

    static let entries: [UInt8] = pack {
        entry(&$0, "a")
        entry(&$0, "b")
    }

    static let options: Fields = ["chunk": .text("c1"), "size": .integer(2)]

    /// Each mode, with the texts of its records.
    static let modes: [([UInt8], [String])] = [
        (
            pack {
                $0.list(4)
                $0.text("app")
                $0.time(time)
                $0.fields(["log": .text("a")])
                $0.fields(options)
            }, ["a"]
        ),
        (
            pack {
                $0.list(3)
                $0.text("app")
                $0.list(2)
                entry(&$0, "a")
                entry(&$0, "b")
                $0.fields(options)
            }, ["a", "b"]
        ),
        (
            pack {
                $0.list(3)
                $0.text("app")
                $0.binary(entries.span)
                $0.fields(options)
            }, ["a", "b"]
        ),
        (
            // As old clients have it: packed records as a text.
            pack {
                $0.list(3)
                $0.text("app")
                $0.text(entries.span)
                $0.fields(options)
            }, ["a", "b"]
        ),
        (
            pack {
                $0.list(3)
                $0.text("app")
                $0.binary(Gzip.encode(entries.span).span)
                var more = options
                more["compressed"] = .text("gzip")
                $0.fields(more)
            }, ["a", "b"]
        ),
        (
            pack {
                $0.list(3)
                $0.text("app")
                $0.binary(Zstd.encode(entries.span).span)
                var more = options
                more["compressed"] = .text("zstd")
                $0.fields(more)
            }, ["a", "b"]
        ),
        (
            // Fluent Bit's metadata beside the time.
            pack {
                $0.list(3)
                $0.text("app")
                $0.list(1)
                $0.list(2)
                $0.list(2)
                $0.time(time)
                $0.fields(["x": .integer(1)])
                $0.fields(["log": .text("a")])
                $0.fields(options)
            }, ["a"]
        ),
    ]

    @Test(arguments: modes)
    func `every mode is read`(_ bytes: [UInt8], _ texts: [String]) throws {
        let read = try ForwardMessage.read(bytes.span, limit: 1 << 20)
        let message = try #require(read)
        #expect(message.tag == "app")
        #expect(message.chunk == Array("c1".utf8))
        #expect(message.entries.map(\.time) == texts.map { _ in Self.time })
        #expect(message.entries.map(\.fields) == texts.map { ["log": .text($0)] })
    }

    @Test func `options may be missing, and times whole seconds or missing`() throws {
        let bytes = Self.pack {
            $0.list(2)
            $0.text("app")
            $0.list(2)
            $0.list(2)
            $0.integer(1_700_000_000)
            $0.fields([:])
            $0.list(2)
            $0.integer(0)
            $0.fields([:])
        }
        let read = try ForwardMessage.read(bytes.span, limit: 1000)
        let message = try #require(read)
        #expect(message.chunk == nil)
        #expect(message.entries.map(\.time) == [Timestamp(seconds: 1_700_000_000), nil])
    }

    @Test func `a heartbeat has no records`() throws {
        let message = try ForwardMessage.read([0xC0].span, limit: 100)
        #expect(message == nil)
    }

    @Test(
        arguments: [
            [0x81, 0xA1, 0x61, 0x01], [0x90], [0x91, 0xA1, 0x61], [0x92, 0x01, 0x02],
            [0x92, 0xA1, 0x61, 0x05], [0x93, 0xA1, 0x61, 0x05, 0x06],
            [0x92, 0xA1, 0x61, 0x91, 0x01],
            [0x92, 0xA1, 0x61, 0xC4, 0x01, 0x05], [0xC1],
        ] as [[UInt8]]
    )
    func `what is no message is refused`(_ bytes: [UInt8]) {
        #expect(throws: ForwardMistake.self) { try ForwardMessage.read(bytes.span, limit: 1000) }
    }

    @Test func `records that unpack to more than the limit are refused`() {
        let long = [UInt8](repeating: 0xC0, count: 10_000)
        let bytes = Self.pack {
            $0.list(3)
            $0.text("app")
            $0.binary(Gzip.encode(long.span).span)
            $0.fields(["compressed": .text("gzip")])
        }
        #expect(throws: ForwardMistake.self) { try ForwardMessage.read(bytes.span, limit: 5000) }
    }

    @Test func `a stream is cut into messages however it comes`() throws {
        let all = Self.modes.flatMap(\.0) + [0xC0]
        for pieces in cuts(all) {
            var stream = ForwardStream(limit: 1 << 16)
            var objects: [[UInt8]] = []
            for piece in pieces {
                stream.append(piece)
                while let object = try stream.next() { objects.append(object) }
            }
            #expect(objects == Self.modes.map(\.0) + [[0xC0]])
        }
    }

    @Test func `a message beyond the limit is refused before it has come`() {
        var stream = ForwardStream(limit: 1000)
        stream.append([0x92, 0xA1, 0x61, 0xC6, 0, 1, 0, 0])
        #expect(throws: MessagePackMistake.tooLong) { try stream.next() }
        var lists = ForwardStream(limit: 1000)
        lists.append([0xDD, 0, 1, 0, 0])
        #expect(throws: MessagePackMistake.tooLong) { try lists.next() }
    }

    @Test func `a handshake proves that both sides know the key`() throws {
        let server = ForwardServerHandshake(
            sharedKey: "secret",
            host: "collector",
            users: ["bob": "pw"]
        )
        var client = ForwardClientHandshake(
            sharedKey: "secret",
            host: "app",
            user: "bob",
            password: "pw"
        )
        let answer = client.answer(server.hello.span)
        let ping = try #require(answer)
        let (pong, refusal) = server.take(ping.span)
        #expect(refusal == nil)
        let verdict = client.refusal(pong.span)
        #expect(verdict == nil)
    }

    @Test(arguments: [
        ("other", "bob", "pw"), ("secret", "bob", "no"), ("secret", "eve", "pw"),
        ("secret", "", ""),
    ])
    func `who does not know the key or a password is refused`(
        _ key: String,
        _ user: String,
        _ password: String
    ) throws {
        let server = ForwardServerHandshake(
            sharedKey: "secret",
            host: "collector",
            users: ["bob": "pw"]
        )
        var client = ForwardClientHandshake(
            sharedKey: key,
            host: "app",
            user: user,
            password: password
        )
        let answer = client.answer(server.hello.span)
        let ping = try #require(answer)
        let (pong, refusal) = server.take(ping.span)
        #expect(refusal != nil)
        let verdict = client.refusal(pong.span)
        #expect(verdict != nil)
    }

    @Test func `a server that does not know the key is refused`() {
        let server = ForwardServerHandshake(sharedKey: "other", host: "x", users: [:])
        var client = ForwardClientHandshake(
            sharedKey: "secret",
            host: "app",
            user: nil,
            password: nil
        )
        _ = client.answer(server.hello.span)
        var writer = Writer()
        writer.list(5)
        writer.text("PONG")
        writer.boolean(true)
        writer.text("")
        writer.text("x")
        writer.text(String(repeating: "0", count: 128))
        let verdict = client.refusal(writer.bytes.span)
        #expect(verdict == "its shared key is another")
    }

    /// Worked out with Python's hashlib.
    @Test func `digests are those of the specification`() {
        #expect(
            ForwardDigest.key(Array("salt".utf8), "host", Array("nonce".utf8), "key").hasPrefix(
                "22ec4f9c36a2f046a7b4655800a5ddfb"
            )
        )
        #expect(
            ForwardDigest.password(Array("salt".utf8), "user", "password").hasPrefix(
                "6af07da4be18e0b7c7a1c3cdff52c898"
            )
        )
    }
}
