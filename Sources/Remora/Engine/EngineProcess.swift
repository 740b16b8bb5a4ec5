internal import Basics
internal import Formats
internal import HTTP
internal import Node
internal import NodeAPI
internal import ObjectStore
internal import Reactor
internal import System

/// An engine in this process: the node, and its API on the Unix socket.
@MainLoop final class EngineProcess {
    let node: Node
    private let server: HTTPServer
    private let socket: String
    private let serving: Task<Void, Never>
    private let memory = MemoryKeeper()
    /// The API over the network, if it was asked for.
    let door: NetworkDoor?
    private var stopRequest: CheckedContinuation<Bool, Never>?
    private var pendingStop: Bool?

    private init(
        node: Node,
        server: HTTPServer,
        socket: String,
        serving: Task<Void, Never>,
        door: NetworkDoor?
    ) {
        self.node = node
        self.server = server
        self.socket = socket
        self.serving = serving
        self.door = door
    }

    /// Starts the engine: takes over what runs already, then answers on the socket.
    ///
    /// - Throws: `Failure` that says what is missing, or who holds the root.
    static func start(_ context: CommandContext) async throws(Failure) -> EngineProcess {
        // A port that is taken is told before anything is changed.
        let doorSettings = try context.doorSettings()
        let doorListener = try doorSettings.map { settings throws(Failure) in
            try StreamListener.listen(host: settings.host, port: settings.port)
        }
        let node = try await Node(try context.nodeOptions(), journal: context.journal)
        let services = NodeAdapter(node)
        let now = Loop.main.moment.wall
        let credentials = try EngineKeys.load(context.root, at: now)
        var settings = NodeAPISettings(
            nodeName: node.name,
            version: RemoraCommand.version,
            nodeStatus: node.status
        )
        settings.credentials = credentials
        settings.serviceNetwork = node.serviceNetwork
        settings.serviceNodePorts = node.options.serviceNodePorts
        let podDoor = doorSettings == nil ? nil : podDoor(of: node, context.journal)
        settings.podEndpoint = podDoor.map { (address: $0.address, port: Int($0.listener.port)) }
        let api: NodeAPI
        do {
            api = try NodeAPI(store: node.store, services: services, settings: settings)
        } catch {
            throw error.failure
        }
        node.makeTokens { pod, account, audience, seconds throws(Failure) in
            var wish = TokenWish(namespace: pod.namespace, account: account)
            wish.audiences = audience.isEmpty ? [] : [audience]
            wish.seconds = seconds
            (wish.podName, wish.podUID) = (pod.name, pod.uid)
            return try api.token(wish).text
        }
        node.podCreator = ControllerPods(api: api)
        try await node.start()
        var door: NetworkDoor?
        if let doorSettings, let doorListener {
            var listeners = NetworkDoor.Listeners(outer: doorListener)
            if let podDoor {
                let addresses = [podDoor.service, podDoor.address]
                listeners.pods = (podDoor.listener, addresses, node.isNear)
            }
            door = try NetworkDoor(doorSettings, listeners, api, credentials, at: now)
        }
        services.address = door?.address
        let socket = context.runRoot + "/remora.sock"
        let listener = try StreamListener.listen(unix: socket, mode: 0o600)
        let server = HTTPServer(listener: listener) { request, responder in
            try await api.serve(request, responder)
        }
        let serving = Task { @MainLoop in await server.run() }
        let engine = EngineProcess(
            node: node,
            server: server,
            socket: socket,
            serving: serving,
            door: door
        )
        engine.memory.start()
        services.onShutdown = { [weak engine] stopsPods in engine?.requestStop(stopsPods) }
        return engine
    }

    /// Where the engine can listen for its pods; a machine on which it cannot is told of in the log.
    private static func podDoor(
        of node: Node,
        _ journal: Journal
    ) -> (address: String, service: String, listener: StreamListener)? {
        do throws(Failure) {
            guard let door = try node.podDoor() else { return nil }
            let listener = try StreamListener.listen(host: door.address, port: 0)
            return (door.address, door.service, listener)
        } catch {
            journal.warning("pods cannot reach the API: \(error)")
            return nil
        }
    }

    /// Waits until a client asks the engine to end; whether the pods shall be stopped.
    func stopRequested() async -> Bool {
        if let pendingStop { return pendingStop }
        return await withCheckedContinuation { stopRequest = $0 }
    }

    /// Ends the engine; the pods stay unless they are to be stopped first.
    ///
    /// The API answers until the last pod has stopped.
    /// - Throws: `Failure` if the disk did not take that pods were stopped; the engine has ended then.
    func stop(stopsPods: Bool) async throws(Failure) {
        defer {
            door?.close()
            server.stop()
            serving.cancel()
            try? Files.remove(socket)
        }
        try await node.stop(stopsPods: stopsPods)
    }

    private func requestStop(_ stopsPods: Bool) {
        pendingStop = stopsPods
        stopRequest?.resume(returning: stopsPods)
        stopRequest = nil
    }
}

extension CommandContext {
    /// The engine's log on standard error.
    var journal: Journal {
        Journal(
            level: invocation.flag("debug") ? .debug : .info,
            isJSON: invocation.text("log-format") == "json",
            time: { Loop.main.moment.wall.rfc3339Micro },
            write: { line in try? Descriptors.writeAll(2, Array((line + "\n").utf8)) }
        )
    }

    /// The options of the command line for an engine.
    ///
    /// - Throws: `Failure` for a number out of its range.
    func nodeOptions() throws(Failure) -> NodeOptions {
        var options = NodeOptions(root: root, runRoot: runRoot, version: RemoraCommand.version)
        options.runtime = invocation.text("runtime")
        options.networkConfiguration = invocation.text("cni-conf")
        if let maximum = invocation.number("max-pods") {
            guard maximum > 0 else {
                throw Failure(.invalid, "--max-pods must be at least 1, not \(maximum)")
            }
            options.podsMaximum = maximum
        }
        if let maximum = invocation.duration("crash-loop-max") {
            guard maximum >= .seconds(1), maximum <= .seconds(300) else {
                throw Failure(.invalid, "--crash-loop-max must lie between 1s and 300s")
            }
            options.crashLoopMaximum = maximum
        }
        options.serviceNetwork = invocation.text("service-cidr")
        if let text = invocation.text("service-node-port-range") {
            options.serviceNodePorts = try Self.portRange(text)
        }
        options.standIn =
            invocation.text("stand-in").flatMap(StandInMode.init(rawValue:)) ?? .missing
        options.companionPlaces = try companionPlaces()
        return options
    }

    /// Reads `30000-32767`.
    private static func portRange(_ text: String) throws(Failure) -> ClosedRange<Int> {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        if ends.count == 2, let first = ends[0], let last = ends[1], first > 0, last <= 65535,
            first <= last
        {
            return first...last
        }
        throw Failure(
            .invalid,
            "--service-node-port-range \(text) is no range of ports",
            remedy: "write one such as 30000-32767"
        )
    }
}
