import Basics
import Formats
import HTTP
import Reactor

/// Answers scrapes: reads the sources that are read on demand, and writes the samples of all.
///
/// What was written is kept until a source says something else.
@MainLoop final class MetricsPage {
    /// Answers that are smaller are sent as they are.
    private static let compressedMinimum = 1024
    /// Taken off the scraper's own timeout, so that the answer is there in time.
    private static let margin = Duration.milliseconds(100)

    private var configuration: MetricsConfiguration
    private(set) var targets: [MetricTarget]
    private var kept: [ExpositionFormat: (generations: [Int], bytes: [UInt8])] = [:]
    private var merged: (generations: [Int], set: SampleSet)?
    private var scrapes = 0
    /// Whether a first round of all sources is over.
    private(set) var hasRead = false

    init(_ configuration: MetricsConfiguration, _ targets: [MetricTarget]) {
        self.configuration = configuration
        self.targets = targets
    }

    /// Puts other sources in the place of those that are there.
    func replace(_ configuration: MetricsConfiguration, _ targets: [MetricTarget]) {
        (self.configuration, self.targets) = (configuration, targets)
        kept = [:]
        merged = nil
    }

    /// Answers a request at the port of metrics.
    func answer(_ request: HTTPRequest, _ responder: HTTPResponder) async throws(Failure) {
        guard request.path == configuration.path else {
            return try await landing(request, responder)
        }
        guard request.method == "GET" || request.method == "HEAD" else {
            return try await responder.respond(
                405,
                headers: ["Allow": "GET, HEAD", "Content-Type": "text/plain; charset=utf-8"],
                body: Array("metrics are read with GET\n".utf8)
            )
        }
        var timeout = Duration.seconds(3600)
        if let text = request.headers["X-Prometheus-Scrape-Timeout-Seconds"],
            let seconds = Double(text), seconds > 0, seconds < 3600
        {
            timeout = max(.milliseconds(10), .nanoseconds(Int64(seconds * 1e9)) - Self.margin)
        }
        scrapes += 1
        await refresh(within: timeout)
        let format = ExpositionFormat.accepted(
            request.headers["Accept"],
            usual: configuration.prefersOpenMetrics ? .openMetrics : .text
        )
        var headers: HTTPHeaders = [
            "Content-Type": format.contentType, "Vary": "Accept, Accept-Encoding",
        ]
        var body = write(format)
        if configuration.isCompressed, body.count >= Self.compressedMinimum,
            ExpositionFormat.accepts("gzip", request.headers["Accept-Encoding"])
        {
            body = Gzip.encode(body.span, level: 1)
            headers["Content-Encoding"] = "gzip"
        }
        try await responder.respond(200, headers: headers, body: body)
    }

    private func landing(
        _ request: HTTPRequest,
        _ responder: HTTPResponder
    ) async throws(Failure) {
        guard request.path == "/" else {
            let text = "there is no such page; metrics are at \(configuration.path)\n"
            return try await responder.respond(404, text: text)
        }
        let page =
            "<!DOCTYPE html><title>Metrics</title><p><a href=\"\(configuration.path)\">Metrics</a>\n"
        try await responder.respond(200, text: page, contentType: "text/html; charset=utf-8")
    }

    /// Reads the sources that are read on demand, at once.
    func refresh(within timeout: Duration) async {
        let tasks = targets.filter { $0.options.every == .zero }.map { target in
            Task { @MainLoop in await target.refresh(within: timeout) }
        }
        for task in tasks { await task.value }
        hasRead = true
    }

    /// The samples of all sources, and those about the exporter.
    func samples() -> (SampleSet, SampleSet) {
        let own = own()
        let generations = targets.map(\.generation)
        if let merged, merged.generations == generations { return (merged.set, own) }
        let set = SampleSet.merged(targets.map(\.samples), limit: configuration.seriesLimit)
            .without(familiesOf: own)
        merged = (generations, set)
        return (set, own)
    }

    private func own() -> SampleSet {
        var own = SampleSet()
        for target in targets { target.tell(configuration, into: &own) }
        guard configuration.tellsOfItself else { return own }
        let family = own.family(
            configuration.prefix + "_http_requests_total",
            .counter,
            help: "Scrapes that were answered."
        )
        own.add(family, Double(scrapes))
        for info in configuration.infos {
            own.add(
                own.family(info.name, .gauge, help: info.help),
                1,
                labels: LabelText(info.labels)
            )
        }
        return own
    }

    /// The answer in a form.
    func write(_ format: ExpositionFormat) -> [UInt8] {
        let (set, own) = samples()
        let generations = targets.map(\.generation)
        var bytes: [UInt8]
        if let kept = kept[format], kept.generations == generations {
            bytes = kept.bytes
        } else {
            var writer = ExpositionWriter(format)
            writer.write(set)
            bytes = writer.bytes
            kept[format] = (generations, bytes)
        }
        var writer = ExpositionWriter(format)
        writer.write(own)
        writer.finish()
        bytes += writer.bytes
        return bytes
    }
}
