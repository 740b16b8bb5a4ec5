internal import Formats

/// What is new in a pod since it was last looked at, one line for each change of a container.
///
/// A pure comparison of statuses; the same lines serve starting and stopping.
struct PodProgress {
    private var seen: [String: String] = [:]
    private var roles: [String: String] = [:]
    private var phase = ""

    /// The changes that this state of the pod brings, in the order of the containers.
    mutating func changes(in pod: JSON) -> [String] {
        var lines: [String] = []
        let status = pod["status"]
        if roles.isEmpty { roles = Self.roles(in: pod) }
        for list in ["initContainerStatuses", "containerStatuses"] {
            for container in status?[list]?.array ?? [] {
                guard let name = container["name"]?.string else { continue }
                let text = Self.describe(container, isInit: roles[name] == "init")
                if seen[name] != text, !text.isEmpty { lines.append("\(subject(name)): \(text)") }
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

    /// The line for an event about the pod; `nil` for one that the states of its containers tell.
    func line(for event: JSON) -> String? {
        let reason = event["reason"]?.string ?? ""
        var message = event["message"]?.string ?? ""
        // What a probe printed ends with its line.
        while message.last?.isWhitespace == true { message.removeLast() }
        // `spec.containers{web}`
        let field = event["involvedObject"]?["fieldPath"]?.string ?? ""
        let container = field.split(separator: "{").dropFirst().first.map { $0.dropLast() }
        let about = container.map { subject(String($0)) + ": " } ?? ""
        switch reason {
        case "Killing" where message.hasPrefix("Stopping container"):
            // The kubelet says it of all at once; sidecars wait for their turn.
            let isSidecar = container.map { roles[String($0)] == "sidecar" } ?? false
            return about + (isSidecar ? "stopping in its turn" : "stopping")
        case "Killing": return about + message
        case "Pulling": return about + "pulling the image"
        case "Pulled" where message.hasPrefix("Successfully"): return about + message
        case _ where Self.untold.contains(reason): return nil
        default: return event["type"]?.string == "Warning" ? about + reason + ": " + message : nil
        }
    }

    /// Warnings that the state of the container shows, or that every pod brings.
    private static let untold: Set = ["BackOff", "Failed", "MissingClusterDNS"]

    private func subject(_ container: String) -> String {
        (roles[container] ?? "container") + " " + container
    }

    private static func roles(in pod: JSON) -> [String: String] {
        var roles: [String: String] = [:]
        for container in pod["spec"]?["initContainers"]?.array ?? [] {
            let isSidecar = container["restartPolicy"]?.string == "Always"
            roles[container["name"]?.string ?? ""] = isSidecar ? "sidecar" : "init"
        }
        for container in pod["spec"]?["containers"]?.array ?? [] {
            roles[container["name"]?.string ?? ""] = "main"
        }
        return roles
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
