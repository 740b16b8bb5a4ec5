internal import Basics
internal import Formats
internal import HTTP
internal import Proxying
internal import Reactor
internal import System

/// The admin pages: probes, metrics, what is going on, and what can be asked for.
@MainLoop final class AdminPages {
    /// A page.
    private struct Page {
        var path: String
        var method: String
        var help: String
        var answer: @MainLoop (AdminPages, HTTPRequest) throws(Failure) -> Answer
    }

    /// What a page says.
    struct Answer {
        var status = 200
        var text: String
        var type = "text/plain; charset=utf-8"

        static func json(_ value: JSON) -> Answer {
            Answer(text: value.text(pretty: true) + "\n", type: "application/json")
        }
    }

    private unowned let process: ProxyProcess

    init(_ process: ProxyProcess) {
        self.process = process
    }

    /// Answers a request.
    func answer(_ request: HTTPRequest, _ responder: HTTPResponder) async throws(Failure) {
        let known = Self.pages.filter { $0.path == request.path }
        let method = request.method == "HEAD" ? "GET" : request.method
        guard let page = known.first(where: { $0.method == method }) else {
            guard let other = known.first else {
                try await responder.respond(404, text: "there is no such page; see /help\n")
                return
            }
            try await responder.respond(
                405,
                headers: ["Allow": other.method, "Content-Type": "text/plain; charset=utf-8"],
                body: Array("\(request.path) wants \(other.method)\n".utf8)
            )
            return
        }
        var result: Answer
        do throws(Failure) {
            result = try page.answer(self, request)
        } catch {
            result = Answer(status: error.code == .invalid ? 400 : 500, text: "\(error)\n")
        }
        try await responder.respond(
            result.status,
            headers: ["Content-Type": result.type, "Cache-Control": "no-cache"],
            body: Array(result.text.utf8)
        )
    }

    // MARK: The pages

    private static let alive: @MainLoop (AdminPages, HTTPRequest) -> Answer = { _, _ in
        Answer(text: "ok\n")
    }
    private static let ready: @MainLoop (AdminPages, HTTPRequest) -> Answer = { pages, _ in
        pages.readiness
    }

    private static let pages: [Page] = [
        Page(path: "/", method: "GET", help: "this list", answer: { _, _ in help }),
        Page(path: "/help", method: "GET", help: "this list", answer: { _, _ in help }),
        Page(path: "/healthz", method: "GET", help: "200 while the program runs", answer: alive),
        Page(path: "/livez", method: "GET", help: "the same", answer: alive),
        Page(path: "/health", method: "GET", help: "the same", answer: alive),
        Page(path: "/readyz", method: "GET", help: "200 if requests can be taken", answer: ready),
        Page(path: "/ready", method: "GET", help: "the same", answer: ready),
        Page(
            path: "/metrics",
            method: "GET",
            help: "all metrics for Prometheus",
            answer: { pages, _ throws(Failure) in
                let process = pages.process
                let own = process.metrics.text(
                    uptime: pages.uptime,
                    refusedCertificates: process.server.refusedCertificates
                )
                return Answer(
                    text: own + (try process.server.statisticsText(.prometheus)),
                    type: prometheusType
                )
            }
        ),
        Page(
            path: "/stats",
            method: "GET",
            help: "statistics; ?format=text|json|prometheus, ?filter=REGEX, ?usedonly",
            answer: { pages, request throws(Failure) in try pages.statistics(request) }
        ),
        Page(
            path: "/stats/prometheus",
            method: "GET",
            help: "statistics as Envoy gives them to Prometheus",
            answer: { pages, request throws(Failure) in
                try pages.statistics(request, form: "prometheus")
            }
        ),
        Page(
            path: "/clusters",
            method: "GET",
            help: "clusters and their hosts; ?format=json",
            answer: { pages, request in
                let isJSON = request.parameter("format") == "json"
                return Answer(
                    text: pages.process.server.clustersText(asJSON: isJSON),
                    type: isJSON ? "application/json" : "text/plain; charset=utf-8"
                )
            }
        ),
        Page(
            path: "/listeners",
            method: "GET",
            help: "where connections are taken; ?format=json",
            answer: { pages, request in
                let isJSON = request.parameter("format") == "json"
                return Answer(
                    text: pages.process.server.listenersText(asJSON: isJSON),
                    type: isJSON ? "application/json" : "text/plain; charset=utf-8"
                )
            }
        ),
        Page(
            path: "/config_dump",
            method: "GET",
            help: "the active configuration in full, without secrets",
            answer: { pages, _ in
                .json([
                    "sha256": .string(pages.process.active?.hash ?? ""),
                    "configuration": pages.process.server.configurationDump,
                ])
            }
        ),
        Page(
            path: "/config",
            method: "GET",
            help: "which configuration is active since when, and what was wrong with a newer one",
            answer: { pages, _ in .json(pages.configuration) }
        ),
        Page(
            path: "/server_info",
            method: "GET",
            help: "version, state, uptime, node",
            answer: { pages, _ in .json(pages.information) }
        ),
        Page(
            path: "/certs",
            method: "GET",
            help: "the certificates in use and when they end",
            answer: { pages, _ in .json(pages.certificates) }
        ),
        Page(
            path: "/reload",
            method: "POST",
            help: "read the configuration again",
            answer: { pages, _ in
                guard pages.process.take("POST /reload") else {
                    return Answer(status: 400, text: (pages.process.refusal ?? "refused") + "\n")
                }
                return Answer(text: "taken: sha256 \(pages.process.active?.hash ?? "")\n")
            }
        ),
        Page(
            path: "/quitquitquit",
            method: "POST",
            help: "end: answer the requests at hand, then exit with code 0",
            answer: { pages, _ in
                pages.process.quit("POST /quitquitquit")
                return Answer(text: "OK\n")
            }
        ),
        Page(
            path: "/healthcheck/fail",
            method: "POST",
            help: "let /ready fail",
            answer: { pages, _ in
                pages.process.setFailing(true)
                return Answer(text: "OK\n")
            }
        ),
        Page(
            path: "/healthcheck/ok",
            method: "POST",
            help: "undo /healthcheck/fail",
            answer: { pages, _ in
                pages.process.setFailing(false)
                return Answer(text: "OK\n")
            }
        ),
        Page(
            path: "/drain_listeners",
            method: "POST",
            help: "take no more connections; those that are there end with their request",
            answer: { pages, _ in
                pages.process.server.closeListeners()
                return Answer(text: "OK\n")
            }
        ),
        Page(
            path: "/reset_counters",
            method: "POST",
            help: "refused",
            answer: { _, _ in
                Answer(
                    status: 403,
                    text: "counters never fall here: rates are made of differences\n"
                )
            }
        ),
    ]

