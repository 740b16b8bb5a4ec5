import Basics
import Formats
import HTTP
import Testing

@testable import Proxying

@Suite struct LogLineTests {
    private func line(
        _ members: [(String, String)],
        _ record: AccessRecord = CommandTextTests.record(),
        agent: [UInt8] = Array("curl".utf8)
    ) throws -> String {
        let line = try LogLine(
            AccessLogSettings(
                sink: .standardOutput,
                format: .json(members.map { .init(key: $0.0, value: $0.1) })
            )
        )
        var request = RequestHead()
        request.fields.append(.userAgent, value: agent.span)
        var scratch = ByteBuffer()
        var buffer = ByteBuffer()
        line.write(
            record,
            request: request,
            response: ResponseHead(),
            trailers: HeaderBlock(),
            scratch: &scratch,
            into: &buffer
        )
        let left = scratch.count
        #expect(left == 0)
        return String(copying: buffer.readable)
    }

    @Test func `a single command keeps its type`() throws {
        let text = try line([
            ("status", "%RESPONSE_CODE%"), ("ms", "%DURATION%"), ("flags", "%RESPONSE_FLAGS%"),
            ("none", "%REQ(X)%"), ("two", "%RESPONSE_CODE% %REQ(X)%"), ("text", "a"), ("", ""),
        ])
        #expect(
            text == """
                {"status":504,"ms":226,"flags":"UT,URX","none":null,"two":"504 -","text":"a","":""}

                """
        )
    }

    @Test(arguments: [
        (Array("a\"b\\c\n\t\r\u{1}\u{1F}".utf8), #"a\"b\\c\n\t\r\u0001\u001f"#),
        (Array("Grüße 🦈".utf8), "Grüße 🦈"), ([0x61, 0xFF, 0x62], "a\u{FFFD}b"),
        ([0xC3], "\u{FFFD}"), ([0xED, 0xA0, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}"),
        ([0xC0, 0x80], "\u{FFFD}\u{FFFD}"), ([0xF4, 0x90], "\u{FFFD}\u{FFFD}"),
    ])
    func `every value makes good JSON`(agent: [UInt8], expected: String) throws {
        let text = try line([("agent", "%REQ(USER-AGENT)%")], agent: agent)
        #expect(text == "{\"agent\":\"\(expected)\"}\n")
        _ = try JSON.parse(text)
    }

    @Test func `any bytes make good JSON`() throws {
        let seed: UInt64 = 9
        var random = RandomSource(seed: seed)
        for round in 0..<500 {
            let agent = (0..<random.below(20)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            let text = try line([("a\"\n", "%REQ(USER-AGENT)%")], agent: agent)
            #expect(throws: Never.self, "seed \(seed) round \(round)") { try JSON.parse(text) }
        }
        #expect(try line([]) == "{}\n")
    }

    @Test func `a log may want failures only`() throws {
        let line = try LogLine(
            AccessLogSettings(sink: .standardError, format: .text("x"), minimumStatus: 500)
        )
        #expect(line.isWanted(status: 503, AccessRecord()))
        #expect(!line.isWanted(status: 404, AccessRecord()))
    }
}
