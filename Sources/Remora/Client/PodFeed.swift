internal import Basics
internal import Formats
internal import Reactor
internal import System

/// The pods of some namespaces and what happens to them, as `up` and `down` show it.
///
/// The states of pods and the events about them come on two streams. An event comes after the first
/// state of its pod, and only once, also if its stream had to be opened anew.
@MainLoop final class PodFeed {
    /// What a command that stays with pods reacts to.
    enum Change: Sendable {
        /// A pod has changed or gone.
        case pod(JSON, isGone: Bool)
        /// Something was said of a pod.
        case event(JSON)
        /// Events cannot be had any more; the states of pods still come.
        case silent(Failure)
        /// Ctrl-C or SIGTERM.
        case interrupted
        /// The time is over.
        case timedOut
        /// The engine has ended.
        case ended
    }

    private let client: NodeClient
    private let changes = AsyncQueue<Change>(capacity: 4096)
    private var tasks: [Task<Void, Never>] = []
    /// By namespace.
    private var books: [String: RemarkBook] = [:]
    /// The UIDs of pods whose state has been given.
    private var known: Set<String> = []
    /// Events that came before the first state of their pod.
    private var early: [JSON] = []
    /// Such events whose pod has come since.
    private var pending: [JSON] = []

    /// How many events may wait for their pods; pods that never come must not fill the memory.
    private static let earlyLimit = 1024

    /// Begins to watch: all pods that are there and are to come, and the events to come.
    ///
    /// - Throws: `Failure` if the engine does not answer.
    init(_ client: NodeClient, namespaces: some Sequence<String>) async throws(Failure) {
        self.client = client
        for namespace in Set(namespaces).sorted() {
            // Any list tells the version from which on to watch; this one is short.
            let list = try await client.json("GET", "/api/v1/namespaces?limit=1")
            let version = RemarkBook.version(of: list)
            books[namespace] = RemarkBook(after: version)
            let events = EventStream(client, base: Self.base(namespace), after: version)
            try await events.open()
            let pods = LineStream(
                try await client.watch(Self.base(namespace) + "/pods?watch=1")
            )
            read(pods)
            read(events)
        }
    }

    isolated deinit {
        for task in tasks { task.cancel() }
    }

    private var interruptions = Interruptions()

    /// The wish of the last `interrupted` has been carried out: a further one is another.
    func granted() { interruptions.granted(at: Loop.main.now) }

    /// Reports `interrupted` at each wish to end, SIGINT or SIGTERM, from now on.
    ///
    /// - Throws: `Failure` if the signals cannot be had.
    func watchSignals() throws(Failure) {
        let signals = try SignalWatch([Signals.interrupt, Signals.terminate])
        let changes = changes
        tasks.append(
            Task { @MainLoop [weak self] in
                while (try? await signals.next()) != nil {
                    guard let self else { return }
                    guard self.interruptions.isWish(at: Loop.main.now) else { continue }
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
    func next() async -> Change {
        while true {
            if !pending.isEmpty { return .event(pending.removeFirst()) }
            guard let change = await changes.next() else { return .ended }
            switch change {
            case .pod(let pod, _):
                welcome(pod)
                return change
            case .event(let event):
                guard books[Self.namespace(of: event)]?.take(event) == true else { continue }
                guard !known.contains(Self.subject(of: event)) else { return change }
                early.append(event)
                if early.count > Self.earlyLimit { early.removeFirst() }
            default: return change
            }
        }
    }

    /// The events about a pod that have been sent and not been given yet, oldest first.
    ///
    /// For the end, when there may be no next change. What cannot be had in two seconds is left out.
    func rest(about uid: String, namespace: String) async -> [JSON] {
        let held = pending.filter { Self.subject(of: $0) == uid }
        pending.removeAll { Self.subject(of: $0) == uid }
        var target = Target(Self.base(namespace) + "/events")
        target.add("fieldSelector", "involvedObject.uid=" + uid)
        let list = try? await client.json("GET", target.text, timeout: Self.restLimit)
        let listed = (list?["items"]?.array ?? []).sorted {
            RemarkBook.version(of: $0) < RemarkBook.version(of: $1)
        }
        return held + listed.filter { books[namespace]?.takeAhead($0) == true }
    }

    private static let restLimit = Duration.seconds(2)

    // MARK: Details

    private static func base(_ namespace: String) -> String {
        "/api/v1/namespaces/" + Target.encoded(namespace)
    }

    private static func namespace(of object: JSON) -> String {
        object["metadata"]?["namespace"]?.string ?? ""
    }

    /// The UID of the pod that an event is about.
    private static func subject(of event: JSON) -> String {
        event["involvedObject"]?["uid"]?.string ?? ""
    }

    /// Lets the events come that waited for this pod.
    private func welcome(_ pod: JSON) {
        guard let uid = pod["metadata"]?["uid"]?.string, known.insert(uid).inserted else { return }
        pending += early.filter { Self.subject(of: $0) == uid }
        early.removeAll { Self.subject(of: $0) == uid }
    }

    private func read(_ pods: LineStream) {
        let changes = changes
        tasks.append(
            Task { @MainLoop in
                while let line = try? await pods.next() {
                    guard let event = NodeClient.parse(line), let object = event["object"],
                        let type = event["type"]?.string, type != "BOOKMARK", type != "ERROR"
                    else { continue }
                    await changes.sendWhenRoom(.pod(object, isGone: type == "DELETED"))
                }
                await changes.sendWhenRoom(.ended)
            }
        )
    }

    private func read(_ events: EventStream) {
        let changes = changes
        tasks.append(
            Task { @MainLoop in
                do throws(Failure) {
                    while true {
                        let event = try await events.next()
                        guard event["involvedObject"]?["kind"]?.string == "Pod" else { continue }
                        await changes.sendWhenRoom(.event(event))
                    }
                } catch {
                    // Without the events the rest is still true.
                    if error.code != .cancelled { await changes.sendWhenRoom(.silent(error)) }
                }
            }
        )
    }
}
