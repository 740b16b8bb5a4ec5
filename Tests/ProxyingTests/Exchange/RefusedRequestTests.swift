import Basics
import HTTP
import Reactor
import TestKit
import Testing

@testable import Proxying

/// What becomes of heads that are none: they are counted, and leave a line in the access log.
@Suite struct RefusedRequestTests {
    private static let format =
        "%REQ(:METHOD)% %REQ(:PATH)% %PROTOCOL% %RESPONSE_CODE% %RESPONSE_FLAGS% "
        + "%RESPONSE_CODE_DETAILS%\n"

    private let folder: TemporaryDirectory
    private let bench: ProxyBench

    init() throws {
        let folder = try TemporaryDirectory()
        self.folder = folder
        bench = try ProxyBench(
            simpleConfiguration { http, _ in
                http.headBytesMaximum = 2000
                http.requestHeadersTimeout = .seconds(5)
                http.accessLogs = [
                    AccessLogSettings(sink: .file(folder.file("log")), format: .text(Self.format))
                ]
            }
        )
    }

    private func log() throws -> String {
        bench.pass(.seconds(2))
        return try folder.text(of: "log")
    }

    @Test(arguments: [
        ("GET  / HTTP/1.1\r\n\r\n", "400 DPE http1.invalid_"),
        ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", "400 DPE http1.invalid_header_name\n"),
        ("GET / HTTP/1.1\r\n\r\n", "400 DPE missing_host_header\n"),
    ])
    func `over HTTP/1 they are answered and logged`(text: String, line: String) throws {
        let client = bench.client()
        client.send(text)
        bench.settle()
        #expect(client.text.hasPrefix("HTTP/1.1 400 "))
        let log = try log()
        #expect(log.contains(line), "\(log)")
        #expect(bench.value("http.in.downstream_rq_total") == 1)
        #expect(bench.value("http.in.downstream_rq_4xx") == 1)
        #expect(bench.value("http.in.downstream_rq_active") == 0)
    }

    @Test func `a head that takes too long is logged`() throws {
        let client = bench.client()
        client.send("GET / HTTP/1.1\r\nHo")
        bench.settle()
        for _ in 0..<6 { bench.pass(.seconds(1)) }
        #expect(client.text.hasPrefix("HTTP/1.1 408 "))
        #expect(try log().contains(" 408 - request_overall_timeout\n"))
    }

    // MARK: HTTP/2, written by hand: a library would not send such heads

    private static func frame(_ kind: UInt8, _ flags: UInt8, _ id: UInt8, _ body: [UInt8])
        -> [UInt8]
    {
        [0, UInt8(body.count >> 8), UInt8(body.count & 0xFF), kind, flags, 0, 0, 0, id] + body
    }

    /// A head that ends its stream.
    private static func head(_ id: UInt8, _ path: String, _ fields: [(String, String)]) -> [UInt8] {
        let pseudo = [
            (":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "a"),
        ]
        var block: [UInt8] = []
        for (name, value) in pseudo + fields {
            // Lengths from 127 on have a second byte here, and a third from 255 on.
            let rest = value.utf8.count - 127
            block += [0, UInt8(name.utf8.count)] + Array(name.utf8)
            block.append(UInt8(min(value.utf8.count, 127)))
            if rest >= 128 { block += [UInt8(rest & 127 | 128), UInt8(rest >> 7)] }
            if (0..<128).contains(rest) { block.append(UInt8(rest)) }
            block += Array(value.utf8)
        }
        return frame(1, 5, id, block)
    }

    private func send(_ client: Peer, _ bytes: [UInt8]) {
        client.link?.output.append(bytes.span)
        client.link?.touch()
        bench.settle()
    }

    private func begin() -> Peer {
        let client = bench.client()
        send(client, Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + Self.frame(4, 0, 0, []))
        return client
    }

    private static let refused: [(String, [(String, String)], String)] = [
        ("te", [("te", "gzip")], "0 DPE http2.invalid.header.field\n"),
        ("a line feed", [("x", "a\nb")], "0 DPE http2.invalid.header.field\n"),
        ("a pseudo field", [(":path", "/")], "0 DPE http2.invalid.header.field\n"),
        ("another host", [("host", "b")], "0 DPE missing_host_header\n"),
        (
            "two lengths", [("content-length", "0"), ("content-length", "2")],
            "0 DPE http2.invalid.header.field\n"
        ),
        (
            "a large head", [("x-big", String(repeating: "x", count: 3000))],
            "431 DPE http1.headers_too_large\n"
        ),
    ]

    @Test(arguments: refused.indices)
    func `over HTTP/2 they are reset and logged, with what was read of them`(
        index: Int
    ) throws {
        let (what, fields, line) = Self.refused[index]
        let client = begin()
        send(client, Self.head(1, "/bad", fields))
        #expect(try log() == "POST /bad HTTP/2 \(line)", "\(what)")
        #expect(bench.hosts.isEmpty)
        #expect(bench.value("http.in.downstream_rq_total") == 1)
        #expect(bench.value("http.in.downstream_rq_active") == 0)
        #expect(bench.value("http2.streams_active") == 0)
        #expect(bench.value("http2.rx_messaging_error") == 1)
        // The connection goes on.
        send(client, Self.head(3, "/good", []))
        bench.hosts.first?.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        bench.settle()
        #expect(try log().hasSuffix("POST /good HTTP/2 200 - via_upstream\n"))
    }

    @Test func `many at once are each logged`() throws {
        let client = begin()
        var heads: [UInt8] = []
        for number in 0..<10 {
            let field = (number % 2 == 0 ? "te" : "x", "gzip")
            heads += Self.head(UInt8(2 * number + 1), "/\(number)", [field])
        }
        send(client, heads)
        bench.hosts.forEach { $0.send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n") }
        bench.settle()
        let lines = try log().split(separator: "\n").map(String.init)
        #expect(lines.count == 10)
        for number in 0..<10 {
            let end = number % 2 == 0 ? "0 DPE http2.invalid.header.field" : "200 - via_upstream"
            #expect(lines.contains("POST /\(number) HTTP/2 \(end)"), "\(lines)")
        }
    }
}
