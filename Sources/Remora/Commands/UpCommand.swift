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
        } else {
            for name in ["stand-in", "companion"] where context.invocation.text(name) != nil {
                Console.note(
                    "remora: --\(name) has no effect: the engine that serves \(context.root) has its own"
                )
            }
        }
        do {
            let session = UpSession(context, client)
            let code = try await session.run(files.objects, detaches: detaches)
            // Only the stop of pods may be refused.
            try? await engine?.stop(stopsPods: false)
            return code
        } catch {
            try? await engine?.stop(stopsPods: false)
            throw error
        }
    }
}

/// One run of `up`: applies, waits, follows, and on Ctrl-C takes down again.
@MainLoop final class UpSession {
    private let context: CommandContext
    private let client: NodeClient
    private let begin = Loop.main.now
    /// By UID: names may be the same in two namespaces, and be used again.
    private var pods: [String: PodFollower] = [:]
    /// The pods that the manifests name, as they were applied; an older one may still be going away.
    private var applied: Set<String> = []
    private var wanted: [ManifestObject] = []
    /// The Jobs that have not come to their end, and the pods of Jobs.
    private var openJobs: [ManifestObject] = []
    private var ofJobs: Set<String> = []
    private var hasFailedJob = false
    /// Whether everything is on its way down, so that no new pods are to be expected.
    private var isStopping = false

    init(_ context: CommandContext, _ client: NodeClient) {
        self.context = context
        self.client = client
    }

    func run(_ objects: [ManifestObject], detaches: Bool) async throws(Failure) -> Int32 {
        wanted = objects
        let runnable = objects.filter { UpPlan.runs($0.kind) }
        openJobs = objects.filter { $0.kind == "Job" }
        let applier = Applier(client: client)
        for object in objects where object.kind == "Namespace" {
            note("\(object.label) \(try await applier.apply(object).outcome.rawValue)")
        }
        let feed = try await PodFeed(client, namespaces: runnable.map(\.namespace))
        for object in objects where object.kind != "Namespace" {
            let (outcome, answer) = try await applier.apply(object, rerun: true)
            note("\(object.label) \(outcome.rawValue)")
            if let uid = answer["metadata"]?["uid"]?.string { applied.insert(uid) }
        }
        guard !runnable.isEmpty else { return 0 }
        if !detaches { try feed.watchSignals() }
        return try await follow(feed, detaches: detaches)
    }

    // MARK: Details

    private var timeout: Duration { context.invocation.duration("timeout") ?? .seconds(300) }

    private func note(_ text: String) {
        Console.note(Elapsed.text(Loop.main.now - begin) + "  " + text)
    }

    /// Handles changes until everything is ready (detached) or over (foreground).
    private func follow(_ feed: PodFeed, detaches: Bool) async throws(Failure) -> Int32 {
        let timer = feed.setTimer(Loop.main.now + timeout)
        var wasReady = false
        while !isOver {
            switch await feed.next() {
            case .pod(let pod, let isGone):
                await take(pod, isGone: isGone, follows: !detaches, from: feed)
                if isGone { try await noticeRemoval() }
                try await noticeJobs()
            case .event(let event): take(event)
            case .silent(let failure): Console.note("remora: \(failure)")
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
                try await takeDown(hard: isStopping)
                feed.granted()
                isStopping = true
            case .ended:
                throw Failure(.unavailable, "the engine ended")
            }
            if !wasReady, !isStopping, isReady {
                wasReady = true
                timer.cancel()
                let names = pods.values.map(\.name).sorted().joined(separator: ", ")
                note(isOver ? "finished: \(names)" : "ready: \(names)")
                if detaches { return isOver ? outcome : 0 }
            }
        }
        for (uid, follower) in pods where !follower.isGone {
            await showRest(from: feed, of: uid, follower)
        }
        for follower in pods.values { await follower.finish() }
        return outcome
    }

    private func take(_ pod: JSON, isGone: Bool, follows: Bool, from feed: PodFeed) async {
        guard let name = pod["metadata"]?["name"]?.string,
            let namespace = pod["metadata"]?["namespace"]?.string,
            let uid = pod["metadata"]?["uid"]?.string,
            applied.contains(uid) || UpPlan.owner(of: pod, in: wanted, namespace) != nil
        else { return }
        if let owner = UpPlan.owner(of: pod, in: wanted, namespace), owner.kind == "Job" {
            ofJobs.insert(uid)
        }
        let follower: PodFollower
        if let known = pods[uid] {
            follower = known
        } else {
            follower = PodFollower(context, client, namespace, name, follows: follows)
            pods[uid] = follower
        }
        let lines = follower.take(pod, isGone: isGone)
        if isGone { await showRest(from: feed, of: uid, follower) }
        for change in lines { note(name + "  " + change) }
    }

