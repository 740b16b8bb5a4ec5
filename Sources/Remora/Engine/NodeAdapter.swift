internal import Basics
internal import Formats
internal import Node
internal import NodeAPI
internal import NodeDrivers
internal import ObjectStore
internal import Reactor

/// Lends the engine's drivers to the API.
@MainLoop final class NodeAdapter: NodeServices {
    private let node: Node
    /// The URL at which clients reach the API over the network; `nil` without a listener.
    var address: String?
    /// What a client's wish to end the engine does.
    var onShutdown: (Bool) -> Void = { _ in }

    init(_ node: Node) {
        self.node = node
    }

    func logs(
        _ request: LogRequest,
        write: @MainLoop ([UInt8]) async throws(Failure) -> Void
    ) async throws(Failure) {
        let options = LogOptions(
            tailLines: request.tailLines,
            since: request.since,
            limitBytes: request.limitBytes,
            timestamps: request.withTimestamps,
            follow: request.follows && !request.isPrevious
        )
        let reader = try node.log(
            ofPod: request.uid,
            container: request.container,
            previous: request.isPrevious,
            options: options
        )
        try await write([])
        while let bytes = try await reader.next() { try await write(bytes) }
    }

    func exec(_ request: NodeAPI::ExecRequest) async throws(Failure) -> any NodeAPI::ExecSession {
        guard !request.command.isEmpty else {
            return AttachAdapter(
                try node.attach(
                    inPod: request.uid,
                    container: request.container,
                    hasInput: request.stdin
                ),
                request
            )
        }
        let session = try await node.exec(
            inPod: request.uid,
            container: request.container,
            NodeDrivers::ExecRequest(
                request.command,
                hasInput: request.stdin,
                hasTerminal: request.tty
            )
        )
        return ExecAdapter(session)
    }

    func connect(
        pod: ObjectKey,
        uid: String,
        port: UInt16,
        timeout: Duration
    ) async throws(Failure) -> ByteStream {
        try await node.connect(toPod: uid, port: port, timeout: timeout)
    }

    func timeline(pod: ObjectKey, width: Int?) -> JSON? {
        node.timeline(namespace: pod.namespace, name: pod.name)?.json(width: width)
    }

    func images(
        _ operation: ImageOperation,
        progress: @MainLoop (JSON) async -> Void
    ) async throws(Failure) -> JSON {
        try await ImageWork(node.images).run(operation, progress: progress)
    }

    func nodeInfo() -> JSON {
        var information = node.information
        if let address { information["server"] = .string(address) }
        return information
    }

    func shutdown(stoppingPods: Bool) {
        onShutdown(stoppingPods)
    }

    func usage(ofPod uid: String) -> [NodeAPI::ContainerUsage]? {
        node.usage(ofPod: uid)?.map {
            NodeAPI::ContainerUsage(name: $0.container, usage: Self.usage($0.figures))
        }
    }

    func usage() -> ResourceUsage? {
        node.usage().map(Self.usage)
    }

    private static func usage(_ figures: UsageFigures) -> ResourceUsage {
        ResourceUsage(
            nanocores: figures.nanocores,
            memoryBytes: figures.memoryBytes,
            window: figures.window
        )
    }

    func metrics() -> String {
        node.metrics
    }
}
