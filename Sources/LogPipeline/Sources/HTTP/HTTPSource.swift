import Basics
import Formats
import HTTP
import Reactor
import Records
import Security

/// Records in HTTP requests.
///
/// A request is refused with 429 while there is no room. With acknowledgements the answer waits until
/// every record of the request came to its end.
@MainLoop final class HTTPSource: Source, LotOwner {
    let id: String
    /// A client that gets no answer sends again.
    var readsAgain: Bool { settings.acknowledges }
    private let tagText: String
    private let settings: HTTPSourceSettings
    private let journal: Journal
    private let quiet = QuietOwner()
    private var server: HTTPServer?
    private var waiting: [ObjectIdentifier: CheckedContinuation<Bool, Never>] = [:]
    private var isFinishing = false
    /// The port, once it listens.
    private(set) var port: UInt16 = 0

    /// Requests that may be read at once: each takes its body's bytes of memory.
    private static let connectionMaximum = 1024
    private static let tagMaximum = 256

    init(id: String, tag: String, settings: HTTPSourceSettings, journal: Journal) {
        self.id = id
        tagText = tag
        self.settings = settings
        self.journal = journal
    }

    func run(into intake: any Intake) async throws(Failure) {
        let identity = try settings.tls?.identity(at: intake.clock.wall)
        let listener = try StreamListener.listen(
            host: SocketSource.address(settings.host),
            port: settings.port
        )
        port = listener.port
        var limits = HTTPLimits()
        limits.connections = Self.connectionMaximum
        let server = HTTPServer(listener: listener, limits: limits, identity: identity) {
            [weak self] request, responder in
            guard let self else { return }
            try await self.answer(request, responder, intake)
        }
        self.server = server
        await withTaskCancellationHandler {
            await server.run()
        } onCancel: {
            Task { @MainLoop in server.stop() }
        }
    }

    func finish(by deadline: Instant) {
        isFinishing = true
        let rest = deadline - Loop.main.now
        Task { @MainLoop [server] in await server?.stop(within: max(.zero, rest)) }
    }

    func close() async {
        server?.stop()
        let left = waiting.values
        waiting = [:]
        for continuation in left { continuation.resume(returning: false) }
    }

    func settled(_ lot: Lot) {
        waiting.removeValue(forKey: ObjectIdentifier(lot))?.resume(returning: true)
    }

    // MARK: Requests

    private func answer(
        _ request: HTTPRequest,
        _ responder: HTTPResponder,
        _ intake: any Intake
    ) async throws(Failure) {
        guard isAllowed(request) else {
            return try await responder.respond(
                401,
                headers: ["WWW-Authenticate": "Basic realm=\"logs\""],
                body: Array("name and password are asked for\n".utf8)
            )
        }
        let methods = settings.method.map { [$0] } ?? ["POST", "PUT"]
        guard methods.contains(request.method) else {
            return try await responder.respond(
                405,
                headers: ["Allow": methods.joined(separator: ", ")],
                body: Array("send records with \(methods[0])\n".utf8)
            )
        }
        guard takes(request.path) else {
            return try await responder.respond(404, text: "records are taken at another path\n")
        }
        guard !isFinishing, intake.hasRoom else {
            let status = isFinishing ? 503 : 429
            return try await responder.respond(
                status,
                headers: ["Retry-After": "1"],
                body: Array("there is no room for more records now\n".utf8)
            )
        }
        let body = try await request.body(limit: settings.bodyLimit)
        var records: [Fields]
        do throws(RequestBody.Mistake) {
            records = try RequestBody.records(
                RequestBody.unpacked(
                    body,
                    coding: request.headers["Content-Encoding"],
                    limit: settings.bodyLimit
                ),
                form: RequestBody.form(
                    setting: settings.format,
                    type: request.headers["Content-Type"]
                ),
                key: settings.key
            )
        } catch {
            return try await responder.respond(400, text: error.reason + "\n")
        }
        let now = intake.clock.wall
        add(request, at: now, to: &records)
        let isDelivered = await take(records, request.path, body.count, at: now, intake)
        guard isDelivered else {
            return try await responder.respond(
                503,
                text: "the records were not delivered in time; they may be all the same\n"
            )
        }
        var headers = HTTPHeaders()
        for line in settings.answerHeaders {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            headers.append(String(line[..<colon]), String(value))
        }
        try await responder.respond(settings.successStatus, headers: headers, body: [])
    }

