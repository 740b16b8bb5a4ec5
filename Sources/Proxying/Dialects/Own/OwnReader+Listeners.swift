import Formats

/// Listeners of our own language.
extension OwnReader {
    func listener(_ fields: Fields) -> ListenerSettings? {
        // Read to the end even without an address, so that all mistakes are told.
        let found = fields.required("listen").flatMap { hostPort($0, host: "0.0.0.0") }
        let address = found ?? HostPort(host: "0.0.0.0")
        var listener = ListenerSettings(
            name: fields.text("name") ?? address.description,
            address: address,
            chains: []
        )
        listener.acceptsProxyProtocol = fields.bool("proxy_protocol") ?? false
        listener.connectionsMaximum = fields.integer("connections", 1...Int.max) ?? 0
        listener.connectionRate = fields.value("connection_rate").flatMap(rate)?.bucket
        if let most = size(fields, "buffer") { listener.bufferMaximum = most }
        let tls = fields.fields("tls").flatMap(serverTLS)
        switch fields.oneOf(["to", "routes", "sites", "redirect", "respond", "tcp", "sni"]) {
        case "tcp":
            if let tunnel = tunnel(fields, "tcp") {
                listener.chains = [FilterChain(tls: tls, handler: .tcp(tunnel))]
            }
        case "sni":
            if tls != nil {
                log.error(fields.place("sni"), "\"sni\" passes TLS through", "remove \"tls\"")
            }
            listener.chains = passes(fields)
        case nil:
            log.error(
                fields.has("listen") ? fields.place("listen") : fields.place,
                "nothing says where requests go",
                "add \"to\", \"routes\", \"sites\", \"redirect\", \"respond\", \"tcp\" or \"sni\""
            )
        default:
            let settings = http(fields, listener.name)
            listener.chains = [FilterChain(tls: tls, handler: .http(settings))]
        }
        return listener.chains.isEmpty || found == nil ? nil : listener
    }

    // MARK: TCP

    private func tunnel(_ fields: Fields, _ key: String) -> TunnelSettings? {
        guard let node = fields.value(key) else { return nil }
        guard let name = cluster(node, defaultPort: nil) else { return nil }
        return tunnel(fields, cluster: name)
    }

    private func tunnel(_ fields: Fields, cluster: String) -> TunnelSettings {
        var tunnel = TunnelSettings(clusters: [WeightedCluster(name: cluster)])
        if let node = fields.value("idle_timeout") { tunnel.idleTimeout = limit(node) }
        tunnel.connectAttempts = fields.integer("attempts", 1...100) ?? 3
        tunnel.addresses = addresses(fields)
        tunnel.accessLogs = accessLogs(fields)
        balance(fields, cluster)
        return tunnel
    }

    /// TLS that is passed through, by the name in its hello.
    private func passes(_ fields: Fields) -> [FilterChain] {
        guard let names = fields.fields("sni") else { return [] }
        return names.entries().compactMap { name, node in
            guard let cluster = cluster(node, defaultPort: 443) else { return nil }
            var match = ChainMatch()
            if name != "*" {
                match.serverNames = [name.lowercased()]
                match.isTLS = true
            }
            return FilterChain(match: match, handler: .tcp(tunnel(fields, cluster: cluster)))
        }
    }

    /// Settings of the one cluster of a short listener, written beside it.
    func balance(_ fields: Fields, _ cluster: String) {
        if let node = fields.value("balance"), let balancing = balancing(node) {
            clusters.change(cluster) { $0.balancing = balancing }
        }
        if let node = fields.value("check"), let check = healthCheck(node) {
            clusters.change(cluster) { $0.healthChecks = [check] }
        }
        if let timeout = fields.duration("connect_timeout") {
            clusters.change(cluster) { $0.connectTimeout = timeout }
        }
    }

    // MARK: HTTP

