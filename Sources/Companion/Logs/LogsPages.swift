internal import Basics
internal import Formats
internal import HTTP
internal import LogPipeline
internal import Reactor
internal import Roles
internal import System

/// The admin pages of `companion logs`: probes, metrics, the books, and those that Fluent Bit and Vector have.
@MainLoop final class LogsPages {
    typealias Answer = AdminPage.Answer

    private unowned let process: LogsProcess
    private let metrics: LogsMetrics

    init(_ process: LogsProcess) {
        self.process = process
        metrics = LogsMetrics(process)
    }

    /// All of them.
    var pages: [AdminPage] {
        AdminPage.probes { [self] in readiness } + own + fluentBit.map(onlyIfWanted)
    }

    /// A page that is only there if the configuration does not say otherwise.
    private func onlyIfWanted(_ page: AdminPage) -> AdminPage {
        var guarded = page
        guarded.answer = { [self] (request) throws(Failure) in
            guard process.active?.configuration.service.servesPages ?? true else {
                return Answer(status: 404, text: "this page is Fluent Bit's and switched off\n")
            }
            return try page.answer(request)
        }
        return guarded
    }

    private var own: [AdminPage] {
        [
            .get("/metrics", "all metrics for Prometheus") { [self] _ in
                Answer(
                    text: process.metrics.text(uptime: uptime, refusedCertificates: 0)
                        + metrics.text,
                    type: AdminPage.prometheusType
                )
            },
            .get("/accounts", "the books: what was read, delivered, rejected and is on its way") {
                [self] _ in .json(accounts)
            },
            .get("/tap", "records as they pass; ?stage=NAME") { _ in .ok },
            .get(
                "/config",
                "which configuration is active since when, and what was wrong with a newer one"
            ) { [self] _ in .json(configuration) },
            .post("/reload", "read the configuration again") { [self] _ in
                process.reload()
                return Answer(status: 202, text: "it is read again; see /config\n")
            },
            .post("/quitquitquit", "end: deliver what was read, then exit with code 0") {
                [self] _ in
                process.quit("POST /quitquitquit")
                return Answer(text: "OK\n")
            },
        ]
    }

    /// What tools ask Fluent Bit for.
    private var fluentBit: [AdminPage] {
        [
            .get("/api/v1/uptime", "as Fluent Bit's") { [self] _ in
                .json([
                    "uptime_sec": .int(Int(uptime.components.seconds)),
                    "uptime_hr": .string("companion logs has run for \(uptime.humanText)"),
                ])
            },
            .get("/api/v1/metrics", "as Fluent Bit's") { [self] _ in .json(metrics.fluentBit) },
            .get("/api/v1/metrics/prometheus", "as Fluent Bit's") { [self] _ in
                Answer(text: metrics.text, type: AdminPage.prometheusType)
            },
            .get("/api/v2/metrics/prometheus", "as Fluent Bit's") { [self] _ in
                Answer(text: metrics.text, type: AdminPage.prometheusType)
            },
            .get("/api/v1/health", "200 if records come to their sinks") { [self] _ in
                process.pipeline?.trouble == nil
                    ? Answer(text: "ok\n") : Answer(status: 500, text: "error\n")
            },
            .get("/api/v2/reload", "how often the configuration was taken") { [self] _ in
                .json(["hot_reload_count": .int(max(0, process.takenCount - 1))])
            },
            .post("/api/v2/reload", "read the configuration again") { [self] _ in
                process.reload()
                return .json(["reload": "in progress", "status": .int(0)])
            },
        ]
    }

    private var uptime: Duration { Loop.main.now - process.start }

    private var readiness: Answer {
        if process.isEnding { return Answer(status: 503, text: "ending\n") }
        if let trouble = process.pipeline?.trouble {
            return Answer(status: 503, text: trouble + "\n")
        }
        return Answer(text: "ready\n")
    }

    private var accounts: JSON {
        let books = process.books.now
        var sources: [String: JSON] = [:]
        for (name, account) in books.sources {
            sources[name] = [
                "read": .count(account.read), "bytes": .count(account.bytes),
                "repeated": .count(account.repeated), "skipped_bytes": .count(account.skipped),
                "withdrawn": .count(account.withdrawn), "open": .count(account.open),
            ]
        }
        var sinks: [String: JSON] = [:]
        for (name, account) in books.sinks {
            sinks[name] = [
                "received": .count(account.received), "delivered": .count(account.delivered),
                "rejected": .count(account.rejected), "buffered": .count(account.buffered),
                "bytes": .count(account.bytes), "retried": .count(account.retried),
                "errors": .count(account.errors), "uncertain": .count(account.uncertain),
                "withdrawn": .count(account.withdrawn), "stored": .int(Int(account.stored)),
            ]
        }
        var left: [String: JSON] = [:]
        for (cause, count) in books.left { left[cause.rawValue] = .count(count) }
        return [
            "read": .count(books.read), "made": .count(books.made),
            "delivered": .count(books.sinks.values.reduce(0) { $0 + $1.delivered }),
            "rejected": .count(books.sinks.values.reduce(0) { $0 + $1.rejected }),
            "left": .object(JSONObject(left)), "unmade": .count(books.unmade),
            "buffered": .count(books.buffered),
            "balanced": .bool(books.isBalanced),
            "sources": .object(JSONObject(sources)), "sinks": .object(JSONObject(sinks)),
        ]
    }

    private var configuration: JSON {
        let active = process.active
        return [
            "origin": .string(active?.origin ?? ""),
            "dialect": active.map { .string($0.dialect.rawValue) } ?? .null,
            "sha256": .string(active?.hash ?? ""),
            "taken": process.taken.map { .string($0.rfc3339) } ?? .null,
            "warnings": .strings((active?.warnings ?? []).map(\.description)),
            "decisions": .strings(active?.configuration.notes ?? []),
            "refused": process.refusal.map { .strings($0.split(separator: "\n").map(String.init)) }
                ?? .null,
        ]
    }
}

extension JSON {
    /// A count; beyond what JSON's numbers hold everywhere it is still exact here.
    static func count(_ number: UInt64) -> JSON {
        .int(Int(clamping: number))
    }
}
