internal import Formats

extension PodDescription {
    /// Every container of a pod, by its kind.
    mutating func writeContainers(of pod: JSON) {
        for (title, list, statuses) in [
            ("Init Containers", "initContainers", "initContainerStatuses"),
            ("Containers", "containers", "containerStatuses"),
            ("Ephemeral Containers", "ephemeralContainers", "ephemeralContainerStatuses"),
        ] {
            let containers = pod["spec"]?[list]?.array ?? []
            guard !containers.isEmpty else { continue }
            line(0, title + ":")
            for container in containers {
                let name = container["name"]?.string ?? ""
                let status = pod["status"]?[statuses]?.array?
                    .first { $0["name"]?.string == name }
                line(1, name + ":")
                writeContainer(container, status, pod)
            }
        }
    }

    private mutating func writeContainer(_ container: JSON, _ status: JSON?, _ pod: JSON) {
        line(2, "Container ID:\t" + (status?["containerID"]?.string ?? ""))
        line(2, "Image:\t" + (container["image"]?.string ?? ""))
        line(2, "Image ID:\t" + (status?["imageID"]?.string ?? ""))
        let ports = container["ports"]?.array ?? []
        for (title, key) in [("Port", "containerPort"), ("Host Port", "hostPort")] {
            let texts = ports.map { "\($0[key]?.int ?? 0)/\($0["protocol"]?.string ?? "TCP")" }
            let text = texts.isEmpty ? "<none>" : texts.joined(separator: ", ")
            line(2, title + (texts.count > 1 ? "s" : "") + ":\t" + text)
        }
        for (title, key) in [("Command", "command"), ("Args", "args")] {
            let words = container[key]?.array ?? []
            guard !words.isEmpty else { continue }
            line(2, title + ":")
            for word in words {
                let parts = (word.string ?? "").split(
                    separator: "\n",
                    omittingEmptySubsequences: false
                )
                for part in parts { line(3, String(part)) }
            }
        }
        writeState("State", status?["state"])
        if status?["lastState"]?["terminated"] != nil {
            writeState("Last State", status?["lastState"])
        }
        line(2, "Ready:\t" + (status?["ready"]?.bool == true ? "True" : "False"))
        line(2, "Restart Count:\t\(status?["restartCount"]?.int ?? 0)")
        for (title, key) in [("Limits", "limits"), ("Requests", "requests")] {
            let values = container["resources"]?[key]?.object?.members ?? []
            guard !values.isEmpty else { continue }
            line(2, title + ":")
            for (name, value) in values.sorted(by: { $0.key < $1.key }) {
                line(3, name + ":\t" + (value.string ?? value.text()))
            }
        }
        for (title, key) in [
            ("Liveness", "livenessProbe"), ("Readiness", "readinessProbe"),
            ("Startup", "startupProbe"),
        ] {
            if let probe = container[key] { line(2, title + ":\t" + Self.text(ofProbe: probe)) }
        }
        writeEnvironment(container, pod)
        writeMounts(container)
    }

    private mutating func writeState(_ title: String, _ state: JSON?) {
        if let running = state?["running"] {
            line(2, title + ":\tRunning")
            line(3, "Started:\t" + Self.date(running["startedAt"]?.string ?? ""))
        } else if let ended = state?["terminated"] {
            line(2, title + ":\tTerminated")
            if let reason = ended["reason"]?.string { line(3, "Reason:\t" + reason) }
            if let message = ended["message"]?.string, !message.isEmpty {
                line(3, "Message:\t" + message)
            }
            line(3, "Exit Code:\t\(ended["exitCode"]?.int ?? 0)")
            if let signal = ended["signal"]?.int, signal > 0 { line(3, "Signal:\t\(signal)") }
            line(3, "Started:\t" + Self.date(ended["startedAt"]?.string ?? ""))
            line(3, "Finished:\t" + Self.date(ended["finishedAt"]?.string ?? ""))
        } else {
            line(2, title + ":\tWaiting")
            if let reason = state?["waiting"]?["reason"]?.string { line(3, "Reason:\t" + reason) }
        }
    }

    private static func text(ofProbe probe: JSON) -> String {
        func port(_ handler: JSON) -> String {
            handler["port"].map { $0.string ?? $0.text() } ?? ""
        }
        var action = "unknown"
        if let command = probe["exec"]?["command"]?.array {
            action = "exec [" + command.compactMap(\.string).joined(separator: " ") + "]"
        } else if let get = probe["httpGet"] {
            let path = get["path"]?.string ?? "/"
            action =
                "http-get \((get["scheme"]?.string ?? "HTTP").lowercased())://"
                + "\(get["host"]?.string ?? ""):\(port(get))"
                + (path.hasPrefix("/") ? path : "/" + path)
        } else if let socket = probe["tcpSocket"] {
            action = "tcp-socket \(socket["host"]?.string ?? ""):\(port(socket))"
        } else if let grpc = probe["grpc"] {
            action = "grpc <pod>:\(port(grpc)) \(grpc["service"]?.string ?? "")"
        }
        func number(_ key: String) -> Int { probe[key]?.int ?? 0 }
        return action
            + " delay=\(number("initialDelaySeconds"))s timeout=\(number("timeoutSeconds"))s"
            + " period=\(number("periodSeconds"))s #success=\(number("successThreshold"))"
            + " #failure=\(number("failureThreshold"))"
    }