    private func takes(_ path: String) -> Bool {
        guard let own = settings.path else { return true }
        if path == own { return true }
        guard settings.takesPathsBelow else { return false }
        return path.hasPrefix(own.hasSuffix("/") ? own : own + "/")
    }

    /// Adds what every record gets of its request, unless it has a field of that name.
    private func add(_ request: HTTPRequest, at now: Timestamp, to records: inout [Fields]) {
        var added = Fields()
        if let key = settings.pathKey { added.update(key, .text(request.path)) }
        for name in settings.headers {
            added.update(name, request.headers[name].map { .text($0) } ?? .null)
        }
        for name in settings.parameters {
            added.update(name, request.parameter(name).map { .text($0) } ?? .null)
        }
        if settings.addsAllHeaders {
            for field in request.headers.fields {
                let name = field.name.uppercased().map { $0 == "-" ? "_" : $0 }
                added.update("HTTP_" + String(name), .text(field.value))
            }
        }
        for entry in settings.added { added.update(entry.key, entry.value) }
        if let key = settings.timeKey { added.update(key, .timestamp(now)) }
        guard !added.isEmpty else { return }
        for place in records.indices {
            for entry in added where records[place][entry.key] == nil {
                records[place].append(entry.key, entry.value)
            }
        }
    }

    private func take(
        _ records: [Fields],
        _ path: String,
        _ bytes: Int,
        at now: Timestamp,
        _ intake: any Intake
    ) async -> Bool {
        guard !records.isEmpty else { return true }
        let tag = settings.path == nil ? Self.tag(path) ?? tagText : tagText
        let lot =
            settings.acknowledges
            ? Lot(owner: self, group: 0, mark: 0, count: records.count)
            : quiet.lot(of: records.count)
        let receipt = Receipt(lot)
        intake.take(
            records.map { fields in
                var own = tag
                if let key = settings.tagKey, case .bytes(let text)? = fields[key] {
                    own = text.text
                }
                return Event(.fields(fields), time: now, tag: intake.tag(own), receipt: receipt)
            },
            bytes: bytes
        )
        guard settings.acknowledges, lot.pending > 0 else { return true }
        // A client that leaves is noticed when the answer is sent; the records go on in any case.
        return await withCheckedContinuation { waiting[ObjectIdentifier(lot)] = $0 }
    }

    /// The tag that a path stands for, as in Fluent Bit; `nil` for the root.
    ///
    /// What is no letter, digit, dot or underscore becomes an underscore.
    static func tag(_ path: String) -> String? {
        let name = path.utf8.drop { $0 == UInt8(ascii: "/") }.prefix(tagMaximum)
        guard !name.isEmpty else { return nil }
        let bytes = name.map { byte -> UInt8 in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."):
                byte
            default: UInt8(ascii: "_")
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func isAllowed(_ request: HTTPRequest) -> Bool {
        guard let user = settings.user else { return true }
        let words = (request.headers["Authorization"] ?? "").split(separator: " ")
        guard words.count == 2, words[0].lowercased() == "basic",
            let given = Base64.decode(String(words[1]))
        else { return false }
        let expected = Array("\(user):\(settings.password ?? "")".utf8)
        // Digests, so that not even the length shows in the time.
        return MessageAuthentication.equal(Digest.sha256(given), Digest.sha256(expected))
    }
}