    /// Shows what was said of a pod of which nothing more will come.
    private func showRest(from feed: PodFeed, of uid: String, _ follower: PodFollower) async {
        for event in await feed.rest(about: uid, namespace: follower.namespace) { take(event) }
    }

    private func take(_ event: JSON) {
        guard let uid = event["involvedObject"]?["uid"]?.string, let follower = pods[uid],
            let line = follower.line(for: event)
        else { return }
        note(follower.name + "  " + line)
    }

    private var expected: Int { wanted.reduce(0) { $0 + UpPlan.pods(of: $1) } }

    private var isReady: Bool {
        pods.values.count { $0.isReady || $0.isOver } >= expected
    }

    private var isOver: Bool {
        let isEnding =
            isStopping || (openJobs.isEmpty && wanted.allSatisfy { !UpPlan.lasts($0.kind) })
        return isEnding && pods.values.allSatisfy(\.isOver)
            && (isStopping || (!pods.isEmpty && pods.count >= expected))
    }

    /// Asks for the Jobs when all their pods have ended: one that fails may be made again.
    private func noticeJobs() async throws(Failure) {
        guard !isStopping, !openJobs.isEmpty else { return }
        let deadline = Loop.main.now + Self.patience
        repeat {
            guard pods.values.allSatisfy(\.isOver), pods.count >= 1 else { return }
            var open: [ManifestObject] = []
            for object in openJobs {
                switch try await ending(ofJob: object) {
                case nil: open.append(object)
                case false?: hasFailedJob = true
                case true?: break
                }
            }
            openJobs = open
            guard !open.isEmpty else { return }
            // Its controller is told of the pods at the same time as we are.
            try await Loop.main.sleep(for: .milliseconds(50))
        } while Loop.main.now < deadline
    }

    /// How long a Job may take to notice that its last pod has ended; later it waits for another.
    private static let patience = Duration.seconds(1)

    /// Whether a Job has succeeded; nil if it goes on.
    private func ending(ofJob object: ManifestObject) async throws(Failure) -> Bool? {
        let job: JSON
        do throws(Failure) {
            job = try await client.json("GET", try path(of: object))
        } catch {
            // A Job whose time to live is over has ended as well.
            guard error.code == .notFound else { throw error }
            return true
        }
        func has(_ type: String) -> Bool {
            (job["status"]?["conditions"]?.array ?? []).contains {
                $0["type"]?.string == type && $0["status"]?.string == "True"
            }
        }
        return has("Complete") ? true : has("Failed") ? false : nil
    }

    /// What keeps pods makes new ones for those that have gone, unless it has gone itself.
    private func noticeRemoval() async throws(Failure) {
        let keepers = wanted.filter { UpPlan.lasts($0.kind) }
        guard !isStopping, !keepers.isEmpty, pods.values.allSatisfy(\.isOver) else { return }
        for object in keepers {
            do {
                _ = try await client.json("GET", try path(of: object))
                return
            } catch  where error.code == .notFound {
                continue
            }
        }
        isStopping = true
    }

    private func path(of object: ManifestObject) throws(Failure) -> String {
        let kind = try ResourceKind.named(object.kind)
        return kind.path(namespace: object.namespace) + "/" + Target.encoded(object.name)
    }

    /// 0 if every pod succeeded, else the exit code of the first container that failed.
    private var outcome: Int32 {
        // What a pod of a Job that succeeds in the end gave does not count.
        let counted = pods.filter { hasFailedJob || !ofJobs.contains($0.key) }.values
        for follower in counted.sorted(by: { $0.name < $1.name })
        where follower.exitCode != 0 {
            return follower.exitCode
        }
        return hasFailedJob ? 1 : 0
    }

    /// Removes what the manifests brought; the second time without grace.
    private func takeDown(hard: Bool) async throws(Failure) {
        note(hard ? "killing" : "stopping; press Ctrl-C again to kill")
        for object in wanted.reversed() where UpPlan.runs(object.kind) {
            let options: JSON = hard ? ["gracePeriodSeconds": 1] : [:]
            do {
                _ = try await client.json("DELETE", try path(of: object), body: options)
            } catch  where error.code == .notFound {
                continue
            }
        }
    }
}
