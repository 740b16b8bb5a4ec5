import Basics
import Formats
import HTTP
import Reactor
import Security
import System

/// Sends the samples by OTLP/HTTP (JSON), again and again.
///
/// A round has until the next one: what a collector has not taken by then is given up and counted, since the next
/// round has newer numbers.
@MainLoop final class OTLPPush {
    private let options: MetricsConfiguration.Push
    private let page: MetricsPage
    private let journal: Journal
    private let start = Loop.main.moment.wall.nanoseconds
    private var client: HTTPClient?
    private var sent = 0
    private var retried = 0
    private var dropped = 0
    private var omitted = 0
    private var lastProblem = ""

    init(_ options: MetricsConfiguration.Push, _ page: MetricsPage, journal: Journal) {
        self.options = options
        self.page = page
        self.journal = journal
    }

    /// Sends until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            let begin = Loop.main.now
            await send(until: begin + options.every)
            guard (try? await Loop.main.sleep(until: begin + options.every)) != nil else { break }
        }
        client?.close()
    }

    /// Sends once.
    func send(until deadline: Instant) async {
        await page.refresh(within: max(.milliseconds(1), deadline - Loop.main.now))
        let (set, own) = page.samples()
        var writer = OTLPWriter(
            resource: options.resource.isEmpty
                ? [.init("service.name", "companion-metrics")] : options.resource,
            start: start,
            now: Loop.main.moment.wall.nanoseconds
        )
        let bodies = writer.requests(
            SampleSet.merged([set, own], without: SampleSet(), limit: set.limit + own.limit).set
        )
        omitted += writer.omitted
        for body in bodies {
            if await deliver(body, until: deadline) { sent += 1 } else { dropped += 1 }
        }
    }

    private func deliver(_ body: [UInt8], until deadline: Instant) async -> Bool {
        var backoff = Backoff(.retry)
        for attempt in 0...options.retries {
            if attempt > 0 {
                retried += 1
                var random = SystemRandomNumberGenerator()
                let pause = backoff.next(at: Loop.main.now, using: &random)
                guard Loop.main.now + pause < deadline,
                    (try? await Loop.main.sleep(for: pause)) != nil
                else { break }
            }
            do throws(Failure) {
                let status = try await post(
                    body,
                    until: min(deadline, Loop.main.now + options.timeout)
                )
                if (200...299).contains(status) {
                    lastProblem = ""
                    return true
                }
                say("\(options.url) answers \(status)")
                // What the collector will not take at all is not offered again.
                guard [429, 502, 503, 504].contains(status) else { return false }
            } catch {
                client?.close()
                client = nil
                if error.code == .cancelled { return false }
                say("\(error)")
            }
        }
        return false
    }

    private func post(_ body: [UInt8], until deadline: Instant) async throws(Failure) -> Int {
        let timeout = max(.milliseconds(1), deadline - Loop.main.now)
        let open: HTTPClient
        if let client, client.isReusable {
            open = client
        } else {
            open = try await connect(timeout)
        }
        client = open
        var headers: HTTPHeaders = ["Content-Type": "application/json"]
        for header in options.headers { headers[header.name] = header.value }
        var payload = body
        if options.isCompressed {
            payload = Gzip.encode(body.span, level: 1)
            headers["Content-Encoding"] = "gzip"
        }
        let response = try await open.request(
            "POST",
            options.url.target,
            headers: headers,
            body: payload,
            timeout: timeout
        )
        _ = try await response.collect(limit: 1 << 20, timeout: timeout)
        return response.status
    }

    private func connect(_ timeout: Duration) async throws(Failure) -> HTTPClient {
        let isSecure = options.url.scheme == "https"
        return try await HTTPClient.connect(
            .tcp(
                host: options.url.host,
                port: options.url.port == 0 ? (isSecure ? 443 : 80) : options.url.port,
                tls: isSecure ? try options.tls.options() : nil
            ),
            timeout: timeout
        )
    }

    private func say(_ text: String) {
        guard text != lastProblem else { return }
        lastProblem = text
        journal.warning("metrics cannot be sent: \(text)")
    }

    /// The counters, as families of `companion_metrics_push`.
    func tell(into set: inout SampleSet) {
        let all: [(String, Int, String)] = [
            ("requests_total", sent, "Requests that a collector took."),
            ("retries_total", retried, "Requests that were tried again."),
            ("dropped_total", dropped, "Requests that were given up."),
            ("omitted_total", omitted, "Samples that JSON has no word for."),
        ]
        for (name, value, help) in all {
            let family = set.family("companion_metrics_push_" + name, .counter, help: help)
            set.add(family, Double(value))
        }
    }
}
