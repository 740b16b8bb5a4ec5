internal import Basics
internal import Formats

/// A pod in full, as kubectl describes it: a pure function of the object and its events.
struct PodDescription {
    private let now: Timestamp
    private var out = ""

    init(now: Timestamp) {
        self.now = now
    }

    /// The whole text.
    func text(of pod: JSON, events: JSON) -> String {
        var page = self
        page.writePod(pod)
        page.writeConditions(pod)
        page.writeVolumes(pod)
        page.writeEvents(events)
        return page.out
    }

    // MARK: Details

    private mutating func line(_ level: Int, _ name: String, _ value: String) {
        let label = String(repeating: "  ", count: level) + name + ":"
        let width = 18 + 2 * level
        let gap = String(repeating: " ", count: max(2, width - label.count))
        out += value.isEmpty ? label + "\n" : label + gap + value + "\n"
    }

    private mutating func lines(_ level: Int, _ name: String, _ values: [String]) {
        guard let first = values.first else { return line(level, name, "<none>") }
        line(level, name, first)
        let indent = String(repeating: " ", count: 18 + 2 * level)
        for value in values.dropFirst() { out += indent + value + "\n" }
    }

    private func pairs(_ object: JSON?, _ joint: String) -> [String] {
        (object?.object?.members ?? [])
            .filter { !$0.key.hasPrefix("remora.dev/") }
            .map { $0.key + joint + ($0.value.string ?? $0.value.text()) }
            .sorted()
    }

    private mutating func writePod(_ pod: JSON) {
        let metadata = pod["metadata"]
        let spec = pod["spec"]
        let status = pod["status"]
        line(0, "Name", metadata?["name"]?.string ?? "")
        line(0, "Namespace", metadata?["namespace"]?.string ?? "")
        line(0, "Service Account", spec?["serviceAccountName"]?.string ?? "default")
        let host = status?["hostIP"]?.string ?? ""
        line(0, "Node", (spec?["nodeName"]?.string ?? "<none>") + "/" + host)
        line(0, "Start Time", status?["startTime"]?.string ?? "<none>")
        lines(0, "Labels", pairs(metadata?["labels"], "="))
        lines(0, "Annotations", pairs(metadata?["annotations"], ": "))
        if let deleted = metadata?["deletionTimestamp"]?.string {
            line(0, "Status", "Terminating (since \(age(deleted)))")
            let grace = metadata?["deletionGracePeriodSeconds"]?.int ?? 0
            line(0, "Termination Grace Period", "\(grace)s")
        } else {
            line(0, "Status", status?["phase"]?.string ?? "")
        }
        if let reason = status?["reason"]?.string { line(0, "Reason", reason) }
        if let message = status?["message"]?.string { line(0, "Message", message) }
        line(0, "IP", status?["podIP"]?.string ?? "")
        line(0, "IPs", "")
        let addresses = (status?["podIPs"]?.array ?? []).compactMap { $0["ip"]?.string }
        for address in addresses { line(1, "IP", address) }
        if addresses.isEmpty { out += "  <none>\n" }
        if let owner = metadata?["ownerReferences"]?.array?.first {
            let name = (owner["kind"]?.string ?? "") + "/" + (owner["name"]?.string ?? "")
            line(0, "Controlled By", name)
        }
        writeContainers(
            "Init Containers",
            spec?["initContainers"],
            status?["initContainerStatuses"]
        )
        writeContainers("Containers", spec?["containers"], status?["containerStatuses"])
        line(0, "QoS Class", status?["qosClass"]?.string ?? "")
    }

