internal import Basics
internal import Formats
internal import Manifests
internal import Reactor
internal import System

/// `remora up`: runs manifests and stays with them.
///
/// If an engine serves the root, `up` is its client. Else this process is the engine for as long as it
/// stays in the foreground, or leaves one in the background with `-d`.
@MainLoop struct UpCommand {
    private let context: CommandContext

    init(_ context: CommandContext) {
        self.context = context
    }

    func run() async throws -> Int32 {
        let files = try ManifestFiles(context)
        let client = context.client
        let detaches = context.invocation.flag("detach")
        var engine: EngineProcess?
        if await !client.isAlive() {
            if detaches {
                try await BackgroundEngine.start(context)
            } else {
                engine = try await EngineProcess.start(context)
            }
        }
        do {
            let session = UpSession(context, client)
            let code = try await session.run(files.objects, detaches: detaches)
            await engine?.stop(stopsPods: false)
            return code
        } catch {
            await engine?.stop(stopsPods: false)
            throw error
        }
    }
}

/// One run of `up`: applies, waits, follows, and on Ctrl-C takes down again.
@MainLoop final class UpSession {
    private let context: CommandContext
    private let client: NodeClient
    private let begin = Loop.main.now
    private var pods: [String: PodFollower] = [:]
    private var wanted: [ManifestObject] = []
    private var prefixWidth = 0

    init(_ context: CommandContext, _ client: NodeClient) {
        self.context = context
        self.client = client
    }

    func run(_ objects: [ManifestObject], detaches: Bool) async throws(Failure) -> Int32 {
        wanted = objects
        let runnable = objects.filter { $0.kind == "Pod" || $0.kind == "Deployment" }
        let namespaces = Set(runnable.compactMap(\.namespace))
        let changes = AsyncQueue<PodChange>(capacity: 4096)
        var readers: [Task<Void, Never>] = []
        defer { for reader in readers { reader.cancel() } }
        let applier = Applier(client: client)
        for object in objects where object.kind == "Namespace" {
            note("\(object.label) \(try await applier.apply(object).rawValue)")
        }
        for namespace in namespaces {
            let path = "/api/v1/namespaces/\(namespace)/pods?watch=1"
            let stream = LineStream(try await client.watch(path))
            readers.append(Task { @MainLoop in await Self.read(stream, into: changes) })
        }
        for object in objects where object.kind != "Namespace" {
            note("\(object.label) \(try await applier.apply(object, rerun: true).rawValue)")
        }
        guard !runnable.isEmpty else { return 0 }
        let signals = detaches ? nil : try SignalWatch([Signals.interrupt, Signals.terminate])
        if let signals {
            readers.append(
                Task { @MainLoop in
                    while (try? await signals.next()) != nil { changes.send(.interrupted) }
                }
            )
        }
        return try await follow(changes, detaches: detaches)
    }

    // MARK: Details

    private var timeout: Duration { context.invocation.duration("timeout") ?? .seconds(300) }

    private func note(_ text: String) {
        Console.note(Elapsed.text(Loop.main.now - begin) + "  " + text)
    }

    private static func read(_ stream: LineStream, into changes: AsyncQueue<PodChange>) async {
        while let line = try? await stream.next() {
            guard let event = try? JSON.parse(line), let object = event["object"] else { continue }
            let isGone = event["type"]?.string == "DELETED"
            guard event["type"]?.string != "BOOKMARK" else { continue }
            _ = await changes.sendWhenRoom(.pod(object, isGone: isGone))
        }
        _ = await changes.sendWhenRoom(.ended)
    }