    // MARK: Environment

    private mutating func writeEnvironment(_ container: JSON, _ pod: JSON) {
        let sources = container["envFrom"]?.array ?? []
        if !sources.isEmpty { line(2, "Environment Variables from:") }
        for source in sources {
            var kind = source["configMapRef"] != nil ? "ConfigMap" : "Secret"
            let object = source["configMapRef"] ?? source["secretRef"]
            if let prefix = source["prefix"]?.string, !prefix.isEmpty {
                kind += " with prefix '\(prefix)'"
            }
            let isOptional = object?["optional"]?.bool == true
            line(3, "\(object?["name"]?.string ?? "")\t\(kind)\tOptional: \(isOptional)")
        }
        let variables = container["env"]?.array ?? []
        line(2, variables.isEmpty ? "Environment:\t<none>" : "Environment:")
        for variable in variables {
            let name = variable["name"]?.string ?? ""
            guard let source = variable["valueFrom"] else {
                let parts = (variable["value"]?.string ?? "").split(
                    separator: "\n",
                    omittingEmptySubsequences: false
                )
                line(3, name + ":\t" + (parts.first ?? ""))
                for part in parts.dropFirst() { line(3, "\t" + part) }
                continue
            }
            line(3, name + ":\t" + text(of: source, container, pod))
        }
    }

    private func text(of source: JSON, _ container: JSON, _ pod: JSON) -> String {
        func key(_ reference: JSON, _ place: String) -> String {
            "<set to the key '\(reference["key"]?.string ?? "")' \(place) "
                + "'\(reference["name"]?.string ?? "")'>\t"
                + "Optional: \(reference["optional"]?.bool == true)"
        }
        if let reference = source["configMapKeyRef"] { return key(reference, "of config map") }
        if let reference = source["secretKeyRef"] { return key(reference, "in secret") }
        if let field = source["fieldRef"] {
            let path = field["fieldPath"]?.string ?? ""
            let version = field["apiVersion"]?.string ?? "v1"
            return "\(Self.metadata(pod, path)) (\(version):\(path))"
        }
        guard let field = source["resourceFieldRef"] else { return "" }
        let name = field["resource"]?.string ?? ""
        var owner = container
        if let other = field["containerName"]?.string, !other.isEmpty {
            let all =
                (pod["spec"]?["containers"]?.array ?? [])
                + (pod["spec"]?["initContainers"]?.array ?? [])
            owner = all.first { $0["name"]?.string == other } ?? container
        }
        let value = Self.resource(owner, name, divisor: field["divisor"])
        let isLimit = name == "limits.cpu" || name == "limits.memory"
        return (value == 0 && isLimit ? "node allocatable" : "\(value)") + " (\(name))"
    }

    /// The value of a field of the metadata as far as kubectl shows it; empty for others.
    private static func metadata(_ pod: JSON, _ path: String) -> String {
        for name in ["name", "namespace", "uid"] where path == "metadata." + name {
            return pod["metadata"]?[name]?.string ?? ""
        }
        return ""
    }

    /// A limit or request in units of the divisor, rounded up.
    private static func resource(_ container: JSON, _ name: String, divisor: JSON?) -> Int {
        let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
        guard parts.count == 2, let text = container["resources"]?[parts[0]]?[parts[1]],
            let quantity = try? Quantity(json: text)
        else { return 0 }
        let unit = divisor.flatMap { try? Quantity(json: $0) }.map { $0.isZero ? Quantity(1) : $0 }
        let nanos = (unit ?? Quantity(1)).nanos
        return Int(clamping: (quantity.nanos + nanos - 1) / nanos)
    }

    // MARK: Mounts

    private mutating func writeMounts(_ container: JSON) {
        let mounts = (container["volumeMounts"]?.array ?? [])
            .sorted { ($0["mountPath"]?.string ?? "") < ($1["mountPath"]?.string ?? "") }
        line(2, mounts.isEmpty ? "Mounts:\t<none>" : "Mounts:")
        for mount in mounts {
            var flags = mount["readOnly"]?.bool == true ? "ro" : "rw"
            if let path = mount["subPath"]?.string, !path.isEmpty { flags += ",path=\"\(path)\"" }
            let name = mount["name"]?.string ?? ""
            line(3, "\(mount["mountPath"]?.string ?? "") from \(name) (\(flags))")
        }
    }
}