    private mutating func writeContainers(_ title: String, _ list: JSON?, _ statuses: JSON?) {
        guard let containers = list?.array, !containers.isEmpty else { return }
        line(0, title, "")
        for container in containers {
            let name = container["name"]?.string ?? ""
            let status = statuses?.array?.first { $0["name"]?.string == name }
            line(1, name, "")
            line(2, "Container ID", status?["containerID"]?.string ?? "")
            line(2, "Image", container["image"]?.string ?? "")
            line(2, "Image ID", status?["imageID"]?.string ?? "")
            let ports = (container["ports"]?.array ?? []).map {
                "\($0["containerPort"]?.int ?? 0)/\($0["protocol"]?.string ?? "TCP")"
            }
            line(2, "Port", ports.isEmpty ? "<none>" : ports.joined(separator: ", "))
            for (label, key) in [("Command", "command"), ("Args", "args")] {
                guard let words = container[key]?.array, !words.isEmpty else { continue }
                line(2, label, "")
                for word in words { out += "      " + (word.string ?? "") + "\n" }
            }
            writeState("State", status?["state"])
            if let last = status?["lastState"], last.object?.isEmpty == false {
                writeState("Last State", last)
            }
            line(2, "Ready", status?["ready"]?.bool == true ? "True" : "False")
            line(2, "Restart Count", String(status?["restartCount"]?.int ?? 0))
            for (label, key) in [("Limits", "limits"), ("Requests", "requests")] {
                let values = pairs(container["resources"]?[key], ":  ")
                guard !values.isEmpty else { continue }
                line(2, label, "")
                for value in values { out += "      " + value + "\n" }
            }
            for (label, key) in [
                ("Liveness", "livenessProbe"), ("Readiness", "readinessProbe"),
                ("Startup", "startupProbe"),
            ] {
                if let probe = container[key] { line(2, label, Self.text(ofProbe: probe)) }
            }
            writeEnvironment(container)
            let mounts = (container["volumeMounts"]?.array ?? []).map {
                let access = $0["readOnly"]?.bool == true ? "ro" : "rw"
                let sub = $0["subPath"]?.string.map { ",path=\"\($0)\"" } ?? ""
                return ($0["mountPath"]?.string ?? "") + " from " + ($0["name"]?.string ?? "")
                    + " (\(access)\(sub))"
            }
            line(2, "Mounts", mounts.isEmpty ? "<none>" : "")
            for mount in mounts.sorted() { out += "      " + mount + "\n" }
        }
    }

    private mutating func writeState(_ title: String, _ state: JSON?) {
        if let running = state?["running"] {
            line(2, title, "Running")
            line(3, "Started", running["startedAt"]?.string ?? "")
        } else if let ended = state?["terminated"] {
            line(2, title, "Terminated")
            if let reason = ended["reason"]?.string { line(3, "Reason", reason) }
            if let message = ended["message"]?.string { line(3, "Message", message) }
            line(3, "Exit Code", String(ended["exitCode"]?.int ?? 0))
            line(3, "Started", ended["startedAt"]?.string ?? "")
            line(3, "Finished", ended["finishedAt"]?.string ?? "")
        } else {
            line(2, title, "Waiting")
            if let reason = state?["waiting"]?["reason"]?.string { line(3, "Reason", reason) }
        }
    }

    private mutating func writeEnvironment(_ container: JSON) {
        let from = container["envFrom"]?.array ?? []
        if !from.isEmpty {
            line(2, "Environment Variables from", "")
            for source in from {
                let kind = source["configMapRef"] != nil ? "ConfigMap" : "Secret"
                let object = source["configMapRef"] ?? source["secretRef"]
                let optional = object?["optional"]?.bool == true
                out += "      \(object?["name"]?.string ?? "")  \(kind)  Optional: \(optional)\n"
            }
        }
        let variables = container["env"]?.array ?? []
        line(2, "Environment", variables.isEmpty ? "<none>" : "")
        for variable in variables {
            let name = variable["name"]?.string ?? ""
            var value = variable["value"]?.string ?? ""
            if let source = variable["valueFrom"] {
                if let key = source["configMapKeyRef"] ?? source["secretKeyRef"] {
                    let kind = source["secretKeyRef"] != nil ? "secret" : "config map"
                    value =
                        "<set to the key '\(key["key"]?.string ?? "")' in \(kind) "
                        + "'\(key["name"]?.string ?? "")'>"
                } else if let field = source["fieldRef"]?["fieldPath"]?.string {
                    value = "(v1:\(field))"
                } else if let resource = source["resourceFieldRef"]?["resource"]?.string {
                    value = "(\(resource))"
                }
            }
            out += "      \(name):  \(value)\n"
        }
    }

