import Basics
import Formats

/// Reads `proxy.yaml`, our own language; Documentation/formats/proxy.md says what its keys mean.
final class OwnReader {
    let log: FindingLog
    let options: ReadingOptions
    /// Clusters, those of `services` first; others come with the texts that name hosts.
    var clusters = ClusterBook()
    /// The names under `services`.
    private var services: Set<String> = []

    init(log: FindingLog, options: ReadingOptions) {
        self.log = log
        self.options = options
    }

    func read(_ fields: Fields) -> ProxyConfiguration {
        var configuration = ProxyConfiguration()
        if let named = fields.fields("services") {
            let entries = named.entries()
            services = Set(entries.map(\.key))
            for (name, node) in entries {
                if let cluster = service(name, node) { clusters.add(cluster) }
            }
        }
        if fields.has("listeners") {
            let nodes = fields.list("listeners")
            if nodes.isEmpty { log.error(fields.place("listeners"), "the list is empty") }
            configuration.listeners = nodes.compactMap { $0.fields() }.compactMap { body in
                let listener = listener(body)
                body.finish()
                return listener
            }
            if fields.has("listen") {
                log.error(
                    fields.place("listen"),
                    "\"listen\" and \"listeners\" exclude each other",
                    "move it into listeners"
                )
            }
        } else if let listener = listener(fields) {
            configuration.listeners = [listener]
        }
        if let node = fields.value("admin") {
            configuration.wantsAdmin = node.tree.scalar?.bool != false
            if configuration.wantsAdmin { configuration.admin = hostPort(node, host: "127.0.0.1") }
        }
        if let drain = fields.duration("drain") { configuration.drain = drain }
        if let most = fields.integer("connections_total", 1...Int.max) {
            configuration.connectionsMaximum = most
        }
        if let node = fields.fields("node") {
            configuration.node = NodeIdentity(
                id: node.text("id") ?? "",
                cluster: node.text("cluster") ?? ""
            )
            node.finish()
        }
        fields.finish()
        checkAddresses(configuration.listeners, fields)
        configuration.clusters = clusters.all
        return configuration
    }

    private func checkAddresses(_ listeners: [ListenerSettings], _ fields: Fields) {
        var seen: Set<HostPort> = []
        for listener in listeners where !seen.insert(listener.address).inserted {
            log.error(
                fields.place("listeners"),
                "two listeners are at \(listener.address)",
                "write one with \"sites\""
            )
        }
    }

    // MARK: Addresses

    /// Where to listen.
    func hostPort(_ node: Node, host: String) -> HostPort? {
        guard let text = node.text() else { return nil }
        guard let address = AddressText.hostPort(text, host: host) else {
            node.error(
                "\"\(text)\" is no port or address to listen on",
                "write 8080 or 127.0.0.1:8080"
            )
            return nil
        }
        if !address.isPath, AddressText.address(address.host) == nil, address.host != "localhost" {
            node.error("\"\(address.host)\" is no address", "write 0.0.0.0, 127.0.0.1 or ::")
        }
        return address.host == "localhost"
            ? HostPort(host: "127.0.0.1", port: address.port) : address
    }

    /// The name of the cluster that a text leads to: a service, `host:port`, or a URL.
    func cluster(_ node: Node, defaultPort: UInt16? = 80) -> String? {
        if node.tree.sequence != nil { return cluster(of: node.elements(), node, defaultPort) }
        guard let text = node.text() else { return nil }
        if services.contains(text) { return text }
        guard let target = Target(text, defaultPort: defaultPort) else {
            let nearest = NearestMatch.of(text, among: services.sorted())
            node.error(
                "\"\(text)\" is neither a service nor host:port nor a URL",
                nearest.map { "did you mean \"\($0)\"?" }
                    ?? "write host:port, or add it to services"
            )
            return nil
        }
        if target.isBareName, !services.isEmpty,
            let nearest = NearestMatch.of(text, among: services.sorted())
        {
            node.error("there is no service \"\(text)\"", "did you mean \"\(nearest)\"?")
            return nil
        }
        if let path = target.path, path != "/" {
            node.error(
                "a path after the host has no meaning here",
                "write rewrite: \(path)"
            )
        }
        return clusters.add(target)
    }