    func http(_ fields: Fields, _ name: String) -> HTTPSettings {
        var settings = HTTPSettings(statPrefix: name, routes: RouteTable(hosts: []))
        settings.serverName = fields.text("server")
        settings.normalizesPath = fields.bool("normalize_path") ?? true
        settings.mergesSlashes = fields.bool("merge_slashes") ?? false
        settings.upgrades = fields.bool("websocket") == false ? [] : ["websocket"]
        settings.routes.ignoresPort = true
        if let index = fields.choice("http", ["auto", "1", "2"]) {
            settings.codec = [.auto, .http1, .http2][index]
        }
        settings.accessLogs = accessLogs(fields)
        forwarding(fields, &settings)
        limits(fields, &settings)
        if let path = fields.text("health") { settings.filters.append(.health(path: path)) }
        if let rules = addresses(fields) { settings.filters.append(.addresses(rules)) }
        if let cors = fields.value("cors").flatMap(cors) { settings.filters.append(.cors(cors)) }
        if let auth = fields.value("auth") { settings.filters += authentication(auth) }
        if let limit = fields.value("rate_limit").flatMap(rate) {
            settings.filters.append(.rateLimit(limit))
        }
        if let fault = fields.fields("fault") { settings.filters.append(.fault(self.fault(fault))) }
        if let tracing = fields.fields("tracing") { settings.tracing = self.tracing(tracing) }
        settings.localReplies = fields.list("errors").compactMap(localReply)
        var hosts: [VirtualHost] = []
        if fields.has("sites") {
            hosts = fields.list("sites").compactMap { $0.fields() }.enumerated().map {
                index,
                site in
                defer { site.finish() }
                return host(site, "\(name)/\(index)", isSite: true)
            }
        } else {
            hosts = [host(fields, name, isSite: false)]
        }
        if let path = fields.text("metrics") {
            let route = Route(
                name: "metrics",
                match: RouteMatch(path: .exact(path)),
                action: .metrics
            )
            for index in hosts.indices { hosts[index].routes.insert(route, at: 0) }
        }
        checkDomains(hosts, fields)
        settings.routes.hosts = hosts
        return settings
    }

    private func checkDomains(_ hosts: [VirtualHost], _ fields: Fields) {
        var seen: Set<String> = []
        for domain in hosts.flatMap(\.domains) where !seen.insert(domain).inserted {
            log.error(fields.place("sites"), "two sites have the host \"\(domain)\"")
        }
    }

    private func forwarding(_ fields: Fields, _ settings: inout HTTPSettings) {
        settings.forwarding.usesRemoteAddress = true
        settings.forwarding.forwardedFor = .append
        let words = ["append", "keep", "remove"]
        if let index = fields.choice("forwarded_for", words) {
            settings.forwarding.forwardedFor = [.append, .keep, .remove][index]
        }
        settings.forwarding.trustedHops = fields.integer("trusted_hops", 0...100) ?? 0
        settings.forwarding.setsRequestID = fields.bool("request_id") ?? true
        settings.forwarding.via = fields.text("via")
        settings.forwarding.writesEnvoyHeaders = fields.bool("envoy_headers") ?? false
    }

    private func limits(_ fields: Fields, _ settings: inout HTTPSettings) {
        settings.bodyMaximum = size(fields, "body_limit")
        if let most = size(fields, "header_limit") { settings.headBytesMaximum = most }
        if let most = fields.integer("header_count", 1...10_000) {
            settings.headFieldsMaximum = most
        }
        if let most = fields.integer("requests_per_connection") { settings.requestsMaximum = most }
        if let most = fields.integer("streams", 1...100_000) { settings.streamsMaximum = most }
        if let node = fields.value("idle_timeout") { settings.idleTimeout = limit(node) }
        if let node = fields.value("stream_idle_timeout") {
            settings.streamIdleTimeout = limit(node)
        }
        if let node = fields.value("request_timeout") { settings.requestTimeout = limit(node) }
        if let node = fields.value("header_timeout") {
            settings.requestHeadersTimeout = limit(node)
        }
    }

    /// A duration, where `off` and 0 are no limit.
    func limit(_ node: Node) -> Duration? {
        if node.tree.scalar?.bool == false { return nil }
        let duration = node.duration()
        return duration == .zero ? nil : duration
    }

    /// The access log: standard output unless something else is said.
    func accessLogs(_ fields: Fields) -> [AccessLogSettings] {
        guard let node = fields.value("access_log") else {
            return [AccessLogSettings(sink: .standardOutput)]
        }
        if node.tree.scalar != nil {
            if node.tree.scalar?.bool == false { return [] }
            guard let text = node.text() else { return [] }
            return text == "json"
                ? [AccessLogSettings(sink: .standardOutput, format: .json(Self.jsonMembers))]
                : [AccessLogSettings(sink: sink(text))]
        }
        guard let body = node.fields() else { return [] }
        defer { body.finish() }
        var settings = AccessLogSettings(sink: sink(body.text("to") ?? "stdout"))
        switch body.oneOf(["format", "json"]) {
        case "format":
            let text = body.text("format") ?? ""
            log.checkCommands(text, body.place("format"))
            settings.format = .text(text.hasSuffix("\n") ? text : text + "\n")
        case "json":
            if body.value("json")?.tree.scalar?.bool == true {
                settings.format = .json(Self.jsonMembers)
            } else if let members = body.fields("json") {
                settings.format = .json(
                    members.entries().map { .init(key: $0.key, value: $0.node.text() ?? "") }
                )
            }
        default: break
        }
        settings.minimumStatus = body.integer("minimum_status", 100...599)
        return [settings]
    }

