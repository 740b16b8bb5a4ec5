import TestKit
import Testing

@testable import HTTP

/// Seeded random inputs: a failing seed is the argument of the failing case.
@Suite("Decoder under random input") struct DecoderFuzzTests {
    private static let pieces = [
        "GET ", "POST ", "/", "/a%20b?x=1", " HTTP/1.1", " HTTP/1.0", "HTTP/1.1 200 OK",
        "\r\n", "\r\n\r\n", "\n", "\r", "Host: x\r\n", "Content-Length: 5\r\n", "Content-Length: ",
        "Transfer-Encoding: chunked\r\n", "Transfer-Encoding: ", "5\r\nhello\r\n", "0\r\n\r\n",
        "Connection: close\r\n", "X: y\r\n", ": ", " ", "\t", "\u{0}", "hello", "ffff", ";", "100",
    ]

    @Test(arguments: 0..<40)
    func `every cut of random input gives the same result`(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        var limits = HTTPLimits()
        limits.headBytes = 120
        for role in [MessageDecoder.Role.requests, .responses] {
            for _ in 0..<5 {
                var text =
                    role == .requests ? "GET / HTTP/1.1\r\nHost: x\r\n" : "HTTP/1.1 200 OK\r\n"
                if Int.random(in: 0..<4, using: &generator) == 0 { text = "" }
                for _ in 0..<Int.random(in: 1...8, using: &generator) {
                    text += Self.pieces.randomElement(using: &generator) ?? ""
                }
                var input = Array(text.utf8)
                if let place = input.indices.randomElement(using: &generator),
                    Bool.random(using: &generator)
                {
                    input[place] = UInt8.random(in: 0...255, using: &generator)
                }
                try ChunkVerifier.verify(input, sizes: 3, rounds: 3) {
                    DecodedMessages.decode($0, as: role, limits: limits, ends: true)
                }
            }
        }
    }

    @Test(arguments: 0..<20)
    func `what the encoder writes the decoder reads`(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed) &* 77)
        var stream: [UInt8] = []
        var expected: [[UInt8]] = []
        for _ in 0..<5 {
            let body = (0..<Int.random(in: 0...60, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            expected.append(body)
            var headers: HTTPHeaders = ["Host": "localhost", "X": "\(body.count)"]
            if Bool.random(using: &generator) {
                headers["Content-Length"] = "\(body.count)"
                stream += MessageEncoder.request(method: "PUT", target: "/", headers: headers)
                stream += body
            } else {
                headers["Transfer-Encoding"] = "chunked"
                stream += MessageEncoder.request(method: "PUT", target: "/", headers: headers)
                var rest = body[...]
                while !rest.isEmpty {
                    let size = Int.random(in: 1...rest.count, using: &generator)
                    stream += MessageEncoder.chunk(Array(rest.prefix(size)))
                    rest = rest.dropFirst(size)
                }
                stream += MessageEncoder.lastChunk()
            }
        }
        let messages = try ChunkVerifier.verify(stream, sizes: 20, rounds: 20) {
            DecodedMessages.decode($0, as: .requests, ends: true)
        }
        #expect(messages.violation == nil)
        #expect(messages.bodies == expected)
    }
}
