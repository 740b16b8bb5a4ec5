internal import Basics
internal import Formats
internal import Reactor

/// Watches pods go down, and says on standard error how.
@MainLoop final class Departures {
    private let feed: PodFeed
    private var progress: [String: PodProgress] = [:]
    private var names: [String: String] = [:]
    private var gone: Set<String> = []
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
            case .pod(let pod, let isGone): take(pod, isGone: isGone, uids)
            case .event(let event): take(event)
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

    private func take(_ pod: JSON, isGone: Bool, _ uids: [String]) {
        guard let uid = pod["metadata"]?["uid"]?.string, uids.contains(uid),
            let name = pod["metadata"]?["name"]?.string
        else { return }
        names[uid] = name
        let isFirst = progress[uid] == nil
        let changes = progress[uid, default: PodProgress()].changes(in: pod)
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
        note(uid, line)
    }
}
