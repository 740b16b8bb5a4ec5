import Basics
import Formats
import HTTP
import Reactor
import TestKit

@testable import Remora

/// The part of an engine's API that a feed of pods uses, with streams that end when the test says.
@MainLoop final class ScriptedEngine {
    /// One answer to a watch of events: its lines, after which it ends or stays open.
    struct Watch {
        var lines: [JSON] = []
        var status = 200
        var stays = false
    }

    /// The answers to the watches of events, in order; after them every watch ends at once.
    var watches: [Watch]
    /// What a list of events holds, and its version.
    var events: [JSON] = []
    var version = 10
    /// The pods that there are, and those to come.
    let pods: [JSON]
    let comingPods = AsyncQueue<JSON>()
    private(set) var since: [String] = []
    private let folder: TemporaryDirectory
    private let server: HTTPServer
    private var running: Task<Void, Never>?

    init(pods: [JSON], watches: [Watch]) throws {
        self.pods = pods
        self.watches = watches
        folder = try TemporaryDirectory()
        let box = Box()
        server = HTTPServer(
            listener: try StreamListener.listen(unix: folder.file("socket"))
        ) { request, responder in
            try await box.engine?.answer(request, responder)
        }
        box.engine = self
        running = Task { @MainLoop [server] in await server.run() }
    }

    var client: NodeClient { NodeClient(socket: folder.file("socket")) }

    func stop() { server.stop() }

    static func event(_ name: String, _ version: Int, about uid: String = "p1") -> JSON {
        [
            "metadata": [
                "name": .string(name), "namespace": "default", "uid": .string(name),
                "resourceVersion": .string(String(version)),
            ],
            "involvedObject": ["kind": "Pod", "uid": .string(uid)],
            "reason": "Unhealthy", "type": "Warning", "message": .string(name),
        ]
    }

    static func pod(_ uid: String) -> JSON {
        ["metadata": ["name": .string(uid), "namespace": "default", "uid": .string(uid)]]
    }

    static func added(_ object: JSON) -> JSON { ["type": "ADDED", "object": object] }
    static let expired: JSON = [
        "type": "ERROR", "object": ["code": 410, "message": "too old resource version"],
    ]

    // MARK: Details

    private final class Box: Sendable {
        @MainLoop weak var engine: ScriptedEngine?
    }

    private func answer(_ request: HTTPRequest, _ responder: HTTPResponder) async throws {
        guard request.parameter("watch") != nil else {
            let isEvents = request.path.hasSuffix("/events")
            let uid = request.parameter("fieldSelector")?.split(separator: "=").last.map(
                String.init
            )
            let items = events.filter { uid == nil || $0["involvedObject"]?["uid"]?.string == uid }
            let list: JSON = [
                "metadata": ["resourceVersion": .string(String(version))],
                "items": .array(isEvents ? items : []),
            ]
            try await responder.respond(200, body: list.bytes())
            return
        }
        var watch = Watch(lines: pods.map(Self.added), stays: true)
        if request.path.hasSuffix("/events") {
            since.append(request.parameter("resourceVersion") ?? "")
            watch = watches.isEmpty ? Watch() : watches.removeFirst()
        }
        guard watch.status == 200 else {
            let status: JSON = ["message": "too old resource version"]
            try await responder.respond(watch.status, body: status.bytes())
            return
        }
        let writer = try await responder.stream(200)
        for line in watch.lines { try await writer.write(line.bytes() + [10]) }
        if request.path.hasSuffix("/pods") {
            while let pod = await comingPods.next() {
                try await writer.write(Self.added(pod).bytes() + [10])
            }
        }
        if watch.stays { await writer.peerClosed() }
    }
}
