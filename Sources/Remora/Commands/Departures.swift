internal import Basics
internal import Formats
internal import Reactor

/// Watches pods go down, and says on standard error how.
@MainLoop final class Departures {
    private let feed: PodFeed
    private var progress: [String: PodProgress] = [:]
    private var names: [String: String] = [:]
    private var gone: Set<String> = []
    /// How many containers a pod has to stop, each of which is said before it ends.
    private var toStop: [String: Int] = [:]
    private let begin = Loop.main.now

    /// Begins to watch, before anything is asked to go.
    init(_ client: NodeClient, namespaces: some Sequence<String>) async throws(Failure) {
        feed = try await PodFeed(client, namespaces: namespaces)
    }

    /// Waits until the pods of those UIDs are gone.
    ///
    /// - Throws: `Failure` with code `timedOut` at the deadline.
    func wait(for uids: [String], until deadline: Instant) async throws(Failure) {
        feed.setTimer(deadline)
        while !uids.allSatisfy(gone.contains) {
            switch await feed.next() {
            case .pod(let pod, let isGone): await take(pod, isGone: isGone, uids)
            case .event(let event): take(event)
            case .silent(let failure): Console.note("remora: \(failure)")
            case .interrupted: continue
            case .timedOut: throw Failure(.timedOut, "pods are still going down")
            case .ended:
                throw Failure(.unavailable, "the engine ended while pods were going down")
            }
        }
    }

    private func note(_ uid: String, _ text: String) {
        Console.note(Elapsed.text(Loop.main.now - begin) + "  \(names[uid] ?? "")  " + text)
    }

    private func take(_ pod: JSON, isGone: Bool, _ uids: [String]) async {
        guard let uid = pod["metadata"]?["uid"]?.string, uids.contains(uid),
            let name = pod["metadata"]?["name"]?.string,
            let namespace = pod["metadata"]?["namespace"]?.string
        else { return }
        names[uid] = name
        let isFirst = progress[uid] == nil
        let changes = progress[uid, default: PodProgress()].changes(in: pod)
        if isFirst {
            toStop[uid] = Self.running(in: pod)
        } else if isGone || !changes.isEmpty && toStop[uid] ?? 0 > 0 {
            // What was said before comes on another stream, perhaps later.
            for event in await feed.rest(about: uid, namespace: namespace) { take(event) }
        }
        if !isFirst {
            for change in changes { note(uid, change) }
        }
        if isGone {
            gone.insert(uid)
            note(uid, "removed")
        }
    }

    private func take(_ event: JSON) {
        guard let uid = event["involvedObject"]?["uid"]?.string,
            let line = progress[uid]?.line(for: event)
        else { return }
        if event["reason"]?.string == "Killing" { toStop[uid, default: 0] -= 1 }
        note(uid, line)
    }

    private static func running(in pod: JSON) -> Int {
        ["initContainerStatuses", "containerStatuses"].reduce(0) { sum, list in
            sum + (pod["status"]?[list]?.array ?? []).count { $0["state"]?["running"] != nil }
        }
    }
}
