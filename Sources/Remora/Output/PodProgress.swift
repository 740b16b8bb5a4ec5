internal import Formats

/// What is new in a pod since it was last looked at, one line for each change of a container.
///
/// A pure comparison of statuses; the same lines serve starting and stopping.
struct PodProgress {
    private var seen: [String: String] = [:]
    private var phase = ""

    /// The changes that this state of the pod brings, in the order of the containers.
    mutating func changes(in pod: JSON) -> [String] {
        var lines: [String] = []
        let status = pod["status"]
        let sidecars = Set(
            (pod["spec"]?["initContainers"]?.array ?? [])
                .filter { $0["restartPolicy"]?.string == "Always" }
                .compactMap { $0["name"]?.string }
        )
        for (list, isInit) in [("initContainerStatuses", true), ("containerStatuses", false)] {
            for container in status?[list]?.array ?? [] {
                guard let name = container["name"]?.string else { continue }
                let role = isInit ? (sidecars.contains(name) ? "sidecar" : "init") : "main"
                let text = Self.describe(container, isInit: role == "init")
                if seen[name] != text, !text.isEmpty { lines.append("\(role) \(name): \(text)") }
                seen[name] = text
            }
        }
        if let now = status?["phase"]?.string, now != phase {
            phase = now
            if now == "Succeeded" || now == "Failed" {
                let reason = status?["reason"]?.string.map { " (\($0))" } ?? ""
                lines.append("pod \(now.lowercased())\(reason)")
            }
        }
        return lines
    }

    private static func describe(_ container: JSON, isInit: Bool) -> String {
        let restarts = container["restartCount"]?.int ?? 0
        let again = restarts > 0 ? ", restart \(restarts)" : ""
        let state = container["state"]
        if let running = state?["running"], running.object != nil {
            if container["ready"]?.bool == true && !isInit { return "ready" + again }
            if container["started"]?.bool == true && !isInit { return "started" + again }
            return "running" + again
        }
        if let ended = state?["terminated"] {
            let code = ended["exitCode"]?.int ?? 0
            let reason = ended["reason"]?.string ?? ""
            return code == 0 ? "completed" : "ended with exit code \(code) (\(reason))" + again
        }
        if let waiting = state?["waiting"], let reason = waiting["reason"]?.string {
            if reason == "ContainerCreating" || reason == "PodInitializing" { return "" }
            let message = waiting["message"]?.string ?? ""
            return "waiting: " + reason + (message.isEmpty ? "" : ": " + message)
        }
        return ""
    }
}
