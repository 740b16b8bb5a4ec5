package import Basics
package import HTTP
package import Reactor

/// Answers the requests to a role's admin port from its pages, with a list of them at `/` and `/help`.
@MainLoop package final class AdminDesk {
    private let current: @MainLoop () -> [AdminPage]
    private var pages: [AdminPage] { current() }

    /// Makes a desk of these pages; of two with the same path and method the first is shown.
    package init(_ pages: [AdminPage]) {
        current = { pages }
    }

    /// Makes a desk of pages that come and go.
    package init(current: @escaping @MainLoop () -> [AdminPage]) {
        self.current = current
    }

    /// Answers a request.
    package func answer(_ request: HTTPRequest, _ responder: HTTPResponder) async throws(Failure) {
        if request.path == "/" || request.path == "/help" {
            try await respond(AdminPage.Answer(text: help), responder)
            return
        }
        let known = pages.filter { $0.path == request.path }
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
        if let serve = page.serve { return try await serve(request, responder) }
        var result: AdminPage.Answer
        do throws(Failure) {
            result = try page.answer(request)
        } catch {
            result = AdminPage.Answer(error)
        }
        try await respond(result, responder)
    }

    private func respond(
        _ result: AdminPage.Answer,
        _ responder: HTTPResponder
    ) async throws(Failure) {
        try await responder.respond(
            result.status,
            headers: ["Content-Type": result.type, "Cache-Control": "no-cache"],
            body: Array(result.text.utf8)
        )
    }

    private var help: String {
        let list = [AdminPage.get("/help", "this list") { _ in .ok }] + pages
        let rows = list.map { page in
            let left = "\(page.method) \(page.path)"
            return left + String(repeating: " ", count: max(1, 26 - left.utf8.count)) + page.help
        }
        return rows.joined(separator: "\n") + "\n"
    }
}
