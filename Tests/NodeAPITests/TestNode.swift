import Basics
import Formats
import HTTP
import ObjectStore
import Reactor

@testable import NodeAPI

/// A node API on a store in memory, with an engine that does what the test says.
@MainLoop final class TestNode {
    let store: ObjectStore
    let engine = FakeEngine()
    let api: NodeAPI

    init(
        credentials: NodeCredentials? = nil,
        on store: ObjectStore? = nil,
        endpoint: (address: String, port: Int)? = nil
    ) throws {
        self.store = try store ?? ObjectStore(path: ":memory:")
        // A machine with two families of addresses.
        let addresses = ["192.0.2.2", "fd00::2"].map {
            ["type": "InternalIP", "address": .string($0)] as JSON
        }
        var settings = NodeAPISettings(
            nodeName: "box",
            version: "0.1.0",
            nodeStatus: ["addresses": .array(addresses)]
        )
        settings.credentials = credentials
        settings.podEndpoint = endpoint
        api = try NodeAPI(store: self.store, services: engine, settings: settings)
    }

    struct Reply {
        var status: Int
        var json: JSON
        var text: String
        var warnings: [String] = []
        var contentType = ""
        var lines: [JSON] { text.split(separator: "\n").compactMap { try? JSON.parse(String($0)) } }
    }

    func call(
        _ method: String,
        _ path: String,
        _ body: JSON? = nil,
        type: String = "application/json",
        accept: String = "application/json"
    ) async -> Reply {
        await send(
            APIRequest(
                method,
                path,
                accept: accept,
                contentType: body == nil ? "" : type,
                body: body?.bytes() ?? []
            )
        )
    }

    func send(_ request: APIRequest) async -> Reply {
        switch await api.answer(request) {
        case .complete(let response):
            let text = String(decoding: response.body, as: UTF8.self)
            return Reply(
                status: response.status,
                json: (try? JSON.parse(response.body)) ?? .null,
                text: text,
                warnings: response.warnings,
                contentType: response.contentType
            )
        case .stream(let stream):
            let sink = MemorySink()
            do {
                try await stream.produce(sink)
            } catch {
                let failure = APIError(any: error)
                return Reply(status: failure.code, json: failure.status, text: failure.message)
            }
            return Reply(status: 200, json: .null, text: sink.text, contentType: stream.contentType)
        case .watch(let feed):
            let client = WatchClient(feed)
            while !client.isOver { await Loop.main.turn() }
            return Reply(status: 200, json: .null, text: client.text)
        case .command, .forward: return Reply(status: 101, json: .null, text: "")
        }
    }

    @discardableResult
    func pod(_ name: String = "web", _ change: (inout JSON) -> Void = { _ in }) async -> Reply {
        var pod: JSON = [
            "apiVersion": "v1", "kind": "Pod", "metadata": ["name": .string(name)],
            "spec": ["containers": [["name": "app", "image": "remora/busybox"]]],
        ]
        change(&pod)
        return await call("POST", Self.pods, pod)
    }

    static let pods = "/api/v1/namespaces/default/pods"

    func setStatus(_ status: JSON, of name: String = "web") throws {
        let pod = store.get(ObjectKey("pods", "default", name))
        try store.updateStatus(uid: pod?["metadata"]?["uid"]?.string ?? "", status)
    }
}

@MainLoop final class MemorySink: APISink {
    var bytes: [UInt8] = []
    var text: String { String(decoding: bytes, as: UTF8.self) }
    var closer: (@MainLoop () -> Void)?
    func write(_ more: [UInt8]) async throws(Failure) { bytes += more }
    func onClosed(_ body: @escaping @MainLoop () -> Void) { closer = body }
}

/// A client of a watch that takes everything at once.
@MainLoop final class WatchClient {
    private let feed: WatchFeed
    private(set) var bytes: [UInt8] = []
    private(set) var isOver = false
    var text: String { String(decoding: bytes, as: UTF8.self) }
    var lines: [JSON] { text.split(separator: "\n").compactMap { try? JSON.parse(String($0)) } }

    init(_ feed: WatchFeed) {
        self.feed = feed
        feed.begin { [weak self] in self?.take() }
        take()
    }

