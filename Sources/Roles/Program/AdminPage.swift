package import Basics
package import Formats
package import HTTP
package import Reactor

/// A page of a role's admin port.
@MainLoop package struct AdminPage {
    /// Says what a request is answered.
    package typealias Answering = @MainLoop (HTTPRequest) throws(Failure) -> Answer
    /// Answers a request piece by piece.
    package typealias Serving = @MainLoop (HTTPRequest, HTTPResponder) async throws(Failure) -> Void

    /// What a page says.
    package struct Answer {
        package var status: Int
        package var text: String
        package var type: String

        /// Makes an answer of a text.
        package init(
            status: Int = 200,
            text: String,
            type: String = "text/plain; charset=utf-8"
        ) {
            self.status = status
            self.text = text
            self.type = type
        }

        package static func json(_ value: JSON) -> Answer {
            Answer(text: value.text(pretty: true) + "\n", type: "application/json")
        }

        /// What a page that failed says: 400 if the request was wrong, else 500.
        package init(_ failure: Failure) {
            self.init(status: failure.code == .invalid ? 400 : 500, text: "\(failure)\n")
        }

        package static let ok = Answer(text: "ok\n")
    }

    /// The type of metrics for Prometheus.
    package nonisolated static let prometheusType = "text/plain; version=0.0.4; charset=utf-8"

    package var path: String
    package var method: String
    package var help: String
    package var answer: Answering
    /// Takes the place of `answer` for a page that goes on for as long as its reader.
    package var serve: Serving?

    /// A page that is read.
    package static func get(
        _ path: String,
        _ help: String,
        _ answer: @escaping Answering
    ) -> AdminPage {
        AdminPage(path: path, method: "GET", help: help, answer: answer)
    }

    /// A page that goes on for as long as its reader.
    package static func stream(
        _ path: String,
        _ help: String,
        _ serve: @escaping Serving
    ) -> AdminPage {
        AdminPage(path: path, method: "GET", help: help, answer: { _ in .ok }, serve: serve)
    }

    /// A page that does something.
    package static func post(
        _ path: String,
        _ help: String,
        _ answer: @escaping Answering
    ) -> AdminPage {
        AdminPage(path: path, method: "POST", help: help, answer: answer)
    }

    /// The pages that probes ask for, under all the names that are in use.
    ///
    /// - Parameter readiness: What is answered to whether the role can do its work.
    /// - Returns: The pages.
    package static func probes(_ readiness: @escaping @MainLoop () -> Answer) -> [AdminPage] {
        [
            .get("/healthz", "200 while the program runs") { _ in .ok },
            .get("/livez", "the same") { _ in .ok },
            .get("/health", "the same") { _ in .ok },
            .get("/readyz", "200 if the role can do its work") { _ in readiness() },
            .get("/ready", "the same") { _ in readiness() },
        ]
    }
}
