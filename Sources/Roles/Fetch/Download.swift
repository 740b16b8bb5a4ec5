import Basics
import HTTP
import Reactor

/// Gets the body of an answer into a draft, going on where the try before ended.
@MainLoop enum Download {
    /// What came of it.
    enum Outcome: Sendable, Hashable {
        /// The body is in the draft.
        case whole
        /// The server says that nothing has changed (304).
        case unchanged
    }

    /// Makes a try.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - content: The draft; bytes of a try before are kept if the server can go on there.
    ///   - known: What the file in place is called, for a conditional request.
    ///   - takesFailures: Whether 400 and more are content.
    /// - Returns: What came of it.
    /// - Throws: Why the body is not whole; what came is in the draft.
    static func run(
        _ request: WebRequest,
        into content: FetchedContent,
        known: Validators,
        takesFailures: Bool
    ) async throws(WebFailure) -> Outcome {
        var request = request
        let start = content.size
        if start > 0 {
            if let range = content.validators.range {
                request.headers["Range"] = "bytes=\(start)-"
                request.headers["If-Range"] = range
            } else {
                try content.empty()
            }
        } else {
            if let tag = known.entityTag { request.headers["If-None-Match"] = tag }
            if let time = known.lastModified { request.headers["If-Modified-Since"] = time }
        }
        let answer = try await WebClient.open(request)
        defer { answer.close() }
        let status = answer.response.status
        let found = Validators(
            address: "\(request.address)",
            entityTag: answer.response.headers["ETag"],
            lastModified: answer.response.headers["Last-Modified"]
        )
        switch status {
        case 304 where !known.isEmpty && start == 0: return .unchanged
        case 206:
            let range = answer.response.headers["Content-Range"] ?? ""
            guard range.hasPrefix("bytes \(content.size)-") else {
                try content.empty()
                throw WebFailure(
                    .range,
                    "cannot go on with \(request.address)",
                    cause: "the server sends \"\(range.prefix(80))\", not what was asked for"
                )
            }
            // Servers that do not know If-Range send the rest of whatever is there now.
            guard found.mayContinue(content.validators) else {
                try content.empty()
                throw WebFailure(
                    .range,
                    "cannot go on with \(request.address)",
                    cause: "it has become another file meanwhile"
                )
            }
            content.continuations += 1
        case 416 where content.size > 0:
            try content.empty()
            throw WebFailure(
                .range,
                "cannot go on with \(request.address)",
                cause: "the server has no bytes after \(start)"
            )
        case 400... where !takesFailures:
            throw try await refusal(answer)
        case 300...399:
            throw WebFailure(
                .content,
                "cannot get \(answer.request.address)",
                cause: "it answers \(status) and sends elsewhere",
                remedy: "allow redirects"
            )
        default: if content.size > 0 { try content.empty() }
        }
        content.validators = found
        do throws(WebFailure) {
            try await answer.read { (piece) throws(WebFailure) in try content.append(piece) }
        } catch {
            guard error.kind == .partial || error.kind == .timedOut else { throw error }
            var failure = error
            failure.failure.what = "cannot get \(answer.request.address): \(error.failure.what)"
            throw failure
        }
        return .whole
    }

    /// Why an answer of 400 or more is none, with the beginning of what the server says.
    static func refusal(_ answer: WebAnswer) async throws(WebFailure) -> WebFailure {
        let status = answer.response.status
        let body = try? await answer.response.prefix(4096, deadline: Loop.main.now + .seconds(5))
        let line = Webhooks.firstLine(body ?? [])
        let reason = answer.response.reason
        var cause = "the server answers \(status)" + (reason.isEmpty ? "" : " \(reason)")
        if !line.isEmpty, line != "\(status) \(reason)", line != reason {
            cause += " and says \"\(line)\""
        }
        let remedy =
            switch status {
            case 401: "give --user, --bearer-file or a netrc file"
            case 403: "allow these credentials to read it"
            case 404: "correct the address"
            default: ""
            }
        var failure = WebFailure(
            .status(status),
            "cannot get \(answer.request.address)",
            cause: cause,
            remedy: remedy
        )
        failure.retryAfter = WebDate.wait(
            answer.response.headers["Retry-After"],
            at: Loop.main.moment.wall
        )
        return failure
    }
}
