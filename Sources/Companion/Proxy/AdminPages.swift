internal import Basics
internal import Formats
internal import HTTP
internal import Proxying
internal import Reactor
internal import Roles
internal import System

/// The admin pages: probes, metrics, what is going on, and what can be asked for.
@MainLoop final class AdminPages {
    typealias Answer = AdminPage.Answer

    private unowned let process: ProxyProcess

    init(_ process: ProxyProcess) {
        self.process = process
    }

    // MARK: The pages

    /// All of them.
    var pages: [AdminPage] {
        AdminPage.probes { [self] in readiness } + [
            .get("/metrics", "all metrics for Prometheus") { [self] _ throws(Failure) in
                let own = process.metrics.text(
                    uptime: uptime,
                    refusedCertificates: process.server.refusedCertificates
                )
                return Answer(
                    text: own + (try process.server.statisticsText(.prometheus)),
                    type: AdminPage.prometheusType
                )
            },
            .get("/stats", "statistics; ?format=text|json|prometheus, ?filter=REGEX, ?usedonly") {
                [self] request throws(Failure) in try statistics(request)
            },
            .get("/stats/prometheus", "statistics as Envoy gives them to Prometheus") {
                [self] request throws(Failure) in
                try statistics(request, form: "prometheus")
            },
            .get("/clusters", "clusters and their hosts; ?format=json") { [self] request in
                let isJSON = request.parameter("format") == "json"
                return Answer(
                    text: process.server.clustersText(asJSON: isJSON),
                    type: isJSON ? "application/json" : "text/plain; charset=utf-8"
                )
            },
            .get("/listeners", "where connections are taken; ?format=json") { [self] request in
                let isJSON = request.parameter("format") == "json"
                return Answer(
                    text: process.server.listenersText(asJSON: isJSON),
                    type: isJSON ? "application/json" : "text/plain; charset=utf-8"
                )
            },
            .get("/config_dump", "the active configuration in full, without secrets") { [self] _ in
                .json([
                    "sha256": .string(process.active?.hash ?? ""),
                    "configuration": process.server.configurationDump,
                ])
            },
            .get(
                "/config",
                "which configuration is active since when, and what was wrong with a newer one"
            ) { [self] _ in .json(configuration) },
            .get("/server_info", "version, state, uptime, node") { [self] _ in .json(information) },
            .get("/certs", "the certificates in use and when they end") { [self] _ in
                .json(certificates)
            },
            .post("/reload", "read the configuration again") { [self] _ in
                guard process.take("POST /reload") else {
                    return Answer(status: 400, text: (process.refusal ?? "refused") + "\n")
                }
                return Answer(text: "taken: sha256 \(process.active?.hash ?? "")\n")
            },
            .post("/quitquitquit", "end: answer the requests at hand, then exit with code 0") {
                [self] _ in
                process.quit("POST /quitquitquit")
                return Answer(text: "OK\n")
            },
            .post("/healthcheck/fail", "let /ready fail") { [self] _ in
                process.setFailing(true)
                return Answer(text: "OK\n")
            },
            .post("/healthcheck/ok", "undo /healthcheck/fail") { [self] _ in
                process.setFailing(false)
                return Answer(text: "OK\n")
            },
            .post(
                "/drain_listeners",
                "take no more connections; those that are there end with their request"
            ) { [self] _ in
                process.server.closeListeners()
                return Answer(text: "OK\n")
            },
            .post("/reset_counters", "refused") { _ in
                Answer(
                    status: 403,
                    text: "counters never fall here: rates are made of differences\n"
                )
            },
        ]
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
            "prometheus": (.prometheus, AdminPage.prometheusType),
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
