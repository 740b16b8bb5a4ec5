import Basics
import Formats
import Foundation
import HTTP
import Reactor
import Testing

@testable import Proxying

@Suite struct TracerTests {
    private static func bench(sampling: Double) throws -> ProxyBench {
        try ProxyBench(
            simpleConfiguration { http, _ in
                http.tracing = TracingSettings(cluster: "app", sampling: sampling)
                http.routes.hosts[0].routes[0].name = "all"
            }
        )
    }

    private static func spans(_ bench: ProxyBench) throws -> [JSON] {
        let bytes = bench.spans.take(atMost: 1000).bytes
        let whole = TraceExporter.body(bytes, serviceName: "me \"and\" you")
        let json = try JSON.parse(whole)
        let resource = try #require(json["resourceSpans"]?[0])
        let name = resource["resource"]?["attributes"]?[0]?["value"]?["stringValue"]
        #expect(name == .string("me \"and\" you"))
        return resource["scopeSpans"]?[0]?["spans"]?.array ?? []
    }

    private static func attribute(_ span: JSON, _ key: String) -> JSON? {
        span["attributes"]?.array?.first { $0["key"] == .string(key) }?["value"]
    }

    @Test func `a request's span follows that of the client`() throws {
        let bench = try Self.bench(sampling: 0)
        let context = "00-\(TraceContextTests.trace)-\(TraceContextTests.span)-01"
        let text = answer(
            bench,
            "GET /a?secret=b HTTP/1.1",
            "traceparent: \(context)",
            "tracestate: x=y",
            "user-agent: \"curl\"",
            "x-request-id: one"
        )
        #expect(status(text) == 200)
        let sent = bench.hosts[0].all
        #expect(sent.contains("\r\ntraceparent: 00-\(TraceContextTests.trace)-"))
        #expect(!sent.contains(TraceContextTests.span))
        #expect(sent.contains("\r\ntracestate: x=y\r\n"))
        #expect(sent.contains("\r\nx-request-id: "))
        let spans = try Self.spans(bench)
        try #require(spans.count == 1)
        let span = spans[0]
        #expect(span["traceId"] == .string(TraceContextTests.trace))
        #expect(span["parentSpanId"] == .string(TraceContextTests.span))
        let own = try #require(span["spanId"]?.string)
        #expect(sent.contains("-\(own)-01\r\n"))
        #expect(span["name"] == .string("GET all"))
        #expect(span["startTimeUnixNano"] == .string("1700000000000000000"))
        #expect(Self.attribute(span, "http.response.status_code") == ["intValue": "200"])
        #expect(Self.attribute(span, "url.path") == ["stringValue": "/a"])
        #expect(Self.attribute(span, "client.address") == ["stringValue": "192.0.2.7"])
        #expect(Self.attribute(span, "user_agent.original") == ["stringValue": "\"curl\""])
        #expect(Self.attribute(span, "upstream_cluster") == ["stringValue": "app"])
        #expect(span["status"] == nil)
    }

    @Test func `a new trace is recorded as often as the share says`() throws {
        let bench = try Self.bench(sampling: 0.5)
        for _ in 0..<200 { #expect(status(answer(bench)) == 200) }
        let spans = try Self.spans(bench)
        #expect((60...140).contains(spans.count))
        #expect(Set(spans.compactMap { $0["traceId"]?.string }).count == spans.count)
        let sent = bench.hosts.map(\.all).joined()
        #expect(sent.components(separatedBy: "-01\r\n").count - 1 == spans.count)
        #expect(sent.components(separatedBy: "\r\ntraceparent: ").count - 1 == 200)
    }

    @Test func `what the client does not record is not recorded here`() throws {
        let bench = try Self.bench(sampling: 1)
        let context = "\(TraceContextTests.trace)-\(TraceContextTests.span)-0"
        #expect(status(answer(bench, "GET / HTTP/1.1", "b3: \(context)")) == 200)
        #expect(try Self.spans(bench).isEmpty)
        #expect(bench.hosts[0].all.contains("\r\nb3: \(TraceContextTests.trace)-"))
    }

    @Test func `a failed request's span says so`() throws {
        let bench = try Self.bench(sampling: 1)
        bench.refuses = true
        #expect(status(answer(bench)) == 503)
        let span = try #require(try Self.spans(bench).first)
        #expect(span["status"] == ["code": 2])
        #expect(Self.attribute(span, "response_flags") == ["stringValue": "UF"])
    }

    @Test func `without tracing headers pass untouched`() throws {
        let bench = try ProxyBench(simpleConfiguration())
        let context = "00-\(TraceContextTests.trace)-\(TraceContextTests.span)-01"
        #expect(status(answer(bench, "GET / HTTP/1.1", "traceparent: \(context)")) == 200)
        #expect(bench.hosts[0].all.contains("\r\ntraceparent: \(context)\r\n"))
        #expect(bench.spans.take(atMost: 10).count == 0)
    }

    // MARK: On their way

    @Test func `a mailbox is bounded, and gives spans in order`() {
        let box = SpanMailbox()
        for number in 0..<SpanMailbox.maximum + 3 { box.add(Array("\(number)".utf8).span) }
        let first = box.take(atMost: 3)
        #expect(String(decoding: first.bytes, as: UTF8.self) == "0,1,2")
        #expect(first.count == 3 && first.dropped == 3)
        let second = box.take(atMost: 2)
        #expect(String(decoding: second.bytes, as: UTF8.self) == "3,4")
        #expect(second.dropped == 0)
        box.add(Array("new".utf8).span)
        let rest = box.take(atMost: .max)
        #expect(rest.count == SpanMailbox.maximum - 4)
        #expect(String(decoding: rest.bytes.suffix(4), as: UTF8.self) == ",new")
    }

    @MainLoop private final class Collector {
        var answers: [Result<Int, Failure>] = []
        var bodies: [[UInt8]] = []
        var counts: [TraceExporter.Count] = []

        func exporter() -> TraceExporter {
            TraceExporter(
                TracingSettings(cluster: "otel"),
                journal: .silent,
                send: { (body) throws(Failure) in
                    self.bodies.append(body)
                    return try self.answers.removeFirst().get()
                },
                counted: { self.counts.append($0) }
            )
        }
    }

    @Test @MainLoop func `a batch is tried again, and given up in the end`() async throws {
        let collector = Collector()
        let exporter = collector.exporter()
        #expect(await exporter.step() == .seconds(1))
        #expect(collector.bodies.isEmpty)
        exporter.mailbox.add(Array("{}".utf8).span)
        collector.answers = [.failure(Failure(.unavailable, "gone")), .success(503), .success(200)]
        #expect(await exporter.step() == .seconds(1))
        #expect(await exporter.step() == .seconds(2))
        exporter.mailbox.add(Array("{}".utf8).span)
        #expect(await exporter.step() == .seconds(1))
        #expect(collector.bodies.count == 3 && Set(collector.bodies).count == 1)
        #expect(collector.counts == [.failed, .failed, .sent(1)])
        collector.counts = []
        collector.answers = [.success(400)]
        _ = await exporter.step()
        #expect(collector.counts == [.failed, .dropped(1)], "refused for good")
        collector.counts = []
        exporter.mailbox.add(Array("{}".utf8).span)
        collector.answers = Array(repeating: .success(503), count: TraceExporter.triesMaximum)
        for _ in 0..<TraceExporter.triesMaximum { _ = await exporter.step() }
        #expect(collector.counts.last == .dropped(1))
        #expect(collector.answers.isEmpty)
    }
}
