internal import Basics
internal import Formats
internal import Reactor

/// Watches the pods of a namespace go down, and says on standard error how.
@MainLoop final class Departures {
    private let stream: LineStream
    private var progress: [String: PodProgress] = [:]
    private var gone: Set<String> = []
    private let begin = Loop.main.now

    /// Begins to watch, before anything is asked to go.
    init(_ client: NodeClient, _ namespace: String) async throws(Failure) {
        stream = LineStream(
            try await client.watch("/api/v1/namespaces/\(namespace)/pods?watch=1")
        )
    }

    /// Waits until the pods of those UIDs are gone.
    ///
    /// - Throws: `Failure` with code `timedOut` at the deadline.
    func wait(for uids: [String], until deadline: Instant) async throws(Failure) {
        while !uids.allSatisfy(gone.contains) {
            guard let line = try await stream.next(deadline: deadline) else {
                throw Failure(.unavailable, "the engine ended while pods were going down")
            }
            take(line, uids)
        }
    }

    private func take(_ line: [UInt8], _ uids: [String]) {
        guard let event = try? JSON.parse(line), let pod = event["object"],
            let uid = pod["metadata"]?["uid"]?.string, uids.contains(uid),
            let name = pod["metadata"]?["name"]?.string
        else { return }
        let isFirst = progress[uid] == nil
        let changes = progress[uid, default: PodProgress()].changes(in: pod)
        let stamp = Elapsed.text(Loop.main.now - begin) + "  " + name + "  "
        if !isFirst {
            for change in changes { Console.note(stamp + change) }
        }
        if event["type"]?.string == "DELETED" {
            gone.insert(uid)
            Console.note(stamp + "removed")
        }
    }
}
