internal import Basics
internal import Formats
internal import HTTP
internal import Reactor

/// What `up` knows of one pod, and the log streams it follows.
@MainLoop final class PodFollower {
    private let context: CommandContext
    private let client: NodeClient
    let namespace: String
    let name: String
    private let follows: Bool
    private var progress = PodProgress()
    private var pod: JSON = .null
    private(set) var isGone = false
    private var streams: [String: Task<Void, Never>] = [:]
    private var attempts: [String: Int] = [:]
    private static let colors = [36, 33, 32, 35, 34, 31]

    init(
        _ context: CommandContext,
        _ client: NodeClient,
        _ namespace: String,
        _ name: String,
        follows: Bool
    ) {
        self.context = context
        self.client = client
        self.namespace = namespace
        self.name = name
        self.follows = follows && !context.invocation.flag("no-logs")
    }

    /// Takes a new state of the pod; what changed, in words.
    func take(_ pod: JSON, isGone: Bool) -> [String] {
        self.pod = pod
        var lines = progress.changes(in: pod)
        if follows { followLogs() }
        if isGone {
            self.isGone = true
            lines.append("removed")
        }
        return lines
    }

    /// The line for an event about the pod, if it says more than the containers' states.
    func line(for event: JSON) -> String? { progress.line(for: event) }

    /// Whether all conditions for traffic are met.
    var isReady: Bool {
        (pod["status"]?["conditions"]?.array ?? []).contains {
            $0["type"]?.string == "Ready" && $0["status"]?.string == "True"
        }
    }

    /// Whether the pod has ended or gone.
    var isOver: Bool {
        let phase = pod["status"]?["phase"]?.string
        return isGone
            || (phase == "Succeeded" || phase == "Failed")
                && pod["metadata"]?["deletionTimestamp"] == nil
    }

    /// 0 unless the pod failed; then the code of the first main, else init container, that did.
    var exitCode: Int32 {
        guard pod["status"]?["phase"]?.string == "Failed" else { return 0 }
        for list in ["containerStatuses", "initContainerStatuses"] {
            for container in pod["status"]?[list]?.array ?? [] {
                let code = container["state"]?["terminated"]?["exitCode"]?.int ?? 0
                if code != 0 { return Int32(truncatingIfNeeded: code) }
            }
        }
        return 1
    }

    /// What keeps the pod from being ready, for the message of a timeout.
    var summary: String {
        guard !isReady, !isOver else { return "" }
        var parts: [String] = []
        for list in ["initContainerStatuses", "containerStatuses"] {
            for container in pod["status"]?[list]?.array ?? [] {
                guard container["ready"]?.bool != true,
                    let waiting = container["state"]?["waiting"]
                else { continue }
                let label = "\(container["name"]?.string ?? "") is waiting: "
                parts.append(label + (waiting["reason"]?.string ?? "not started"))
            }
        }
        return "pod \(name)"
            + (parts.isEmpty ? " is not ready" : ": " + parts.joined(separator: ", "))
    }

    /// Waits for what the log streams still bring, but not for ever.
    func finish() async {
        let limit = Loop.main.now + .seconds(2)
        for task in streams.values {
            let guardian = Task { @MainLoop in
                if (try? await Loop.main.sleep(until: limit)) != nil { task.cancel() }
            }
            await task.value
            guardian.cancel()
        }
    }

    // MARK: Details

    /// Begins to follow every container run that has started and is not followed yet.
    private func followLogs() {
        for list in ["initContainerStatuses", "containerStatuses"] {
            for container in pod["status"]?[list]?.array ?? [] {
                guard let container = FollowedContainer(container) else { continue }
                guard attempts[container.name] != container.restarts else { continue }
                attempts[container.name] = container.restarts
                let before = streams[container.name]
                let color = Self.colors[streams.count % Self.colors.count]
                streams[container.name] = Task { @MainLoop [weak self] in
                    await before?.value
                    await self?.copyLog(of: container.name, color: color)
                }
            }
        }
    }

    private struct FollowedContainer {
        var name: String
        var restarts: Int

        /// Nil for a container without any run.
        init?(_ status: JSON) {
            guard let name = status["name"]?.string else { return nil }
            let state = status["state"]
            guard state?["running"] != nil || state?["terminated"] != nil else { return nil }
            self.name = name
            restarts = status["restartCount"]?.int ?? 0
        }
    }

    private func copyLog(of container: String, color: Int) async {
        var target = Target(
            "/api/v1/namespaces/\(namespace)/pods/\(Target.encoded(name))/log"
        )
        target.add("container", container)
        target.add("follow", "true")
        if context.invocation.flag("timestamps") { target.add("timestamps", "true") }
        var prefix = "[\(name)/\(container)] "
        let choice = context.invocation.text("color") ?? "auto"
        if choice == "always" || (choice == "auto" && Console.isTerminal) {
            prefix = "\u{1B}[\(color)m" + prefix + "\u{1B}[0m"
        }
        guard let response = try? await client.stream("GET", target.text) else { return }
        let lines = LineStream(response)
        while let line = try? await lines.next() {
            Console.write(Array(prefix.utf8) + line + [10])
        }
    }
}
