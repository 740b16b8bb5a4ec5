internal import Basics
internal import Formats
internal import Reactor
internal import System

/// The pods of some namespaces and what happens to them, as `up` and `down` show it.
@MainLoop final class PodFeed {
    /// What a command that stays with pods reacts to.
    enum Change: Sendable {
        /// A pod has changed or gone.
        case pod(JSON, isGone: Bool)
        /// Something was said of a pod.
        case event(JSON)
        /// Ctrl-C or SIGTERM.
        case interrupted
        /// The time is over.
        case timedOut
        /// The engine has ended.
        case ended
    }

    private let changes = AsyncQueue<Change>(capacity: 4096)
    private var tasks: [Task<Void, Never>] = []

    /// Begins to watch: all pods that are there and are to come, and the events to come.
    ///
    /// - Throws: `Failure` if the engine does not answer.
    init(_ client: NodeClient, namespaces: some Sequence<String>) async throws(Failure) {
        for namespace in Set(namespaces).sorted() {
            let base = "/api/v1/namespaces/" + Target.encoded(namespace)
            // Any list tells the version from which on to watch; this one is short.
            let list = try await client.json("GET", "/api/v1/namespaces?limit=1")
            var events = Target(base + "/events?watch=1")
            events.add("resourceVersion", list["metadata"]?["resourceVersion"]?.string)
            let said = LineStream(try await client.watch(events.text))
            let pods = LineStream(try await client.watch(base + "/pods?watch=1"))
            read(pods, endsFeed: true) { .pod($0, isGone: $1) }
            // Without the remarks the rest is still true.
            read(said, endsFeed: false) { object, isGone in isGone ? nil : .event(object) }
        }
    }

    isolated deinit {
        for task in tasks { task.cancel() }
    }

    /// `timeout` and shells signal the program and its group: what comes so soon is the same wish.
    private static let sameWish = Duration.milliseconds(250)

    /// Reports `interrupted` at each SIGINT or SIGTERM from now on.
    ///
    /// - Throws: `Failure` if the signals cannot be had.
    func watchSignals() throws(Failure) {
        let signals = try SignalWatch([Signals.interrupt, Signals.terminate])
        let changes = changes
        tasks.append(
            Task { @MainLoop in
                var last: Instant?
                while (try? await signals.next()) != nil {
                    let now = Loop.main.now
                    defer { last = now }
                    if let last, now - last < Self.sameWish { continue }
                    changes.send(.interrupted)
                }
            }
        )
    }

    /// Reports `timedOut` once, at that time; the answer cancels it.
    @discardableResult
    func setTimer(_ deadline: Instant) -> Task<Void, Never> {
        let changes = changes
        let timer = Task { @MainLoop in
            if (try? await Loop.main.sleep(until: deadline)) != nil { changes.send(.timedOut) }
        }
        tasks.append(timer)
        return timer
    }

    /// The next change.
    func next() async -> Change { await changes.next() ?? .ended }

    private func read(
        _ stream: LineStream,
        endsFeed: Bool,
        as change: @escaping @MainLoop (JSON, _ isGone: Bool) -> Change?
    ) {
        let changes = changes
        tasks.append(
            Task { @MainLoop in
                while let line = try? await stream.next() {
                    guard let event = NodeClient.parse(line), let object = event["object"],
                        let type = event["type"]?.string, type != "BOOKMARK", type != "ERROR",
                        let change = change(object, type == "DELETED")
                    else { continue }
                    _ = await changes.sendWhenRoom(change)
                }
                if endsFeed { _ = await changes.sendWhenRoom(.ended) }
            }
        )
    }
}