    /// Handles changes until everything is ready (detached) or over (foreground).
    private func follow(
        _ changes: AsyncQueue<PodChange>,
        detaches: Bool
    ) async throws(Failure) -> Int32 {
        let deadline = Loop.main.now + timeout
        var timer: Task<Void, Never>?
        timer = Task { @MainLoop in
            if (try? await Loop.main.sleep(until: deadline)) != nil { changes.send(.timedOut) }
        }
        defer { timer?.cancel() }
        var interruptions = 0
        var wasReady = false
        while let change = await changes.next() {
            switch change {
            case .pod(let pod, let isGone): take(pod, isGone: isGone, follows: !detaches)
            case .timedOut:
                guard !wasReady else { continue }
                throw Failure(
                    .timedOut,
                    "not everything was ready in \(timeout.humanText)",
                    cause: pods.values.map(\.summary).filter { !$0.isEmpty }.sorted()
                        .joined(separator: "; "),
                    remedy: "see 'remora events' and 'remora describe POD'; --timeout waits longer"
                )
            case .interrupted:
                interruptions += 1
                try await takeDown(hard: interruptions > 1)
            case .ended:
                throw Failure(.unavailable, "the engine ended")
            }
            if !wasReady, interruptions == 0, isReady {
                wasReady = true
                timer?.cancel()
                let names = pods.keys.sorted().joined(separator: ", ")
                note(isOver ? "finished: \(names)" : "ready: \(names)")
                if detaches { return isOver ? outcome : 0 }
            }
            if isOver { break }
        }
        for follower in pods.values { await follower.finish() }
        return outcome
    }

    private func take(_ pod: JSON, isGone: Bool, follows: Bool) {
        guard let name = pod["metadata"]?["name"]?.string,
            let namespace = pod["metadata"]?["namespace"]?.string, isMine(pod, name, namespace)
        else { return }
        let follower: PodFollower
        if let known = pods[name] {
            follower = known
        } else {
            let uid = pod["metadata"]?["uid"]?.string ?? ""
            follower = PodFollower(context, client, namespace, name, uid, follows: follows)
            pods[name] = follower
        }
        for change in follower.take(pod, isGone: isGone) { note(name + "  " + change) }
    }

    /// Whether the pod stands in the manifests or belongs to a deployment that does.
    private func isMine(_ pod: JSON, _ name: String, _ namespace: String) -> Bool {
        let owner = pod["metadata"]?["ownerReferences"]?.array?.first?["name"]?.string
        return wanted.contains { object in
            guard object.namespace == namespace else { return false }
            if object.kind == "Pod" { return object.name == name }
            guard object.kind == "Deployment", let owner else { return false }
            return owner.hasPrefix(object.name + "-")
        }
    }

    private var expected: Int {
        wanted.reduce(0) { sum, object in
            switch object.kind {
            case "Pod": sum + 1
            case "Deployment": sum + (object.json["spec"]?["replicas"]?.int ?? 1)
            default: sum
            }
        }
    }

    private var isReady: Bool {
        pods.values.count { $0.isReady || $0.isOver } >= expected
    }

    private var isOver: Bool {
        let alone = wanted.allSatisfy { $0.kind != "Deployment" }
        let isTakingDown = pods.values.contains(where: \.isGone)
        return (alone || isTakingDown) && pods.count >= min(expected, 1)
            && pods.values.allSatisfy(\.isOver) && (pods.count >= expected || isTakingDown)
    }

    /// 0 if every pod succeeded, else the exit code of the first container that failed.
    private var outcome: Int32 {
        for (_, follower) in pods.sorted(by: { $0.key < $1.key }) where follower.exitCode != 0 {
            return follower.exitCode
        }
        return 0
    }

    /// Removes what the manifests brought; the second time without grace.
    private func takeDown(hard: Bool) async throws(Failure) {
        note(hard ? "killing" : "stopping; press Ctrl-C again to kill")
        for object in wanted.reversed() where object.kind == "Pod" || object.kind == "Deployment" {
            let kind = try ResourceKind.named(object.kind)
            let path = kind.path(namespace: object.namespace) + "/" + Target.encoded(object.name)
            let options: JSON = hard ? ["gracePeriodSeconds": 1] : [:]
            do {
                _ = try await client.json("DELETE", path, body: options)
            } catch  where error.code == .notFound {
                continue
            }
        }
    }
}

/// What `up` reacts to.
enum PodChange: Sendable {
    /// A pod has changed or gone.
    case pod(JSON, isGone: Bool)
    /// Ctrl-C or SIGTERM.
    case interrupted
    /// The time to become ready is over.
    case timedOut
    /// The watch has ended.
    case ended
}