    private func sink(_ text: String) -> AccessLogSettings.Sink {
        switch text {
        case "stdout": .standardOutput
        case "stderr": .standardError
        default: EnvoyReader.sink(text)
        }
    }

    static let jsonMembers: [AccessLogSettings.JSONMember] = [
        ("time", "%START_TIME%"), ("method", "%REQ(:METHOD)%"),
        ("path", "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%"), ("host", "%REQ(:AUTHORITY)%"),
        ("protocol", "%PROTOCOL%"), ("status", "%RESPONSE_CODE%"), ("flags", "%RESPONSE_FLAGS%"),
        ("received", "%BYTES_RECEIVED%"), ("sent", "%BYTES_SENT%"), ("duration", "%DURATION%"),
        ("client", "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%"), ("upstream", "%UPSTREAM_HOST%"),
        ("cluster", "%UPSTREAM_CLUSTER%"), ("request_id", "%REQ(X-REQUEST-ID)%"),
        ("user_agent", "%REQ(USER-AGENT)%"),
    ].map { AccessLogSettings.JSONMember(key: $0.0, value: $0.1) }

    private func tracing(_ fields: Fields) -> TracingSettings? {
        defer { fields.finish() }
        var settings = TracingSettings(cluster: "")
        if let path = fields.text("path") { settings.path = path }
        if let name = fields.text("service") { settings.serviceName = name }
        if let share = fields.number("sample") {
            if !(0...1).contains(share) { log.error(fields.place("sample"), "it must be 0 to 1") }
            settings.sampling = share
        }
        guard let node = fields.required("to"), let name = cluster(node, defaultPort: 4318) else {
            return nil
        }
        settings.cluster = name
        return settings
    }

    private func localReply(_ node: Node) -> LocalReplyRule? {
        guard let fields = node.fields() else { return nil }
        defer { fields.finish() }
        var rule = LocalReplyRule()
        if let node = fields.value("status") {
            let nodes = node.tree.sequence != nil ? node.elements() : [node]
            rule.statuses = nodes.compactMap { $0.integer(100...599) }
        }
        rule.status = fields.integer("send", 200...599)
        rule.body = fields.text("body")
        if let type = fields.text("type") { rule.contentType = type }
        rule.headers = additions(fields, "headers", .overwrite)
        return rule
    }

    // MARK: TLS

    private func serverTLS(_ fields: Fields) -> ServerTLSSettings? {
        defer { fields.finish() }
        var pairs: [CertificateSettings] = []
        if fields.has("certificates") {
            for body in fields.list("certificates").compactMap({ $0.fields() }) {
                if let pair = shown(body) { pairs.append(pair) }
                body.finish()
            }
        } else if let pair = shown(fields) {
            pairs = [pair]
        }
        var settings = ServerTLSSettings(certificates: pairs, parameters: parameters(fields))
        if settings.parameters.protocols.isEmpty {
            settings.parameters.protocols = ["h2", "http/1.1"]
        }
        if let authorities = fields.text("clients") {
            settings.clients = TrustSettings(authorities: .file(authorities))
            settings.clients?.names = fields.list("client_names").compactMap(textMatch)
            settings.requiresClientCertificate = fields.bool("require_client") ?? true
        } else if fields.has("require_client") || fields.has("client_names") {
            log.error(
                fields.place,
                "nothing says which client certificates are trusted",
                "add clients"
            )
        }
        if let time = fields.duration("session_timeout") {
            settings.sessionSeconds = Int(time.components.seconds)
        }
        return pairs.isEmpty ? nil : settings
    }

    /// A server's certificate, with what is stapled to it.
    private func shown(_ fields: Fields) -> CertificateSettings? {
        var pair = certificate(fields)
        pair?.staple = fields.text("ocsp").map(TextSource.file)
        return pair
    }

    func certificate(_ fields: Fields) -> CertificateSettings? {
        guard let chain = fields.requiredText("certificate"), let key = fields.requiredText("key")
        else { return nil }
        return CertificateSettings(chain: .file(chain), privateKey: .file(key))
    }

    func parameters(_ fields: Fields) -> TLSParameters {
        var parameters = TLSParameters()
        let words = ["1.0", "1.1", "1.2", "1.3"]
        func version(_ key: String) -> TLSVersion? {
            fields.value(key).flatMap { node in
                guard let index = words.firstIndex(of: node.tree.scalar?.text ?? "") else {
                    node.error("it is no version of TLS", "write \"1.2\" or \"1.3\"")
                    return nil
                }
                return TLSVersion(rawValue: index)
            }
        }
        parameters.minimum = version("minimum") ?? .tls12
        parameters.maximum = version("maximum") ?? .tls13
        parameters.ciphers = fields.text("ciphers") ?? ""
        parameters.curves = fields.text("curves") ?? ""
        parameters.protocols = fields.texts("protocols")
        return parameters
    }
}