    private static func text(ofProbe probe: JSON) -> String {
        var action = "unknown"
        if let command = probe["exec"]?["command"]?.array {
            action = "exec [" + command.compactMap(\.string).joined(separator: " ") + "]"
        } else if let get = probe["httpGet"] {
            let scheme = (get["scheme"]?.string ?? "HTTP").lowercased()
            let port = get["port"].map { $0.string ?? $0.text() } ?? ""
            action =
                "http-get \(scheme)://\(get["host"]?.string ?? ""):\(port)"
                + (get["path"]?.string ?? "/")
        } else if let socket = probe["tcpSocket"] {
            let port = socket["port"].map { $0.string ?? $0.text() } ?? ""
            action = "tcp-socket \(socket["host"]?.string ?? ""):\(port)"
        } else if let grpc = probe["grpc"] {
            action = "grpc <pod>:\(grpc["port"]?.int ?? 0) \(grpc["service"]?.string ?? "")"
        }
        func seconds(_ key: String) -> String { "\(probe[key]?.int ?? 0)s" }
        return action
            + " delay=\(seconds("initialDelaySeconds")) timeout=\(seconds("timeoutSeconds"))"
            + " period=\(seconds("periodSeconds")) #success=\(probe["successThreshold"]?.int ?? 1)"
            + " #failure=\(probe["failureThreshold"]?.int ?? 3)"
    }

    private mutating func writeConditions(_ pod: JSON) {
        line(0, "Conditions", "")
        var rows = [["  Type", "Status", "Reason"]]
        for condition in pod["status"]?["conditions"]?.array ?? [] {
            rows.append([
                "  " + (condition["type"]?.string ?? ""), condition["status"]?.string ?? "",
                condition["reason"]?.string ?? "",
            ])
        }
        var table = TableText()
        out += table.text(of: rows)
    }

    private mutating func writeVolumes(_ pod: JSON) {
        let volumes = pod["spec"]?["volumes"]?.array ?? []
        line(0, "Volumes", volumes.isEmpty ? "<none>" : "")
        for volume in volumes {
            line(1, volume["name"]?.string ?? "", "")
            for (key, value) in volume.object?.members ?? [] where key != "name" {
                line(2, "Type", key)
                for pair in pairs(value, ": ") { out += "      " + pair + "\n" }
            }
        }
    }

    private mutating func writeEvents(_ events: JSON) {
        let items = events["items"]?.array ?? []
        guard !items.isEmpty else { return line(0, "Events", "<none>") }
        line(0, "Events", "")
        var rows = [["  Type", "Reason", "Age", "From", "Message"]]
        for event in items.sorted(by: { time($0) < time($1) }) {
            let count = event["count"]?.int ?? 1
            var age = age(event["lastTimestamp"]?.string ?? "")
            if count > 1 {
                age += " (x\(count) over \(self.age(event["firstTimestamp"]?.string ?? "")))"
            }
            rows.append([
                "  " + (event["type"]?.string ?? ""), event["reason"]?.string ?? "", age,
                event["source"]?["component"]?.string ?? "", event["message"]?.string ?? "",
            ])
        }
        var table = TableText()
        out += table.text(of: rows)
    }

    private func time(_ event: JSON) -> Timestamp {
        Timestamp(rfc3339: event["lastTimestamp"]?.string ?? "") ?? Timestamp(seconds: 0)
    }

    private func age(_ text: String) -> String {
        Timestamp(rfc3339: text).map { (now - $0).humanText } ?? "<unknown>"
    }
}
