internal import Basics
internal import Formats

/// A pod in full, line for line as kubectl 1.33 describes it (times in UTC).
///
/// A pure function of the object and its events.
struct PodDescription {
    private let now: Timestamp
    /// The page so far.
    var page = TabbedText()

    init(now: Timestamp) {
        self.now = now
    }

    /// The whole text.
    func text(of pod: JSON, events: JSON) -> String {
        var description = self
        description.writeHead(pod)
        description.writeContainers(of: pod)
        description.writeConditions(pod)
        description.writeVolumes(pod)
        description.writeTail(pod)
        description.writeEvents(events)
        return description.page.text
    }

    /// One line at a level of two spaces each.
    mutating func line(_ level: Int, _ text: String) { page.add(level, text) }

    /// `Title:` and its values below one another, `<none>` if there are none.
    private mutating func list(_ title: String, _ values: [String]) {
        line(0, title + ":\t" + (values.first ?? "<none>"))
        for value in values.dropFirst() { line(0, "\t" + value) }
    }

    private func pairs(_ object: JSON?) -> [String] {
        (object?.object?.members ?? []).map { $0.key + "=" + ($0.value.string ?? "") }.sorted()
    }

    // MARK: The pod

    private mutating func writeHead(_ pod: JSON) {
        let metadata = pod["metadata"]
        let spec = pod["spec"]
        let status = pod["status"]
        line(0, "Name:\t" + (metadata?["name"]?.string ?? ""))
        line(0, "Namespace:\t" + (metadata?["namespace"]?.string ?? ""))
        if let priority = spec?["priority"]?.int {
            line(0, "Priority:\t\(priority)")
            optionally("Priority Class Name", spec?["priorityClassName"])
        }
        optionally("Runtime Class Name", spec?["runtimeClassName"])
        optionally("Service Account", spec?["serviceAccountName"])
        let node = spec?["nodeName"]?.string.map { $0 + "/" + (status?["hostIP"]?.string ?? "") }
        line(0, "Node:\t" + (node ?? "<none>"))
        if let start = status?["startTime"]?.string { line(0, "Start Time:\t" + Self.date(start)) }
        list("Labels", pairs(metadata?["labels"]))
        list("Annotations", annotations(metadata?["annotations"]))
        let phase = status?["phase"]?.string ?? ""
        if let deleted = metadata?["deletionTimestamp"]?.string, phase != "Failed",
            phase != "Succeeded"
        {
            line(0, "Status:\tTerminating (lasts \(age(deleted)))")
            let grace = metadata?["deletionGracePeriodSeconds"]?.int ?? 0
            line(0, "Termination Grace Period:\t\(grace)s")
        } else {
            line(0, "Status:\t" + phase)
        }
        optionally("Reason", status?["reason"])
        optionally("Message", status?["message"])
        if let seccomp = spec?["securityContext"]?["seccompProfile"] {
            line(0, "SeccompProfile:\t" + (seccomp["type"]?.string ?? ""))
            optionally("LocalhostProfile", seccomp["localhostProfile"])
        }
        line(0, "IP:\t" + (status?["podIP"]?.string ?? ""))
        let addresses = (status?["podIPs"]?.array ?? []).compactMap { $0["ip"]?.string }
        line(0, addresses.isEmpty ? "IPs:\t<none>" : "IPs:")
        for address in addresses { line(1, "IP:\t" + address) }
        let owners = metadata?["ownerReferences"]?.array ?? []
        if let owner = owners.first(where: { $0["controller"]?.bool == true }) {
            let name = (owner["kind"]?.string ?? "") + "/" + (owner["name"]?.string ?? "")
            line(0, "Controlled By:\t" + name)
        }
    }

    private mutating func optionally(_ title: String, _ value: JSON?) {
        if let text = value?.string, !text.isEmpty { line(0, title + ":\t" + text) }
    }

    private func annotations(_ object: JSON?) -> [String] {
        let limit = 140
        var lines: [String] = []
        for (key, value) in (object?.object?.members ?? []).sorted(by: { $0.key < $1.key })
        where !Applier.annotations.contains(key) {
            var text = value.string ?? ""
            if text.hasSuffix("\n") { text.removeLast() }
            guard text.contains("\n") || text.utf8.count + key.utf8.count + 2 > limit else {
                lines.append(key + ": " + text)
                continue
            }
            lines.append(key + ":")
            for part in text.split(separator: "\n", omittingEmptySubsequences: false) {
                let short = part.count > limit - 2 ? part.prefix(limit - 2) + "..." : part
                lines.append("  " + short)
            }
        }
        return lines
    }

    private mutating func writeConditions(_ pod: JSON) {
        let conditions = pod["status"]?["conditions"]?.array ?? []
        func status(_ type: String?) -> String {
            conditions.first { $0["type"]?.string == type }?["status"]?.string ?? "<none>"
        }
        let gates = pod["spec"]?["readinessGates"]?.array ?? []
        if !gates.isEmpty {
            line(0, "Readiness Gates:")
            line(1, "Type\tStatus")
            for gate in gates {
                let type = gate["conditionType"]?.string
                line(1, (type ?? "") + " \t" + status(type) + " ")
            }
        }
        guard !conditions.isEmpty else { return }
        line(0, "Conditions:")
        line(1, "Type\tStatus")
        for condition in conditions {
            let type = condition["type"]?.string
            line(1, (type ?? "") + " \t" + status(type) + " ")
        }
    }

    private mutating func writeTail(_ pod: JSON) {
        line(0, "QoS Class:\t" + (pod["status"]?["qosClass"]?.string ?? ""))
        list("Node-Selectors", pairs(pod["spec"]?["nodeSelector"]))
        let tolerations = (pod["spec"]?["tolerations"]?.array ?? [])
            .sorted { ($0["key"]?.string ?? "") < ($1["key"]?.string ?? "") }
        list("Tolerations", tolerations.map(Self.text(ofToleration:)))
    }

    private static func text(ofToleration toleration: JSON) -> String {
        var text = toleration["key"]?.string ?? ""
        let value = toleration["value"]?.string ?? ""
        if !value.isEmpty { text += "=" + value }
        if let effect = toleration["effect"]?.string { text += ":" + effect }
        if toleration["operator"]?.string == "Exists", value.isEmpty {
            text += text.isEmpty ? "op=Exists" : " op=Exists"
        }
        if let seconds = toleration["tolerationSeconds"]?.int { text += " for \(seconds)s" }
        return text
    }

    // MARK: Events

    private mutating func writeEvents(_ events: JSON) {
        let items = events["items"]?.array ?? []
        guard !items.isEmpty else { return line(0, "Events:\t<none>") }
        line(0, "Events:")
        line(1, "Type\tReason\tAge\tFrom\tMessage")
        line(1, "----\t------\t----\t----\t-------")
        for event in items.sorted(by: { EventAge.time(of: $0) < EventAge.time(of: $1) }) {
            let cells = [
                event["type"]?.string ?? "", event["reason"]?.string ?? "",
                EventAge.text(of: event, now: now), event["source"]?["component"]?.string ?? "",
                (event["message"]?.string ?? "").trimmingSpace(),
            ]
            line(1, cells.joined(separator: "\t"))
        }
    }

    private func age(_ text: String) -> String {
        Timestamp(rfc3339: text).map { (now - $0).humanText } ?? "<unknown>"
    }

    /// A time as kubectl shows it: `Sat, 21 Nov 2026 05:47:35 +0000`.
    static func date(_ text: String) -> String {
        Timestamp(rfc3339: text)?.rfc1123 ?? text
    }
}
