import Basics
import HTTP
import Reactor
import TestKit

@testable import Roles

/// A server of files that misbehaves as it is told.
@MainLoop final class FetchServer {
    /// What a path answers.
    struct Page {
        var status = 200
        var body: [UInt8] = []
        var headers: HTTPHeaders = [:]
        /// How many bytes come before the connection is cut; the first time only.
        var cut: Int?
        /// Whether it sends the rest of what is there now, whatever `If-Range` says.
        var ignoresCondition = false
        /// How long nothing comes.
        var delay = Duration.zero

        init(_ status: Int = 200, _ text: String = "", _ headers: HTTPHeaders = [:]) {
            self.status = status
            body = Array(text.utf8)
            self.headers = headers
        }
    }

    /// What was asked.
    struct Asked {
        var method: String
        var path: String
        var headers: HTTPHeaders
        var body: String
    }

    var pages: [String: [Page]] = [:]
    private(set) var asked: [Asked] = []
    private(set) var loopback: Loopback?

    init() throws {
        loopback = try Loopback { [weak self] request, responder in
            try await self?.answer(request, responder)
        }
    }

    func url(_ path: String) -> String { "http://127.0.0.1:\(loopback?.port ?? 0)\(path)" }

    /// Answers one after the other, the last one again and again.
    func serve(_ path: String, _ pages: Page...) {
        self.pages[path] = pages
    }

    private func answer(_ request: HTTPRequest, _ responder: HTTPResponder) async throws {
        let body = try await request.body(limit: 1 << 20)
        asked.append(
            Asked(
                method: request.method,
                path: request.path,
                headers: request.headers,
                body: String(decoding: body, as: UTF8.self)
            )
        )
        guard var list = pages[request.path], let page = list.first else {
            return try await responder.respond(404, text: "there is no such page\n")
        }
        if list.count > 1 {
            list.removeFirst()
            pages[request.path] = list
        }
        if page.delay > .zero { try await Loop.main.sleep(for: page.delay) }
        if let tag = page.headers["ETag"], request.headers["If-None-Match"] == tag {
            return try await responder.respond(304)
        }
        if let cut = page.cut {
            let writer = try await responder.stream(page.status, headers: page.headers)
            try await writer.write(Array(page.body.prefix(cut)))
            throw Failure(.unavailable, "cut off")
        }
        if let range = request.headers["Range"], let tag = page.headers["ETag"],
            page.ignoresCondition || request.headers["If-Range"] ?? tag == tag,
            let start = Int(range.dropFirst(6).prefix { $0 != "-" })
        {
            guard start < page.body.count else { return try await responder.respond(416) }
            var headers = page.headers
            let last = page.body.count - 1
            headers["Content-Range"] = "bytes \(start)-\(last)/\(page.body.count)"
            return try await responder.respond(
                206,
                headers: headers,
                body: Array(page.body[start...])
            )
        }
        try await responder.respond(page.status, headers: page.headers, body: page.body)
    }
}
