import FuzzSubjects
import TestKit
import Testing

@testable import HTTP

@Suite("Wire bodies") struct BodyDecoderTests {
    private static let chunked =
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"

    private func decode(
        _ text: String,
        limits: HeadLimits = HeadLimits()
    ) throws -> WireTranscript {
        try ChunkVerifier.verify(Array(text.utf8), sizes: 9, rounds: 10) {
            WireTranscript.requests($0, limits: limits)
        }
    }

    @Test(arguments: [
        ("0\r\n\r\n", "", ""),
        ("1\r\na\r\n0\r\n\r\n", "a", ""),
        ("000a\r\n0123456789\r\nA\r\nabcdefghij\r\n00\r\n\r\n", "0123456789abcdefghij", ""),
        ("3;a=b;c\r\nabc\r\n0;x\r\n\r\n", "abc", ""),
        ("3 \t;\ta=\"b;\\\"c\"\r\nabc\r\n0\r\n\r\n", "abc", ""),
        ("2\r\n\r\n\r\n0\r\n\r\n", "\r\n", ""),
        ("0\r\nA: 1\r\nb:2\r\n\r\n", "", "A=1|b=2"),
        ("0\r\nContent-Length: 1\r\nHost: y\r\nTransfer-Encoding: x\r\nC: 3\r\n\r\n", "", "C=3"),
    ])
    func `chunks are read`(text: String, body: String, trailers: String) throws {
        let next = "GET /next HTTP/1.1\r\nHost: x\r\n\r\n"
        let transcript = try decode(Self.chunked + text + next)
        #expect(transcript.violation == nil)
        #expect(transcript.bodies == [body, ""])
        #expect(transcript.trailers == [trailers, ""])
        #expect(transcript.heads.last == "GET x /next HTTP/1.1 none {}")
    }

    @Test(
        arguments: [
            ("\r\n", .chunkSize), ("g\r\n", .chunkSize), ("0x3\r\nabc\r\n", .chunkSize),
            ("-3\r\nabc\r\n", .chunkSize), ("+3\r\nabc\r\n", .chunkSize),
            (" 3\r\nabc\r\n", .chunkSize), ("\t3\r\nabc\r\n", .chunkSize),
            ("3 \r\nabc\r\n", .chunkSize), ("3 3\r\nabc\r\n", .chunkSize),
            ("3_\r\nabc\r\n", .chunkSize), ("3\nabc\r\n", .chunkSize),
            ("3\0\r\nabc\r\n", .chunkSize), (";a\r\n", .chunkSize),
            ("8000000000000000\r\n", .chunkSize), ("FFFFFFFFFFFFFFFF\r\n", .chunkSize),
            ("10000000000000003\r\nabc\r\n", .chunkSize),
            ("00000000000000003\r\nabc\r\n", .chunkSize),
            ("3\rabc\r\n", .chunk), ("3;a\nabc\r\n", .chunk), ("3;\ra\r\nabc\r\n", .chunk),
            ("3;a\0\r\nabc\r\n", .chunk), ("3;a\r\r\nabc\r\n", .chunk),
            ("3\r\nabcd\r\n", .chunk), ("3\r\nabc0\r\n\r\n", .chunk),
            ("3\r\nabc\n0\r\n\r\n", .chunk), ("3\r\nabc\rx", .chunk),
            ("0\r\nA : 1\r\n\r\n", .fieldName), ("0\r\n A: 1\r\n\r\n", .foldedField),
            ("0\r\nA: 1\n\r\n", .lineEnd), ("0\r\nA: \u{1}\r\n\r\n", .fieldValue),
            ("0\r\n\n", .lineEnd), ("0\r\nA\r\n\r\n", .fieldName),
        ] as [(String, WireViolation.Reason)]
    )
    func `malformed chunks are refused`(text: String, reason: WireViolation.Reason) throws {
        let transcript = try decode(Self.chunked + text)
        #expect(transcript.violation?.reason == reason, "\(transcript)")
    }

    @Test func `extensions are bounded, each and all together`() throws {
        let long = "1;" + String(repeating: "a", count: 4093) + "\r\nb\r\n"
        let fine = WireTranscript.request(Self.chunked + long)
        #expect(fine.violation == nil)
        #expect(fine.bodies == ["b"])
        let longer = "1;" + String(repeating: "a", count: 4096) + "\r\nb\r\n"
        #expect(WireTranscript.request(Self.chunked + longer).violation?.reason == .chunkOverhead)
        let many = String(
            repeating: "1;" + String(repeating: "a", count: 62) + "\r\nb\r\n",
            count: 400
        )
        #expect(WireTranscript.request(Self.chunked + many).violation?.reason == .chunkOverhead)
        let plain = String(repeating: "1\r\nb\r\n", count: 10_000)
        #expect(WireTranscript.request(Self.chunked + plain).violation == nil)
    }

    @Test func `trailers are bounded`() throws {
        let limits = HeadLimits(bytes: 64, fields: 3)
        let head =
            "POST / HTTP/1.1\r\nH"
            + "ost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
        let fine = try decode(head + "A: 1\r\nB: 2\r\nC: 3\r\n\r\n", limits: limits)
        #expect(fine.violation == nil)
        let many = try decode(head + "A: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n\r\n", limits: limits)
        #expect(many.violation?.reason == .tooManyFields)
        let long = try decode(head + "A: " + String(repeating: "1", count: 62), limits: limits)
        #expect(long.violation?.reason == .fieldsTooLong)
        let dropped = String(repeating: "Host: x\r\n", count: 10)
        #expect(try decode(head + dropped, limits: limits).violation?.reason == .fieldsTooLong)
    }
}
