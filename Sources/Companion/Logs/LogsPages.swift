internal import Basics
internal import Formats
internal import HTTP
internal import LogPipeline
internal import Reactor
internal import Roles
internal import System

/// The own admin pages of `companion logs`: the books, the taps, and those that Fluent Bit and Vector have.
@MainLoop final class LogsPages {
    typealias Answer = AdminPage.Answer

    private let work: LogsWork
    private let metrics: LogsMetrics

    init(_ work: LogsWork) {
        self.work = work
        metrics = LogsMetrics(work)
    }

    /// All of them.
    var pages: [AdminPage] {
        own + fluentBit.map(onlyIfWanted)
    }

    /// A page that is only there if the configuration does not say otherwise.
    private func onlyIfWanted(_ page: AdminPage) -> AdminPage {
        var guarded = page
        guarded.answer = { [self] (request) throws(Failure) in
            guard work.active?.configuration.service.servesPages ?? true else {
                return Answer(status: 404, text: "this page is Fluent Bit's and switched off\n")
            }
            return try page.answer(request)
        }
        return guarded
    }

    private var own: [AdminPage] {
        [
            .get("/accounts", "the books: what was read, delivered, rejected and is on its way") {
                [self] _ in .json(accounts)
            },
            .stream("/tap", "records as they pass; ?stage=NAME") {
                [taps = work.taps] request, responder throws(Failure) in
                try await taps.serve(request, responder)
            },
            work.followed.page,
            .post("/reload", "read the configuration again") { [self] _ in
                work.reload()
                return Answer(status: 202, text: "it is read again; see /config\n")
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
                work.pipeline?.trouble == nil
                    ? Answer(text: "ok\n") : Answer(status: 500, text: "error\n")
            },
            .get("/api/v2/reload", "how often the configuration was taken") { [self] _ in
                .json(["hot_reload_count": .int(max(0, work.followed.takenCount - 1))])
            },
            .post("/api/v2/reload", "read the configuration again") { [self] _ in
                work.reload()
                return .json(["reload": "in progress", "status": .int(0)])
            },
        ]
    }

    private var uptime: Duration { Loop.main.now - work.start }

    private var accounts: JSON {
        let books = work.books.now
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
}

extension JSON {
    /// A count; beyond what JSON's numbers hold everywhere it is still exact here.
    static func count(_ number: UInt64) -> JSON {
        .int(Int(clamping: number))
    }
}
