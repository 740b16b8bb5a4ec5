internal import Basics
internal import Formats
internal import HTTP
internal import Reactor

/// A page of a role's admin port.
struct AdminPage {
    /// What a page says.
    struct Answer {
        var status = 200
        var text: String
        var type = "text/plain; charset=utf-8"

        static func json(_ value: JSON) -> Answer {
            Answer(text: value.text(pretty: true) + "\n", type: "application/json")
        }

        static let ok = Answer(text: "ok\n")
    }

    /// The type of metrics for Prometheus.
    static let prometheusType = "text/plain; version=0.0.4; charset=utf-8"

    var path: String
    var method: String
    var help: String
    var answer: @MainLoop (HTTPRequest) throws(Failure) -> Answer

    /// A page that is read.
    static func get(
        _ path: String,
        _ help: String,
        _ answer: @escaping @MainLoop (HTTPRequest) throws(Failure) -> Answer
    ) -> AdminPage {
        AdminPage(path: path, method: "GET", help: help, answer: answer)
    }

    /// A page that does something.
    static func post(
        _ path: String,
        _ help: String,
        _ answer: @escaping @MainLoop (HTTPRequest) throws(Failure) -> Answer
    ) -> AdminPage {
        AdminPage(path: path, method: "POST", help: help, answer: answer)
    }

    /// The pages that probes ask for, under all the names that are in use.
    ///
    /// - Parameter readiness: What is answered to whether the role can do its work.
    /// - Returns: The pages.
    static func probes(_ readiness: @escaping @MainLoop () -> Answer) -> [AdminPage] {
        [
            .get("/healthz", "200 while the program runs") { _ in .ok },
            .get("/livez", "the same") { _ in .ok },
            .get("/health", "the same") { _ in .ok },
            .get("/readyz", "200 if the role can do its work") { _ in readiness() },
            .get("/ready", "the same") { _ in readiness() },
        ]
    }
}
