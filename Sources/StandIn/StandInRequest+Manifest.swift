package import Formats

extension StandInRequest {
    /// Reads a container of a pod.
    ///
    /// Values of variables that come from elsewhere are empty and `unknown`. References `$(NAME)` are filled in.
    /// - Parameters:
    ///   - container: The container's object.
    ///   - spec: The pod's `spec`.
    ///   - configMap: Gives a ConfigMap of the pod's namespace by its name.
    package init(
        container: JSON,
        of spec: JSON,
        configMap: (String) -> JSON? = { _ in nil }
    ) {
        func texts(_ json: JSON?) -> [String] { json?.array?.compactMap(\.string) ?? [] }
        var environment: [String: String] = [:]
        var unknown: Set<String> = []
        for entry in container["env"]?.array ?? [] {
            guard let name = entry["name"]?.string else { continue }
            environment[name] = Self.expand(entry["value"]?.string ?? "") { environment[$0] }
            if entry["valueFrom"] != nil { unknown.insert(name) } else { unknown.remove(name) }
        }
        func filled(_ words: [String]) -> [String] {
            words.map { word in
                Self.expand(word) { unknown.contains($0) ? nil : environment[$0] }
            }
        }
        let mounts = container["volumeMounts"]?.array ?? []
        self.init(
            image: container["image"]?.string ?? "",
            command: filled(texts(container["command"])),
            args: filled(texts(container["args"])),
            environment: environment,
            mounts: mounts.compactMap { $0["mountPath"]?.string },
            ports: container["ports"]?.array?.compactMap { $0["containerPort"]?.int } ?? []
        )
        self.unknown = unknown
        hasMoreVariables = !(container["envFrom"]?.array ?? []).isEmpty
        for mount in mounts {
            guard let place = mount["mountPath"]?.string, let name = mount["name"]?.string,
                let volume = spec["volumes"]?.array?.first(where: { $0["name"]?.string == name })
            else { continue }
            let part = mount["subPath"]?.string ?? ""
            for (path, text) in Self.texts(in: volume, configMap) {
                if part.isEmpty {
                    files[Self.clean(place + "/" + path)] = text
                } else if path == part {
                    files[Self.clean(place)] = text
                } else if path.hasPrefix(part + "/") {
                    files[Self.clean(place + path.dropFirst(part.count))] = text
                }
            }
        }
    }

    /// The files that ConfigMaps put into a volume.
    private static func texts(
        in volume: JSON,
        _ configMap: (String) -> JSON?
    ) -> [(path: String, text: String)] {
        var sources: [JSON] = []
        if let source = volume["configMap"] { sources.append(source) }
        for projected in volume["projected"]?["sources"]?.array ?? [] {
            if let source = projected["configMap"] { sources.append(source) }
        }
        var found: [(String, String)] = []
        for source in sources {
            guard let data = source["name"]?.string.flatMap(configMap)?["data"]?.object else {
                continue
            }
            guard let items = source["items"]?.array, !items.isEmpty else {
                for (key, value) in data.members {
                    if let text = value.string { found.append((key, text)) }
                }
                continue
            }
            for item in items {
                guard let key = item["key"]?.string, let path = item["path"]?.string,
                    let text = data[key]?.string
                else { continue }
                found.append((path, text))
            }
        }
        return found
    }

    /// Finds a container of a pod by its name, of whatever kind.
    package static func container(named name: String, in spec: JSON) -> JSON? {
        for kind in ["initContainers", "containers", "ephemeralContainers"] {
            for container in spec[kind]?.array ?? [] where container["name"]?.string == name {
                return container
            }
        }
        return nil
    }
}
