import Basics
import HTTP
import Reactor

/// Finds and sends on the traces of requests, and writes their spans.
final class Tracer {
    private let mailbox: SpanMailbox
    /// The share of new traces that are recorded, in parts of a million.
    private let share: Int
    private var text = ByteBuffer()
    private var value = ByteBuffer()
    /// The most bytes of a text from the request.
    private static let textMaximum = 256

    init(_ settings: TracingSettings, _ mailbox: SpanMailbox) {
        self.mailbox = mailbox
        share = Int((max(0, min(1, settings.sampling)) * 1_000_000).rounded())
    }

    /// Takes the trace of a request, or begins one, and tells the host.
    func begin(_ exchange: Exchange, scratch: inout ByteBuffer) {
        var context = TraceContext(exchange.request.fields)
        let proxy = exchange.proxy
        if !context.isKnown {
            context.high = proxy.random.next()
            context.low = max(1, proxy.random.next())
            context.parent = 0
            // The state of a trace that is none is nobody's.
            exchange.request.fields.removeAll(.traceState)
        }
        context.span = max(1, proxy.random.next())
        if context.isSampled == nil {
            context.isSampled = proxy.random.passes(millionths: share)
        }
        exchange.trace = context
        context.write(to: &exchange.request.fields, scratch: &scratch)
    }

    /// Writes the span of a request that has ended, if it is recorded.
    func end(_ exchange: Exchange, _ record: borrowing AccessRecord) {
        let trace = exchange.trace
        guard trace.isSampled == true else { return }
        text.append("{\"traceId\":\"")
        trace.appendTrace(&text)
        text.append("\",\"spanId\":\"")
        TraceContext.append(trace.span, &text)
        if trace.parent != 0 {
            text.append("\",\"parentSpanId\":\"")
            TraceContext.append(trace.parent, &text)
        }
        text.append("\",\"flags\":1,\"kind\":2,\"name\":\"")
        text.append(json: exchange.request.methodName)
        let route = record.routeName
        if !route.isEmpty {
            text.append(" ")
            text.append(json: route.span)
        }
        text.append("\",\"startTimeUnixNano\":\"")
        text.append(decimal: Int(record.start.nanoseconds))
        text.append("\",\"endTimeUnixNano\":\"")
        text.append(decimal: Int(record.start.nanoseconds + max(0, record.end)))
        text.append("\",\"attributes\":[")
        attributes(exchange, record)
        text.append("]")
        if record.status == 0 || record.status >= 500 { text.append(",\"status\":{\"code\":2}") }
        text.append("}")
        Self.send(text, to: mailbox)
        text.removeAll()
    }

    private static func send(_ text: borrowing ByteBuffer, to mailbox: SpanMailbox) {
        mailbox.add(text.readable)
    }

    private func attributes(_ exchange: Exchange, _ record: borrowing AccessRecord) {
        text.append("{\"key\":\"http.response.status_code\",\"value\":{\"intValue\":\"")
        text.append(decimal: record.status)
        text.append("\"}}")
        add("http.request.method", exchange.request.methodName)
        // A query may hold tokens.
        let length = exchange.request.path.queryStart
        add("url.path", exchange.request.path.extracting(first: length))
        let scheme = Array((record.isTLS ? "https" : "http").utf8)
        add("url.scheme", scheme.span)
        add("server.address", exchange.request.authority)
        exchange.client.address.withoutPort.write(into: &value)
        let client = Self.bytes(value)
        value.removeAll()
        add("client.address", client.span)
        add("user_agent.original", .userAgent, of: exchange.request.fields)
        add("guid:x-request-id", .xRequestID, of: exchange.request.fields)
        let (cluster, host) = (record.upstreamCluster, record.upstreamHost)
        add("upstream_cluster", cluster.span)
        add("upstream_address", host.span)
        record.flags.write(into: &value)
        let flags = Self.bytes(value)
        value.removeAll()
        add("response_flags", flags.span)
    }

    private static func bytes(_ buffer: borrowing ByteBuffer) -> [UInt8] {
        Array(copying: buffer.readable)
    }

    private func add(_ key: StaticString, _ id: HeaderID, of fields: borrowing HeaderBlock) {
        if let index = fields.first(id) { add(key, fields.value(index)) }
    }

    private func add(_ key: StaticString, _ bytes: Span<UInt8>) {
        if bytes.isEmpty { return }
        text.append(",{\"key\":\"")
        text.append(key)
        text.append("\",\"value\":{\"stringValue\":\"")
        let most = min(bytes.count, Self.textMaximum)
        text.append(json: bytes.extracting(0..<most))
        text.append("\"}}")
    }
}
