import Basics
import Reactor

extension ProxyServer {
    /// Where the spans of each listener's chains go, and who sends them; nothing is begun or ended yet.
    func planTracing(
        _ configuration: ProxyConfiguration
    ) -> (boxes: [[SpanMailbox?]], exporters: [TracingSettings: TraceExporter]) {
        var kept: [TracingSettings: TraceExporter] = [:]
        let boxes = configuration.listeners.map { listener in
            listener.chains.map { chain -> SpanMailbox? in
                guard case .http(let http) = chain.handler, let tracing = http.tracing else {
                    return nil
                }
                let exporter = kept[tracing] ?? exporters[tracing] ?? makeExporter(tracing)
                kept[tracing] = exporter
                return exporter.mailbox
            }
        }
        return (boxes, kept)
    }

    /// Lets these send spans, and no others.
    func followTracing(_ next: [TracingSettings: TraceExporter]) {
        for (settings, exporter) in exporters where next[settings] == nil { exporter.stop() }
        for (settings, exporter) in next where exporters[settings] == nil { exporter.start() }
        exporters = next
    }

    private func makeExporter(_ settings: TracingSettings) -> TraceExporter {
        func counter(_ tail: String) -> Statistics.ID {
            statistics.id("tracing.opentelemetry.\(tail)", .counter)
        }
        let sent = counter("spans_sent")
        let dropped = counter("spans_dropped")
        let failed = counter("reports_failed")
        return TraceExporter(
            settings,
            journal: journal,
            send: { [weak self] body throws(Failure) in
                guard let self else { throw Failure(.cancelled, "the proxy has ended") }
                let answer = try await self.ask(
                    settings.cluster,
                    ClusterClient.Request(
                        method: "POST",
                        authority: "",
                        path: settings.path,
                        contentType: "application/json",
                        body: body
                    ),
                    deadline: Loop.main.now + .seconds(5)
                )
                return answer.status
            },
            counted: { [weak self] count in
                switch count {
                case .sent(let spans): self?.counts.add(sent, Int64(spans))
                case .dropped(let spans): self?.counts.add(dropped, Int64(spans))
                case .failed: self?.counts.add(failed)
                }
            }
        )
    }

    /// Sends the spans that wait, before the end; not for long.
    func flushSpans() async {
        let all = Array(exporters.values)
        if all.isEmpty { return }
        try? await Loop.main.withDeadline(.seconds(2), "send the last spans") {
            for exporter in all { await exporter.flush() }
        }
    }

    func stopTracing() {
        for exporter in exporters.values { exporter.stop() }
        exporters = [:]
    }
}