    /// A cluster of several hosts that are listed where one is meant.
    private func cluster(of nodes: [Node], _ list: Node, _ port: UInt16?) -> String? {
        let targets = nodes.compactMap { node -> Target? in
            guard let text = node.text() else { return nil }
            guard let target = Target(text, defaultPort: port) else {
                node.error("\"\(text)\" is not host:port")
                return nil
            }
            return target
        }
        guard let first = targets.first else {
            if nodes.isEmpty { list.error("the list is empty") }
            return nil
        }
        if targets.contains(where: { $0.isTLS != first.isTLS }) {
            list.error("some hosts speak TLS and some do not", "make two services")
        }
        var cluster = first.cluster
        cluster.name = targets.map(\.address.description).joined(separator: ",")
        cluster.endpoints = targets.map { Endpoint(address: $0.address) }
        if targets.contains(where: { $0.cluster.discovery == .strictDNS }) {
            cluster.discovery = .strictDNS
        }
        clusters.add(cluster)
        return cluster.name
    }

    func addCluster(_ target: Target) -> String { clusters.add(target) }

    // MARK: Values

    /// A rate such as `100/s;burst=200;key=ip`, or a map of the same words.
    func rate(_ node: Node) -> RateLimitSettings? {
        if let text = node.tree.scalar?.text {
            switch RateText.parse(text) {
            case .success(let settings): return settings
            case .failure(let error):
                node.error(error.what, error.remedy)
                return nil
            }
        }
        guard let fields = node.fields() else { return nil }
        defer { fields.finish() }
        var words: [String] = [fields.requiredText("rate") ?? "1/s"]
        if let burst = fields.text("burst") { words.append("burst=\(burst)") }
        if let key = fields.text("key") { words.append("key=\(key)") }
        switch RateText.parse(words.joined(separator: ";")) {
        case .success(var settings):
            if let status = fields.integer("status", 400...599) { settings.status = status }
            if let sends = fields.bool("headers") { settings.sendsRateLimitHeaders = sends }
            if let queue = fields.integer("queue") { settings.queueMaximum = queue }
            return settings
        case .failure(let error):
            node.error(error.what, error.remedy)
            return nil
        }
    }

    /// A number of bytes such as `64KiB`, `10M`.
    func size(_ fields: Fields, _ key: String) -> Int? {
        guard let node = fields.value(key), let text = node.text() else { return nil }
        guard let size = SizeText.parse(text) else {
            node.error("\"\(text)\" is no size", "write 65536, 64KiB or 10MiB")
            return nil
        }
        return size
    }

    /// A text, or a list of texts.
    func textOrTexts(_ fields: Fields, _ key: String) -> [String] {
        guard let node = fields.value(key) else { return [] }
        if node.tree.sequence != nil { return node.elements().compactMap { $0.text() } }
        return node.text().map { [$0] } ?? []
    }

    func ranges(_ fields: Fields, _ key: String) -> [AddressRange] {
        guard let node = fields.value(key) else { return [] }
        let nodes = node.tree.sequence != nil ? node.elements() : [node]
        return nodes.compactMap { node in
            guard let text = node.text() else { return nil }
            guard let range = AddressText.range(text) else {
                node.error("\"\(text)\" is no address or range", "write 10.0.0.0/8")
                return nil
            }
            return range
        }
    }

    /// A test of a text: equal, or with `*` at an end, or between slashes a regular expression.
    func textMatch(_ node: Node) -> TextMatch? {
        guard let text = node.text() else { return nil }
        if text.utf8.count > 2, text.hasPrefix("/"), text.hasSuffix("/") {
            let pattern = String(text.dropFirst().dropLast())
            return checked(pattern, node) ? .regex(pattern) : nil
        }
        if text.hasSuffix("*"), !text.hasPrefix("*") { return .prefix(String(text.dropLast())) }
        if text.hasPrefix("*"), text != "*" {
            let rest = String(text.dropFirst())
            return rest.hasSuffix("*") ? .contains(String(rest.dropLast())) : .suffix(rest)
        }
        return .exact(text)
    }

    /// A test of an origin, in which `*` stands for anything but a slash: `https://*.example.com`.
    func originMatch(_ node: Node) -> TextMatch? {
        guard let text = node.tree.scalar?.text, !text.hasPrefix("/") else {
            return textMatch(node)
        }
        if text == "*" { return .prefix("") }
        let parts = text.split(separator: "*", omittingEmptySubsequences: false)
        if parts.count == 1 || parts.count == 2 && (parts[0].isEmpty || parts[1].isEmpty) {
            return textMatch(node)
        }
        return .regex(parts.map { Self.literal(String($0)) }.joined(separator: "[^/]*"))
    }

    /// A regular expression that only the text fits.
    private static func literal(_ text: String) -> String {
        text.map { $0.isLetter || $0.isNumber ? "\($0)" : "\\\($0)" }.joined()
    }

    func checked(_ pattern: String, _ node: Node) -> Bool {
        do throws(Failure) {
            _ = try Pattern(pattern)
            return true
        } catch {
            node.error(error.description)
            return false
        }
    }
}
