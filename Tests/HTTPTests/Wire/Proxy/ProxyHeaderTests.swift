import Basics
import TestKit
import Testing

@testable import HTTP

@Suite("PROXY protocol") struct ProxyHeaderTests {
    /// What a connection that begins with some bytes is taken for.
    private enum Outcome: Equatable {
        case header(ProxyHeader, rest: [UInt8])
        case incomplete
        case refused(ProxyViolation)
    }

    /// Decodes pieces, and again whenever more is there.
    private func decode(_ pieces: [[UInt8]], maximum: Int = 4096) -> Outcome {
        var bytes: [UInt8] = []
        var outcome = Outcome.incomplete
        for piece in pieces {
            bytes += piece
            guard outcome == .incomplete else { continue }
            do throws(ProxyViolation) {
                guard let found = try ProxyHeader.decode(bytes.span, maximum: maximum) else {
                    continue
                }
                outcome = .header(found.header, rest: [UInt8(found.length)])
            } catch {
                outcome = .refused(error)
            }
        }
        if case .header(let header, let length) = outcome {
            return .header(header, rest: Array(bytes[Int(length[0])...]))
        }
        return outcome
    }

    private func verify(_ bytes: [UInt8]) throws -> Outcome {
        try ChunkVerifier.verify(bytes, sizes: 20, rounds: 10) { decode($0) }
    }

    private static let four = ProxyHeader(
        source: .internet(address: [192, 0, 2, 1], port: 5000),
        destination: .internet(address: [203, 0, 113, 254], port: 443)
    )
    private static let six = ProxyHeader(
        source: .internet(
            address: [0x20, 1, 0xD, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
            port: 65535
        ),
        destination: .internet(
            address: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 10, 0, 0, 1],
            port: 0
        )
    )
    private static let path = ProxyHeader(
        source: .path(Array("/run/a".utf8)),
        destination: .path([])
    )

    @Test(arguments: [
        ("PROXY TCP4 192.0.2.1 203.0.113.254 5000 443\r\n", four),
        ("PROXY TCP6 2001:db8::1 ::ffff:10.0.0.1 65535 0\r\n", six),
        ("PROXY TCP6 2001:DB8:0:0:0:0:0:1 ::ffff:a00:1 65535 0\r\n", six),
        ("PROXY UNKNOWN\r\n", ProxyHeader()),
        ("PROXY UNKNOWN ffff::1 what ever 1 2\r\n", ProxyHeader()),
    ])
    func `a line of version 1 is read`(line: String, expected: ProxyHeader) throws {
        let outcome = try verify(Array((line + "GET").utf8))
        #expect(outcome == .header(expected, rest: Array("GET".utf8)))
    }

    @Test(arguments: [four, six, path, ProxyHeader(), ProxyHeader(isLocal: true)], [false, true])
    func `what is written is read`(header: ProxyHeader, hasChecksum: Bool) throws {
        var buffer = ByteBuffer()
        header.encodeVersion2(hasChecksum: hasChecksum, into: &buffer)
        buffer.append("rest")
        let outcome = try verify(Array(copying: buffer.readable))
        #expect(outcome == .header(header, rest: Array("rest".utf8)))
        buffer.removeAll()
        header.encodeVersion1(into: &buffer)
        let isKnown = header == Self.four || header == Self.six
        let line = try verify(Array(copying: buffer.readable))
        #expect(line == .header(isKnown ? header : ProxyHeader(), rest: []))
    }

    @Test func `version 2 has the bytes of the specification`() {
        var buffer = ByteBuffer()
        Self.four.encodeVersion2(into: &buffer)
        let expected =
            ProxyHeader.signature + [
                0x21, 0x11, 0, 12, 192, 0, 2, 1, 203, 0, 113, 254, 0x13, 0x88, 0x01, 0xBB,
            ]
        let bytes = Array(copying: buffer.readable)
        #expect(bytes == expected)
    }

    private static func second(_ rest: [UInt8]) -> [UInt8] { ProxyHeader.signature + rest }
    private static let ends: [UInt8] = [192, 0, 2, 1, 203, 0, 113, 254, 0x13, 0x88, 0x01, 0xBB]

    @Test(arguments: [
        (second([0x21, 0x11, 0, 17] + ends + [4, 0, 2, 9, 9]), four),
        (second([0x21, 0x12, 0, 12] + ends), four),
        (second([0x20, 0x11, 0, 12] + ends), ProxyHeader(isLocal: true)),
        (second([0x20, 0, 0, 0]), ProxyHeader(isLocal: true)),
        (second([0x21, 0, 0, 3, 1, 2, 3]), ProxyHeader()),
        (second([0x21, 0x10, 0, 12] + ends), ProxyHeader()),
    ])
    func `a header of version 2 is read`(bytes: [UInt8], expected: ProxyHeader) throws {
        #expect(try verify(bytes + [7]) == .header(expected, rest: [7]))
    }

