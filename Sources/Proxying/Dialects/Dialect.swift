/// The languages that configurations are written in.
public enum Dialect: String, Sendable, Hashable, CaseIterable {
    /// Envoy's static bootstrap, YAML or JSON.
    case envoy
    /// nginx's directives.
    case nginx
    /// HAProxy's sections.
    case haproxy
    /// Our own, `proxy.yaml`.
    case own

    /// The language of a file, by its content and then its name; `nil` if nothing tells.
    ///
    /// - Parameters:
    ///   - text: The file's text.
    ///   - name: The file's name or path.
    /// - Returns: The language.
    public static func guess(text: String, name: String) -> Dialect? {
        if let dialect = guess(text: text) { return dialect }
        let last = name.split(separator: "/").last.map { $0.lowercased() } ?? ""
        if last.hasPrefix("envoy") { return .envoy }
        if last.hasPrefix("nginx") { return .nginx }
        if last.hasPrefix("haproxy") || last.hasSuffix(".cfg") { return .haproxy }
        if last.hasSuffix(".yaml") || last.hasSuffix(".yml") { return .own }
        if last.hasSuffix(".json") { return .envoy }
        if last.hasSuffix(".conf") { return .nginx }
        return nil
    }

    /// The language that a program of that name reads.
    public static func of(program: String) -> Dialect? {
        switch program.split(separator: "/").last ?? "" {
        case "envoy": .envoy
        case "nginx": .nginx
        case "haproxy": .haproxy
        default: nil
        }
    }

    private static func guess(text: String) -> Dialect? {
        let envoy: Set = [
            "static_resources", "staticResources", "dynamic_resources", "dynamicResources",
            "node", "layered_runtime", "overload_manager", "stats_config",
        ]
        let nginx: Set = ["http", "events", "server", "stream", "upstream", "worker_processes"]
        let haproxy: Set = ["global", "defaults", "frontend", "backend", "listen", "resolvers"]
        let own: Set = ["listen", "listeners", "services", "to", "routes", "tcp"]
        for line in text.split(whereSeparator: \.isNewline) {
            let trimmed = line.drop { $0 == " " || $0 == "\t" || $0 == "{" }
            if trimmed.isEmpty || trimmed.hasPrefix("#") || trimmed == "---" { continue }
            let word = String(trimmed.prefix { $0.isLetter || $0 == "_" || $0 == "\"" })
            let bare = word.filter { $0 != "\"" }
            let rest = trimmed.dropFirst(word.count).drop { $0 == " " || $0 == "\t" }
            if rest.hasPrefix(":") {
                if envoy.contains(bare) { return .envoy }
                if bare == "admin" {
                    // A map in Envoy's language, an address in ours.
                    let value = rest.dropFirst().drop { $0 == " " }
                    return value.isEmpty || value.hasPrefix("{") || value.hasPrefix("#")
                        ? .envoy : .own
                }
                if own.contains(bare) { return .own }
                continue
            }
            if line.first != " ", haproxy.contains(bare), !rest.hasPrefix("{"),
                !line.hasSuffix(";")
            {
                return .haproxy
            }
            if nginx.contains(bare),
                rest.hasPrefix("{") || line.contains(";") || rest.isEmpty
                    || line.contains("{")
            {
                return .nginx
            }
            if line.contains(";") { return .nginx }
        }
        return nil
    }
}