    private static let prometheusType = "text/plain; version=0.0.4; charset=utf-8"

    private static var help: Answer {
        let rows = pages.dropFirst().map { page in
            let left = "\(page.method) \(page.path)"
            return left + String(repeating: " ", count: max(1, 26 - left.utf8.count)) + page.help
        }
        return Answer(text: rows.joined(separator: "\n") + "\n")
    }

    private var uptime: Duration { Loop.main.now - process.start }

    private var readiness: Answer {
        if process.isFailing { return Answer(status: 503, text: "told to fail\n") }
        if let why = process.server.unreadiness { return Answer(status: 503, text: why + "\n") }
        return Answer(text: "ready\n")
    }

    private func statistics(
        _ request: HTTPRequest,
        form: String? = nil
    ) throws(Failure) -> Answer {
        let word = form ?? request.parameter("format") ?? "text"
        let forms: [String: (ProxyServer.StatisticsForm, String)] = [
            "text": (.text, "text/plain; charset=utf-8"), "json": (.json, "application/json"),
            "prometheus": (.prometheus, Self.prometheusType),
        ]
        guard let (form, type) = forms[word] else {
            throw Failure(
                .invalid,
                "there is no format \"\(word)\"",
                remedy: "use text, json or prometheus"
            )
        }
        let text = try process.server.statisticsText(
            form,
            filter: request.parameter("filter"),
            usedOnly: request.parameter("usedonly") != nil
        )
        return Answer(text: text, type: type)
    }

    private var configuration: JSON {
        let active = process.active
        return [
            "origin": .string(active?.origin ?? ""),
            "dialect": active?.dialect.map { .string($0.rawValue) } ?? .null,
            "sha256": .string(active?.hash ?? ""),
            "taken": process.taken.map { .string($0.rfc3339) } ?? .null,
            "warnings": .strings((active?.warnings ?? []).map(\.description)),
            "decisions": .strings(active?.sentences ?? []),
            "refused": process.refusal.map { .strings($0.split(separator: "\n").map(String.init)) }
                ?? .null,
        ]
    }

    private var information: JSON {
        let node = process.active?.configuration.node
        let state = process.server.unreadiness == nil ? "LIVE" : "DRAINING"
        return [
            "version": .string("companion/\(CompanionCommand.version)"),
            "state": .string(process.active == nil ? "INITIALIZING" : state),
            "uptime_current_epoch": .string("\(uptime.components.seconds)s"),
            "uptime_all_epochs": .string("\(uptime.components.seconds)s"),
            "hot_restart_version": "disabled",
            "pid": .int(Int(Host.processID)),
            "node": [
                "id": .string(node?.id ?? ""), "cluster": .string(node?.cluster ?? ""),
            ],
        ]
    }

    private var certificates: JSON {
        let found = CertificateReport.of(process.active?.configuration)
        return ["certificates": .array(found)]
    }
}
