internal import Basics
internal import Formats
internal import HTTP
internal import LogPipeline
internal import Reactor
internal import Records

/// Who looks at records as they pass: clients of the admin page `/tap`.
@MainLoop final class LogTaps {
    /// How many may look at a time.
    static let clientMaximum = 8
    /// How many records wait for one client; more are left out and counted.
    static let waitingMaximum = 1000

    @MainLoop private final class Client {
        let stages: [String]
        let lines = AsyncQueue<[UInt8]>(capacity: LogTaps.waitingMaximum)

        init(stages: [String]) {
            self.stages = stages
        }

        func wants(_ name: String) -> Bool {
            stages.isEmpty
                || stages.contains { stage in
                    stage.hasSuffix("*") ? name.hasPrefix(stage.dropLast()) : name == stage
                }
        }
    }

    /// Is told when the first client comes and when the last has gone.
    var onChange: (() -> Void)?
    /// Whether anybody looks.
    var isWatched: Bool { !clients.isEmpty }
    private var clients: [Client] = [] {
        didSet { if oldValue.isEmpty != clients.isEmpty { onChange?() } }
    }
    private let json = JSONText()

    /// Shows records that came out of a source or transform.
    func pass(_ name: String, _ events: [Event]) {
        guard !clients.isEmpty else { return }
        let wanting = clients.filter { $0.wants(name) }
        guard !wanting.isEmpty else { return }
        for event in events.prefix(Self.waitingMaximum) {
            var event = event
            var line: [UInt8] = []
            json.append(
                [
                    "stage": .text(name), "tag": .text(event.tag.text),
                    "time": .timestamp(event.time), "record": .object(event.fields),
                ],
                to: &line
            )
            line.append(10)
            for client in wanting { client.lines.send(line) }
        }
    }

    /// Sends records to a client until it leaves.
    func serve(_ request: HTTPRequest, _ responder: HTTPResponder) async throws(Failure) {
        guard request.method == "GET" else {
            try await responder.respond(405, text: "/tap wants GET\n")
            return
        }
        guard clients.count < Self.clientMaximum else {
            try await responder.respond(503, text: "\(Self.clientMaximum) clients look already\n")
            return
        }
        let client = Client(stages: request.parameters("stage"))
        clients.append(client)
        defer { clients.removeAll { $0 === client } }
        let body = try await responder.stream(
            200,
            headers: ["Content-Type": "application/x-ndjson"]
        )
        body.onPeerClosed { client.lines.finish() }
        // What a client sees first is that it is connected.
        while let line = await client.lines.next() { try await body.write(line) }
        try await body.finish()
    }

    /// Ends all of them.
    func end() {
        for client in clients { client.lines.finish() }
    }
}