    @Test(
        arguments: [
            ("GET / HTTP/1.1\r\n", .missing), ("PROXYTCP4 \r\n", .missing), ("\r\nGET", .missing),
            ("PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n", .malformed),
            ("PROXY TCP5 1.2.3.4 1.2.3.4 1 2\r\n", .malformed),
            ("PROXY  TCP4 1.2.3.4 1.2.3.4 1 2\r\n", .malformed),
            ("PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n", .malformed),
            ("PROXY TCP4 1.2.3.4 1.2.3.4 1 2 \r\n", .malformed),
            ("PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n", .malformed),
            ("PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n", .malformed),
            ("PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n", .malformed),
            ("PROXY TCP4 1.2.3.4 1.2.3.4 1 -2\r\n", .malformed),
            ("PROXY TCP4 1.2.3 1.2.3.4 1 2\r\n", .malformed),
            ("PROXY TCP4 1.2.3.4.5 1.2.3.4 1 2\r\n", .malformed),
            ("PROXY TCP4 1.2.3.256 1.2.3.4 1 2\r\n", .malformed),
            ("PROXY TCP4 ::1 ::1 1 2\r\n", .malformed),
            ("PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n", .malformed),
            ("PROXY TCP6 ::1::1 ::1 1 2\r\n", .malformed),
            ("PROXY TCP6 :1 ::1 1 2\r\n", .malformed), ("PROXY TCP6 1: ::1 1 2\r\n", .malformed),
            ("PROXY TCP6 12345:: ::1 1 2\r\n", .malformed),
            ("PROXY TCP6 1:2:3:4:5:6:7:8:9 ::1 1 2\r\n", .malformed),
            ("PROXY TCP6 1:2:3:4:5:6:7::8 ::1 1 2\r\n", .malformed),
            ("PROXY UNKNOWN" + String(repeating: "x", count: 100) + "\r\n", .tooLong),
        ] as [(String, ProxyViolation)]
    )
    func `another line is refused`(line: String, violation: ProxyViolation) throws {
        #expect(try verify(Array(line.utf8)) == .refused(violation))
    }

    @Test(
        arguments: [
            (second([0x11, 0x11, 0, 12] + ends), .version),
            (second([0x22, 0x11, 0, 12] + ends), .version),
            (second([0x21, 0x41, 0, 12] + ends), .malformed),
            (second([0x21, 0x13, 0, 12] + ends), .malformed),
            (second([0x21, 0x11, 0, 11] + ends), .malformed),
            (second([0x21, 0x21, 0, 12] + ends), .malformed),
            (second([0x21, 0x11, 0, 14] + ends + [4, 0]), .malformed),
            (second([0x21, 0x11, 0, 16] + ends + [4, 0, 2, 9]), .malformed),
            (second([0x21, 0x11, 0, 19] + ends + [3, 0, 4, 1, 2, 3, 4]), .checksum),
            (second([0x21, 0x11, 0, 18] + ends + [3, 0, 3, 1, 2, 3]), .malformed),
            (second([0x21, 0x11, 0xFF, 0xFF]), .tooLong),
            (Array(ProxyHeader.signature.dropLast()) + [0], .missing),
        ] as [([UInt8], ProxyViolation)]
    )
    func `another header of version 2 is refused`(
        bytes: [UInt8],
        violation: ProxyViolation
    ) throws {
        #expect(try verify(bytes) == .refused(violation))
    }

    @Test func `a changed bit is found by the checksum`() throws {
        var buffer = ByteBuffer()
        Self.four.encodeVersion2(hasChecksum: true, into: &buffer)
        let bytes = Array(copying: buffer.readable)
        // All but the byte that says that there is a checksum.
        for place in 16..<bytes.count where place != 28 {
            var changed = bytes
            changed[place] ^= 1
            guard case .refused = decode([changed]) else {
                Issue.record("byte \(place) may change")
                continue
            }
        }
    }

    @Test func `the limit of a header is its length`() {
        var buffer = ByteBuffer()
        Self.path.encodeVersion2(into: &buffer)
        let bytes = Array(copying: buffer.readable)
        #expect(decode([bytes], maximum: 232) == .header(Self.path, rest: []))
        #expect(decode([bytes], maximum: 231) == .refused(.tooLong))
    }
}