    /// Takes what there is.
    private func take() {
        while !isOver {
            switch feed.next() {
            case .chunk(let chunk): bytes += chunk.content
            case .later: return
            case .end: leave()
            }
        }
    }

    func leave() {
        isOver = true
        feed.close()
    }
}

@MainLoop final class FakeEngine: NodeServices {
    /// Where the ports of pods lead to.
    var target: UInt16?
    var dialled: [UInt16] = []
    var log = "one\ntwo\n"
    var logFailure: Failure?
    var lastLog: LogRequest?
    var lastExec: ExecRequest?
    var session = FakeSession()
    var execFailure: Failure?
    var stopped: Bool?
    var operations: [ImageOperation] = []

    func logs(
        _ request: LogRequest,
        write: @MainLoop ([UInt8]) async throws(Failure) -> Void
    ) async throws(Failure) {
        lastLog = request
        if let logFailure { throw logFailure }
        try await write([])
        try await write(Array(log.utf8))
    }

    func exec(_ request: ExecRequest) async throws(Failure) -> any ExecSession {
        lastExec = request
        if let execFailure { throw execFailure }
        return session
    }

    func connect(
        pod: ObjectKey,
        uid: String,
        port: UInt16,
        timeout: Duration
    ) async throws(Failure) -> ByteStream {
        dialled.append(port)
        guard let target else { throw Failure(.unavailable, "nobody listens") }
        return try await ByteStream.connect(host: "127.0.0.1", port: target, timeout: timeout)
    }

    func timeline(pod: ObjectKey, width: Int?) -> JSON? { pod.name == "no" ? nil : ["uid": "u"] }

    func images(
        _ operation: ImageOperation,
        progress: @MainLoop (JSON) async -> Void
    ) async throws(Failure) -> JSON {
        operations.append(operation)
        if case .pull("missing", _) = operation { throw Failure(.notFound, "cannot pull missing") }
        await progress(["step": 1])
        return ["ok": true]
    }

    func nodeInfo() -> JSON { ["version": "0.1.0"] }
    func shutdown(stoppingPods: Bool) { stopped = stoppingPods }
    var usages: [String: [ContainerUsage]] = [:]
    func usage(ofPod uid: String) -> [ContainerUsage]? { usages[uid] }
    func usage() -> ResourceUsage? {
        ResourceUsage(nanocores: 250_000_000, memoryBytes: 1 << 30, window: .seconds(15))
    }
    func metrics() -> String { "remora_pods 1\n" }
}

@MainLoop final class FakeSession: ExecSession {
    var input: [UInt8] = []
    var isInputClosed = false
    var size: [Int] = []
    var isHungUp = false
    var ending = ExecResult.exited(0)
    let output = AsyncQueue<ExecOutput>(capacity: 16)

    /// Whether it reads its input; if not, a write waits until it is hung up.
    var takesInput = true

    func write(_ bytes: [UInt8]) async throws(Failure) {
        while !takesInput, !isHungUp { try await Loop.main.sleep(for: .milliseconds(1)) }
        input += bytes
    }
    func closeInput() {
        isInputClosed = true
        output.finish()
    }
    func resize(columns: Int, rows: Int) { size = [columns, rows] }
    func nextOutput() async -> ExecOutput? { await output.next() }
    func result() async -> ExecResult { ending }
    func hangUp() {
        isHungUp = true
        output.finish()
    }
}

@MainLoop final class FakeSocket: ChannelSocket {
    let subprotocol: String? = "v5.channel.k8s.io"
    let incoming = AsyncQueue<[UInt8]>(capacity: 64)
    var sent: [[UInt8]] = []
    var isClosed = false
    var hasLeft = false
    var pings = 0

    func receive() async throws(Failure) -> [UInt8]? { await incoming.next() }
    func send(_ bytes: [UInt8]) async throws(Failure) {
        if hasLeft { throw Failure(.unavailable, "the client has left") }
        sent.append(bytes)
    }
    func ping() async throws(Failure) {
        pings += 1
        if hasLeft { throw Failure(.unavailable, "the client has left") }
    }
    func close() async { isClosed = true }
}
