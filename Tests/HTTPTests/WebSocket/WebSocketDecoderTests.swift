import TestKit
import Testing

@testable import HTTP

@Suite("WebSocket decoder") struct WebSocketDecoderTests {
    private struct Outcome: Equatable {
        var events: [WebSocketDecoder.Event] = []
        var violation: WebSocketViolation?
    }

    private func decode(_ bytes: [UInt8], masked: Bool = false, limit: Int = 1000) throws -> Outcome
    {
        try ChunkVerifier.verify(bytes, sizes: 4, rounds: 5) { pieces in
            var decoder = WebSocketDecoder(expectsMask: masked, limit: limit)
            var outcome = Outcome()
            do throws(WebSocketViolation) {
                for piece in pieces {
                    decoder.append(piece)
                    while let event = try decoder.next() { outcome.events.append(event) }
                }
            } catch {
                outcome.violation = error
            }
            return outcome
        }
    }

    /// The examples of RFC 6455 section 5.7.
    @Test func `the published examples are read`() throws {
        let hello: [UInt8] = [0x81, 0x05, 0x48, 0x65, 0x6C, 0x6C, 0x6F]
        #expect(try decode(hello).events == [.text("Hello")])
        let masked: [UInt8] = [
            0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58,
        ]
        #expect(try decode(masked, masked: true).events == [.text("Hello")])
        #expect(WebSocketFrame.encode(.text, Array("Hello".utf8), mask: 0x37FA_213D) == masked)
        let fragments: [UInt8] = [0x01, 0x03, 0x48, 0x65, 0x6C, 0x80, 0x02, 0x6C, 0x6F]
        #expect(try decode(fragments).events == [.text("Hello")])
        #expect(
            WebSocketHandshake.accept("dGhlIHNhbXBsZSBub25jZQ==")
                == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        )
    }

    @Test func `control frames may stand between fragments`() throws {
        let bytes =
            WebSocketFrame.encode(.binary, [1, 2], isFinal: false, mask: nil)
            + WebSocketFrame.encode(.ping, [9], mask: nil)
            + WebSocketFrame.encode(.continuation, [], isFinal: false, mask: nil)
            + WebSocketFrame.encode(.pong, [], mask: nil)
            + WebSocketFrame.encode(.continuation, [3], mask: nil)
            + WebSocketFrame.encode(.close, [0x03, 0xE8, 0x6F, 0x6B], mask: nil)
            + WebSocketFrame.encode(.binary, [4], mask: nil)
        let outcome = try decode(bytes)
        #expect(outcome.violation == nil)
        #expect(
            outcome.events == [
                .ping([9]), .pong([]), .binary([1, 2, 3]), .close(code: 1000, reason: "ok"),
            ]
        )
    }

    @Test(arguments: [0, 1, 125, 126, 127, 65535, 65536, 70000])
    func `every form of the length is read as it was written`(count: Int) throws {
        let payload = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        for mask in [nil, UInt32(0xDEAD_BEEF)] {
            var decoder = WebSocketDecoder(expectsMask: mask != nil, limit: count)
            let frame = WebSocketFrame.encode(.binary, payload, mask: mask)
            decoder.append(Array(frame.dropLast()))
            #expect(try decoder.next() == nil)
            decoder.append(Array(frame.suffix(1)))
            #expect(try decoder.next() == .binary(payload))
        }
    }

    @Test(
        arguments: [
            ([0xC1, 0x00], 1002), ([0x83, 0x00], 1002), ([0x09, 0x00], 1002), ([0x89, 0x7E], 1002),
            ([0x81, 0x80], 1002), ([0x80, 0x00], 1002), ([0x01, 0x00, 0x01, 0x00], 1002),
            ([0x88, 0x01, 0x03], 1002), ([0x88, 0x02, 0x03, 0xED], 1002),
            ([0x88, 0x02, 0, 0], 1002),
            ([0x88, 0x03, 0x03, 0xE8, 0xFF], 1007), ([0x81, 0x01, 0xFF], 1007),
            ([0x82, 0x7E, 0x03, 0xE9], 1009), ([0x82, 0x7F, 0, 0, 0, 1, 0, 0, 0, 0], 1009),
            ([0x82, 0x7F, 0xFF, 0, 0, 0, 0, 0, 0, 0], 1002),
        ] as [([UInt8], UInt16)]
    )
    func `a breach is answered with its code`(bytes: [UInt8], code: UInt16) throws {
        #expect(try decode(bytes).violation?.code == code)
    }

    @Test func `the limit holds for the sum of the fragments`() throws {
        let half = WebSocketFrame.encode(
            .text,
            Array(repeating: 97, count: 6),
            isFinal: false,
            mask: nil
        )
        for (rest, isFine) in [(4, true), (5, false)] {
            let end = WebSocketFrame.encode(
                .continuation,
                Array(repeating: 97, count: rest),
                mask: nil
            )
            let outcome = try decode(half + end, limit: 10)
            #expect((outcome.violation == nil) == isFine)
            #expect(isFine || outcome.violation?.code == 1009)
        }
    }

    @Test(arguments: 0..<30)
    func `every cut of random input gives the same result`(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        for _ in 0..<4 {
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let opcode =
                    [
                        WebSocketFrame.Opcode.text, .binary, .continuation, .ping, .close,
                    ].randomElement(using: &generator) ?? .text
                let payload = (0..<Int.random(in: 0...140, using: &generator)).map { _ in
                    UInt8.random(in: 32...126, using: &generator)
                }
                bytes += WebSocketFrame.encode(
                    opcode,
                    payload,
                    isFinal: Int.random(in: 0..<3, using: &generator) > 0,
                    mask: UInt32.random(in: 0 ... .max, using: &generator)
                )
            }
            if let place = bytes.indices.randomElement(using: &generator), seed % 2 == 0 {
                bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &generator)
            }
            _ = try decode(bytes, masked: true, limit: 200)
        }
    }

    @Test func `a long close reason is cut at a character`() {
        let payload = WebSocketFrame.closePayload(
            code: 1000,
            reason: String(repeating: "é", count: 100)
        )
        #expect(payload.count == 124)
        #expect(String(validating: payload.dropFirst(2), as: UTF8.self) != nil)
    }
}
