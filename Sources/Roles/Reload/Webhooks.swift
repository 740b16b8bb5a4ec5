import Basics
import HTTP
import Reactor

/// Makes the requests that tell a program to reload.
@MainLoop enum Webhooks {
    /// The most bytes of an answer that are read.
    static let bodyMaximum = 64 << 10
    /// The most characters of an answer that are told.
    static let shownMaximum = 200

    /// Why a request was no success, under configmap-reload's words.
    struct Refusal: Error {
        /// `client_request_do` or `client_response`.
        var reason: String
        /// The status; `nil` if there was no answer.
        var status: Int?
        var failure: Failure
    }

    /// Makes a request and checks its status.
    ///
    /// - Returns: The status.
    /// - Throws: Why it was no success, with the beginning of what the server said.
    static func call(_ hook: ReloadSettings.Webhook) async throws(Refusal) -> Int {
        let status: Int
        let body: [UInt8]
        do throws(Failure) {
            (status, body) = try await request(hook, limit: bodyMaximum)
        } catch {
            var failure = error
            failure.what = "cannot request \(hook.method) \(hook.address): \(error.what)"
            throw Refusal(reason: "client_request_do", failure: failure)
        }
        let isGood =
            hook.statuses.isEmpty ? (200...299).contains(status) : hook.statuses.contains(status)
        guard !isGood else { return status }
        throw Refusal(
            reason: "client_response",
            status: status,
            failure: refusal(hook, status, body)
        )
    }

    /// Makes a request; any status is an answer.
    static func request(
        _ hook: ReloadSettings.Webhook,
        limit: Int
    ) async throws(Failure) -> (status: Int, body: [UInt8]) {
        let deadline = Loop.main.now + hook.timeout
        let client = try await HTTPClient.connect(
            hook.address.endpoint(hook.tls),
            authority: hook.address.authority,
            timeout: hook.timeout
        )
        defer { client.close() }
        var headers: HTTPHeaders = ["Accept": "*/*", "User-Agent": "companion"]
        if let basic = hook.address.basic { headers["Authorization"] = basic }
        for header in hook.headers { headers[header.name] = header.value }
        headers["Connection"] = "close"
        let response = try await client.request(
            hook.method,
            hook.address.target,
            headers: headers,
            body: Array(hook.body.utf8),
            timeout: max(deadline - Loop.main.now, .milliseconds(1))
        )
        let body = try await response.prefix(limit, deadline: deadline)
        return (response.status, body)
    }

    /// What is told of a status that is no success.
    static func refusal(
        _ hook: ReloadSettings.Webhook,
        _ status: Int,
        _ body: [UInt8]
    ) -> Failure {
        var wanted = "2xx"
        if !hook.statuses.isEmpty {
            wanted = hook.statuses.sorted().map(String.init).joined(separator: " or ")
        }
        let line = firstLine(body)
        var failure = Failure(
            .unavailable,
            "\(hook.method) \(hook.address) answered \(status), not \(wanted)",
            cause: line.isEmpty ? "" : "it says \"\(line)\""
        )
        switch status {
        case 404:
            failure.remedy =
                "the program has no such page: correct the path, or use --signal or --exec "
                + "(nginx reloads on HUP, not by a request)"
        case 405: failure.remedy = "give another --method"
        case 401, 403:
            failure.remedy = "put the user into the address (http://user:password@...), or --header"
        default: break
        }
        return failure
    }

    /// The first line of a body that says something, without tags and control characters.
    static func firstLine(_ body: [UInt8]) -> String {
        let text = String(decoding: body.prefix(4096), as: UTF8.self)
        for line in text.split(whereSeparator: \.isNewline) {
            var plain = ""
            var isTag = false
            for scalar in line.unicodeScalars {
                switch scalar {
                case "<": isTag = true
                case ">" where isTag:
                    isTag = false
                    // What stood in two elements are two words.
                    if !plain.isEmpty, !plain.hasSuffix(" ") { plain += " " }
                default:
                    if !isTag, scalar.value >= 32, scalar.value != 127 {
                        plain.unicodeScalars.append(scalar)
                    }
                }
            }
            plain = plain.trimmingSpace()
            if !plain.isEmpty { return String(plain.prefix(shownMaximum)) }
        }
        return ""
    }
}
