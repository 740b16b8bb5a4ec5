internal import Basics
internal import Formats
internal import HTTP
internal import Proxying
internal import Reactor
internal import Roles
internal import System

/// The proxy's own admin pages: what is going on, and what can be asked for.
@MainLoop final class ProxyPages {
    typealias Answer = AdminPage.Answer

    private let work: ProxyWork

    init(_ work: ProxyWork) {
        self.work = work
    }

    // MARK: The pages

    /// All of them.
    var pages: [AdminPage] {
        [
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
                    text: work.server.clustersText(asJSON: isJSON),
                    type: isJSON ? "application/json" : "text/plain; charset=utf-8"
                )
            },
            .get("/listeners", "where connections are taken; ?format=json") { [self] request in
                let isJSON = request.parameter("format") == "json"
                return Answer(
                    text: work.server.listenersText(asJSON: isJSON),
                    type: isJSON ? "application/json" : "text/plain; charset=utf-8"
                )
            },
            .get("/config_dump", "the active configuration in full, without secrets") { [self] _ in
                .json([
                    "configs": work.server.envoyDump,
                    "sha256": .string(work.active?.hash ?? ""),
                    "configuration": work.server.configurationDump,
                ])
            },
            work.followed.page,
            .get("/server_info", "version, state, uptime, node") { [self] _ in .json(information) },
            .get("/certs", "the certificates in use and when they end") { [self] _ in
                .json(certificates)
            },
            .post("/reload", "read the configuration again") { [self] _ in
                guard work.take("POST /reload") else {
                    return Answer(status: 400, text: (work.followed.refusal ?? "refused") + "\n")
                }
                return Answer(text: "taken: sha256 \(work.active?.hash ?? "")\n")
            },
            .post("/healthcheck/fail", "let /ready fail") { [self] _ in
                work.setFailing(true)
                return Answer(text: "OK\n")
            },
            .post("/healthcheck/ok", "undo /healthcheck/fail") { [self] _ in
                work.setFailing(false)
                return Answer(text: "OK\n")
            },
            .post(
                "/drain_listeners",
                "take no more connections; those that are there end with their request"
            ) { [self] _ in
                work.server.closeListeners()
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

    private var uptime: Duration { Loop.main.now - work.start }

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
        let text = try work.server.statisticsText(
            form,
            filter: request.parameter("filter"),
            usedOnly: request.parameter("usedonly") != nil
        )
        return Answer(text: text, type: type)
    }

    private var information: JSON {
        let node = work.active?.configuration.node
        let state = work.server.unreadiness == nil ? "LIVE" : "DRAINING"
        return [
            "version": .string("companion/\(CompanionCommand.version)"),
            "state": .string(work.active == nil ? "INITIALIZING" : state),
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
        let found = CertificateReport.of(work.active?.configuration)
        return ["certificates": .array(found)]
    }
}
