import Basics
import Formats
import HTTP
import Reactor

/// Answers scrapes: reads the sources that are read on demand, and writes the samples of all.
///
/// What was written is kept until a source has other series; where only numbers differ, only they are written.
@MainLoop final class MetricsPage {
    /// Answers that are smaller are sent as they are.
    private static let compressedMinimum = 1024
    /// Taken off the scraper's own timeout, so that the answer is there in time.
    private static let margin = Duration.milliseconds(100)

    private var configuration: MetricsConfiguration
    private(set) var targets: [MetricTarget]
    private var users: BasicUsers?
    private var prepared: [ExpositionFormat: (page: PreparedPage, revision: Int)] = [:]
    private var whole: Whole?
    /// Grows whenever a number of the whole changes.
    private var revision = 0
    private var scrapes = 0
    /// Whether a first round of all sources is over.
    private(set) var hasRead = false

    /// The samples of all sources in one.
    private struct Whole {
        var generations: [Int]
        var revisions: [Int]
        var set: SampleSet
        var plans: [ValuePlan]
    }

    init(_ configuration: MetricsConfiguration, _ targets: [MetricTarget]) {
        self.configuration = configuration
        self.targets = targets
        users = configuration.users.isEmpty ? nil : BasicUsers(configuration.users)
    }

    /// Puts other sources in the place of those that are there.
    func replace(_ configuration: MetricsConfiguration, _ targets: [MetricTarget]) {
        if configuration.users != self.configuration.users {
            users = configuration.users.isEmpty ? nil : BasicUsers(configuration.users)
        }
        (self.configuration, self.targets) = (configuration, targets)
        prepared = [:]
        whole = nil
    }

    /// Answers a request at the port of metrics.
    func answer(_ request: HTTPRequest, _ responder: HTTPResponder) async throws(Failure) {
        guard try await isPermitted(request, responder) else { return }
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
        var pieces = write(format)
        if configuration.isCompressed,
            pieces.reduce(0, { $0 + $1.count }) >= Self.compressedMinimum,
            ExpositionFormat.accepts("gzip", request.headers["Accept-Encoding"])
        {
            let body = pieces.reduce(into: []) { $0 += $1 }
            pieces = [Gzip.encode(body.span, level: 1)]
            headers["Content-Encoding"] = "gzip"
        }
        try await responder.respond(200, headers: headers, pieces: pieces)
    }

    /// Whether whoever asks may ask; else it is answered.
    private func isPermitted(
        _ request: HTTPRequest,
        _ responder: HTTPResponder
    ) async throws(Failure) -> Bool {
        guard let users else { return true }
        switch await users.check(request.headers["Authorization"]) {
        case .permitted: return true
        case .refused:
            try await responder.respond(
                401,
                headers: [
                    "WWW-Authenticate": "Basic", "Content-Type": "text/plain; charset=utf-8",
                ],
                body: Array("name and password are wanted\n".utf8)
            )
        case .busy:
            try await responder.respond(
                503,
                headers: ["Retry-After": "1", "Content-Type": "text/plain; charset=utf-8"],
                body: Array("too many passwords are being checked\n".utf8)
            )
        }
        return false
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
        let asked = targets.filter { $0.options.every == .zero }
        if asked.count == 1 {
            await asked[0].refresh(within: timeout)
        } else {
            let tasks = asked.map { target in
                Task { @MainLoop in await target.refresh(within: timeout) }
            }
            for task in tasks { await task.value }
        }
        hasRead = true
    }

    /// The samples of all sources, and those about the exporter.
    func samples() -> (SampleSet, SampleSet) {
        let own = own()
        return (settle(own).set, own)
    }

    /// The samples of all sources as they are now.
    private func settle(_ own: SampleSet) -> Whole {
        let generations = targets.map(\.generation)
        let revisions = targets.map(\.revision)
        if var whole, whole.generations == generations {
            if whole.revisions == revisions { return whole }
            var values = whole.set.values
            for (index, target) in targets.enumerated()
            where whole.revisions[index] != revisions[index] {
                whole.plans[index].apply(target.samples.values, to: &values)
            }
            whole.set.set(values)
            whole.revisions = revisions
            revision += 1
            self.whole = whole
            return whole
        }
        let (set, plans) = SampleSet.merged(
            targets.map(\.samples),
            without: own,
            limit: configuration.seriesLimit
        )
        prepared = [:]
        let whole = Whole(
            generations: generations,
            revisions: revisions,
            set: set,
            plans: plans
        )
        self.whole = whole
        return whole
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

    /// The answer in a form, in pieces.
    func write(_ format: ExpositionFormat) -> [[UInt8]] {
        let own = own()
        let whole = settle(own)
        if prepared[format] == nil {
            prepared[format] = (PreparedPage(whole.set, format), revision)
        } else if prepared[format]?.revision != revision {
            prepared[format]?.page.update(whole.set.values)
            prepared[format]?.revision = revision
        }
        var writer = ExpositionWriter(format)
        writer.write(own)
        writer.finish()
        return (prepared[format]?.page.pieces ?? []) + [writer.bytes]
    }
}
