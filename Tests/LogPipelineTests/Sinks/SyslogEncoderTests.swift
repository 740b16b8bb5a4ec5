import Basics
import Reactor
import Records
import Testing

@testable import LogPipeline

@Suite("Syslog messages") struct SyslogEncoderTests {
    @MainLoop private static func text(
        _ fields: Fields,
        _ change: (inout SyslogSinkSettings) -> Void = { _ in }
    ) -> String {
        var settings = SyslogSinkSettings(target: .udp(host: "127.0.0.1", port: 514))
        settings.keys = [
            "severity": "level", "facility": "facility", "hostname": "host", "appname": "app",
            "procid": "pid", "msgid": "id", "sd": "$data", "message": "log",
        ]
        change(&settings)
        var encoder = SyslogEncoder(settings)
        var event = SinkKit.event(fields)
        var output: [UInt8] = []
        encoder.append(&event, to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    private static let full: Fields = [
        "level": .text("err"), "facility": .text("local0"), "host": .text("web 1"),
        "app": .text("nginx"), "pid": .integer(7), "id": .text("ID47"), "log": .text("hello\nyou"),
        "data": .object(["ex@1": .object(["a": .text("x\"]\\"), "b=": .integer(2)])]),
    ]

    @Test @MainLoop func `parts come from fields`() {
        #expect(
            Self.text(Self.full)
                == "<131>1 2023-11-14T22:13:20.123456Z web1 nginx 7 ID47 "
                + #"[ex@1 a="x\"\]\\" b_="2"] hello you"#
        )
        #expect(
            Self.text(Self.full) { $0.isRFC5424 = false }
                == "<131>Nov 14 22:13:20 web1 nginx[7]: hello you"
        )
    }

    @Test @MainLoop func `what is missing is left out, and the message is the whole record`() {
        let fields: Fields = ["a": .integer(1)]
        #expect(
            Self.text(fields) == #"<14>1 2023-11-14T22:13:20.123456Z - - - - - {"a":1}"#
        )
        #expect(
            Self.text(fields) {
                $0.isRFC5424 = false
                $0.presets = ["severity": "4", "appname": "x"]
            } == #"<12>Nov 14 22:13:20 x: {"a":1}"#
        )
    }

    @Test(arguments: [
        ("0", 8), ("7", 15), ("warn", 12), ("ERROR", 11), ("nonsense", 14), ("8", 14),
    ])
    @MainLoop func `severities have numbers and names`(_ level: String, _ number: Int) {
        #expect(Self.text(["level": .text(level)]).hasPrefix("<\(number)>"))
    }

    @Test @MainLoop func `a message is cut at the limit, not in a character`() {
        let text = Self.text(["log": .text(String(repeating: "é", count: 100))]) {
            $0.messageLimit = 100
        }
        #expect(text.utf8.count <= 100 && text.utf8.count > 97)
        #expect(text.hasSuffix("é"))
    }

    @Test @MainLoop func `messages are counted, or ended by a line feed`() async throws {
        let listener = try StreamListener.listen(host: "127.0.0.1", port: 0)
        for counts in [true, false] {
            var settings = SyslogSinkSettings(
                target: .tcp(EndpointSettings(host: "127.0.0.1", port: listener.port))
            )
            settings.countsOctets = counts
            settings.isRFC5424 = false
            settings.keys = ["message": "log"]
            let carrier = SyslogCarrier(settings)
            let answer = await SinkKit.carry(
                carrier,
                [SinkKit.event(["log": .text("one")]), SinkKit.event(["log": .text("two")])]
            )
            #expect(answer == .delivered)
            let stream = try await listener.accept(deadline: Loop.main.now + .seconds(5))
            await carrier.close()
            var bytes: [UInt8] = []
            while case let piece = try await stream.read(deadline: Loop.main.now + .seconds(5)),
                !piece.isEmpty
            {
                bytes += piece
            }
            var framer = SyslogFramer(limit: 1000)
            let messages = framer.texts(of: [bytes]).texts
            #expect(
                messages == ["<14>Nov 14 22:13:20 one", "<14>Nov 14 22:13:20 two"],
                "\(String(decoding: bytes, as: UTF8.self))"
            )
            #expect((bytes.first == UInt8(ascii: "2")) == counts)
        }
    }

    @Test @MainLoop func `a server that closed is noticed before records are sent`() async throws {
        let listener = try StreamListener.listen(host: "127.0.0.1", port: 0)
        var settings = SocketSinkSettings(
            target: .tcp(EndpointSettings(host: "127.0.0.1", port: listener.port))
        )
        settings.encoding = Encoding(.text(key: "a"))
        let carrier = SocketCarrier(settings)
        for number in 0..<3 {
            let answer = await SinkKit.carry(
                carrier,
                [SinkKit.event(["a": .integer(Int64(number))])]
            )
            #expect(answer == .delivered)
            let stream = try await listener.accept(deadline: Loop.main.now + .seconds(5))
            let bytes = try await stream.read(deadline: Loop.main.now + .seconds(5))
            #expect(bytes == Array("\(number)\n".utf8))
            stream.close()
        }
        listener.close()
        for _ in 0..<10 { await Loop.main.turn() }
        let answer = await SinkKit.carry(carrier, [SinkKit.event(["a": .integer(9)])])
        guard case .failed(let setback) = answer else {
            Issue.record("\(answer)")
            return
        }
        #expect(setback.isUnreached)
    }

    @Test @MainLoop func `each record is a datagram`() async throws {
        let socket = try DatagramSocket.bind(host: "127.0.0.1", port: 0)
        let settings = SocketSinkSettings(target: .udp(host: "127.0.0.1", port: socket.port))
        let carrier = SocketCarrier(settings)
        let large = SinkKit.event(["a": .text(String(repeating: "x", count: 70_000))])
        let answer = await SinkKit.carry(
            carrier,
            [SinkKit.event(["a": .integer(1)]), large, SinkKit.event(["a": .integer(2)])]
        )
        guard case .partly(let verdicts) = answer else {
            Issue.record("\(answer)")
            return
        }
        #expect(verdicts.map(\.item) == [1])
        #expect(!verdicts[0].isRetriable)
        var texts: [String] = []
        while texts.count < 2 {
            let more = try await socket.receive(deadline: Loop.main.now + .seconds(5))
            texts += more.map { String(decoding: $0.bytes, as: UTF8.self) }
        }
        #expect(texts == ["{\"a\":1}\n", "{\"a\":2}\n"])
    }
}
