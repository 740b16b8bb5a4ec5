import Formats

/// Services of our own language: clusters with names.
extension OwnReader {
    func service(_ name: String, _ node: Node) -> ClusterSettings? {
        if node.tree.mapping == nil {
            // `users: user-service:80`, or a list of hosts.
            var cluster = ClusterSettings(name: name, endpoints: [])
            let nodes = node.tree.sequence != nil ? node.elements() : [node]
            for node in nodes { add(node, to: &cluster) }
            return cluster
        }
        guard let fields = node.fields() else { return nil }
        defer { fields.finish() }
        var cluster = ClusterSettings(name: name, endpoints: [])
        let hosts = fields.required("hosts")
        for node in hosts.map({ $0.tree.sequence != nil ? $0.elements() : [$0] }) ?? [] {
            add(node, to: &cluster)
        }
        if hosts != nil, cluster.endpoints.isEmpty, !log.hasErrors {
            log.error(fields.place("hosts"), "the list is empty")
        }
        if let node = fields.value("balance"), let balancing = balancing(node) {
            cluster.balancing = balancing
        }
        if let node = fields.value("tls") { clientTLS(node, &cluster) }
        if let index = fields.choice("http", ["auto", "1", "2", "same"]) {
            cluster.version = [.auto, .http1, .http2, .downstream][index]
        }
        names(fields, &cluster)
        limits(fields, &cluster)
        if let node = fields.value("outliers") {
            if node.tree.scalar?.bool == true {
                cluster.outliers = OutlierSettings()
            } else if node.tree.scalar?.bool != false {
                cluster.outliers = node.fields().map(outliers)
            }
        }
        if let node = fields.value("health") {
            let nodes = node.tree.sequence != nil ? node.elements() : [node]
            cluster.healthChecks = nodes.compactMap(healthCheck)
        }
        return cluster
    }

    private func add(_ node: Node, to cluster: inout ClusterSettings) {
        let fields = node.tree.mapping == nil ? nil : node.fields()
        defer { fields?.finish() }
        guard let text = fields.map({ $0.requiredText("address") }) ?? node.text() else { return }
        guard let target = Target(text, defaultPort: 80) else {
            node.error("\"\(text)\" is not host:port", "write user-service:80")
            return
        }
        let model = target.cluster
        if model.discovery == .strictDNS {
            if cluster.discovery == .fixed { cluster.family = model.family }
            cluster.discovery = .strictDNS
        }
        if cluster.tls == nil { cluster.tls = model.tls }
        if model.version == .http2 { cluster.version = .http2 }
        var endpoint = Endpoint(address: target.address)
        if let fields {
            endpoint.weight = fields.integer("weight", 1...128) ?? 1
            endpoint.priority = fields.integer("priority", 0...128) ?? 0
            if fields.bool("backup") == true {
                endpoint.priority = 1
                cluster.overprovisioningPercent = ClusterSettings.backupOnly
            }
            endpoint.isDisabled = fields.bool("disabled") ?? false
            endpoint.connectionsMaximum = fields.integer("connections") ?? 0
            endpoint.healthPort = fields.integer("health_port", 1...65535).map(UInt16.init)
            endpoint.hostname = fields.text("hostname")
        }
        cluster.endpoints.append(endpoint)
    }

    func balancing(_ node: Node) -> ClusterSettings.Balancing? {
        let words = [
            "round_robin", "least_request", "random", "ring_hash", "maglev", "least_connections",
            "first", "source",
        ]
        let policies: [ClusterSettings.Balancing] = [
            .roundRobin, .leastRequest(), .random, .ringHash(), .maglev(), .leastConnections,
            .first,
            .sourceHash,
        ]
        return node.choice(words).map { policies[$0] }
    }

    private func clientTLS(_ node: Node, _ cluster: inout ClusterSettings) {
        let name = cluster.endpoints.first?.address.host ?? ""
        if let truth = node.tree.scalar?.bool {
            cluster.tls = truth ? Target.tls(name: name) : nil
            return
        }
        guard let fields = node.fields() else { return }
        defer { fields.finish() }
        let sent = fields.text("name") ?? name
        var tls = Target.tls(name: sent)
        tls.parameters = parameters(fields)
        if fields.has("certificate") || fields.has("key") { tls.certificate = certificate(fields) }
        if let file = fields.text("authorities") { tls.trust?.authorities = .file(file) }
        let names = fields.list("names").compactMap(textMatch)
        if !names.isEmpty { tls.trust?.names = names }
        tls.trust?.fingerprints = fields.texts("fingerprints")
            .map { $0.lowercased().filter { $0 != ":" } }
        if fields.bool("insecure") == true { tls.trust = nil }
        cluster.tls = tls
    }

    private func names(_ fields: Fields, _ cluster: inout ClusterSettings) {
        if let index = fields.choice("dns", ["all", "first"]), cluster.discovery == .strictDNS {
            cluster.discovery = index == 0 ? .strictDNS : .logicalDNS
        }
        let words = ["auto", "v4", "v6", "v4_preferred", "all"]
        if let index = fields.choice("family", words) {
            cluster.family = [.auto, .v4, .v6, .v4Preferred, .all][index]
        }
        if let refresh = fields.duration("refresh") { cluster.refresh = refresh }
        cluster.respectsTTL = fields.bool("respect_ttl") ?? false
        cluster.resolvers = fields.list("resolvers").compactMap { node in
            guard let text = node.text() else { return nil }
            guard let address = AddressText.hostPort(text, host: "", port: 53),
                AddressText.address(address.host) != nil
            else {
                node.error("\"\(text)\" is no address of a DNS server", "write 10.96.0.10")
                return nil
            }
            return address
        }
    }

    private func limits(_ fields: Fields, _ cluster: inout ClusterSettings) {
        if let timeout = fields.duration("connect_timeout") { cluster.connectTimeout = timeout }
        if let node = fields.value("idle_timeout") { cluster.idleTimeout = limit(node) }
        cluster.idleConnectionsMaximum = fields.integer("idle_connections")
        cluster.requestsPerConnection = fields.integer("requests_per_connection") ?? 0
        cluster.proxyProtocol = fields.integer("proxy_protocol", 1...2)
        cluster.closesUnhealthy = fields.bool("close_unhealthy") ?? false
        if let wait = fields.bool("wait") { cluster.isWaitedFor = wait }
        if let percent = fields.number("panic") { cluster.panicPercent = percent }
        if let most = size(fields, "buffer") { cluster.bufferMaximum = most }
        cluster.statName = fields.text("stat_name")
        if let node = fields.value("keepalive"), node.tree.mapping != nil,
            let body = node.fields()
        {
            cluster.keepalive = KeepaliveSettings(
                probes: body.integer("probes"),
                idleSeconds: body.integer("idle"),
                intervalSeconds: body.integer("interval")
            )
            body.finish()
        } else if fields.bool("keepalive") == true {
            cluster.keepalive = KeepaliveSettings()
        }
        func circuit(_ key: String) -> CircuitLimits? {
            guard let body = fields.fields(key) else { return nil }
            defer { body.finish() }
            var limits = CircuitLimits()
            if let most = body.integer("connections") { limits.connections = most }
            if let most = body.integer("pending") { limits.pending = most }
            if let most = body.integer("requests") { limits.requests = most }
            if let most = body.integer("retries") { limits.retries = most }
            if let percent = body.number("retry_percent") {
                limits.retryBudget = RetryBudget(percent: percent)
            }
            return limits
        }
        if let limits = circuit("limits") { cluster.limits = limits }
        if let limits = circuit("high_limits") { cluster.highLimits = limits }
    }

    private func outliers(_ fields: Fields) -> OutlierSettings {
        defer { fields.finish() }
        var settings = OutlierSettings()
        if let count = fields.integer("errors") { settings.consecutive5xx = count }
        if let count = fields.integer("gateway_errors") {
            settings.consecutiveGatewayFailures = count
            settings.enforcingGatewayFailures = 100
        }
        if let time = fields.duration("interval") { settings.interval = time }
        if let time = fields.duration("for") { settings.baseEjection = time }
        if let time = fields.duration("for_at_most") { settings.ejectionMaximum = time }
        settings.ejectionMaximum = max(settings.ejectionMaximum, settings.baseEjection)
        if let percent = fields.integer("percent", 0...100) {
            settings.ejectionPercentMaximum = percent
        }
        if fields.bool("success_rate") == false { settings.enforcingSuccessRate = 0 }
        return settings
    }

    func healthCheck(_ node: Node) -> HealthCheckSettings? {
        var settings = HealthCheckSettings(
            check: .tcp(send: [], expect: []),
            timeout: .seconds(2),
            interval: .seconds(5),
            noTrafficInterval: .seconds(5),
            unhealthyThreshold: 3,
            healthyThreshold: 2
        )
        if node.tree.scalar != nil {
            guard let text = node.text() else { return nil }
            switch text {
            case "tcp": break
            case "grpc": settings.check = .grpc(service: "", authority: "")
            case "postgres": settings.check = .postgres(user: "postgres", role: .any)
            case let path where path.hasPrefix("/"): settings.check = .http(.init(path: path))
            default:
                node.error("\"\(text)\" is no check", "write /healthz, tcp, grpc or postgres")
                return nil
            }
            return settings
        }
        guard let fields = node.fields() else { return nil }
        defer { fields.finish() }
        switch fields.oneOf(["path", "tcp", "grpc", "postgres"], isRequired: true) {
        case "path":
            var check = HealthCheckSettings.HTTPCheck(path: fields.text("path") ?? "/")
            if let method = fields.text("method") { check.method = method.uppercased() }
            check.host = fields.text("host")
            check.headers = additions(fields, "headers", .overwrite)
            check.expectedText = fields.text("contains")
            check.usesHTTP2 = fields.bool("http2") ?? false
            let statuses =
                fields.value("status")
                .map { $0.tree.sequence != nil ? $0.elements() : [$0] } ?? []
            let ranges = statuses.compactMap(statusRange)
            if !ranges.isEmpty { check.expected = ranges }
            settings.check = .http(check)
        case "tcp":
            let send = fields.text("send").map { Array($0.utf8) } ?? []
            let expect = fields.text("expect").map { [Array($0.utf8)] } ?? []
            _ = fields.bool("tcp")
            settings.check = .tcp(send: send, expect: expect)
        case "grpc":
            let service = fields.value("grpc")?.tree.scalar?.bool == true ? "" : fields.text("grpc")
            settings.check = .grpc(service: service ?? "", authority: fields.text("host") ?? "")
        case "postgres":
            let roles: [HealthCheckSettings.PostgresRole] = [.any, .primary, .standby]
            let role = fields.choice("postgres", ["any", "primary", "standby"]) ?? 0
            settings.check = .postgres(user: fields.text("user") ?? "postgres", role: roles[role])
        default: return nil
        }
        if let time = fields.duration("timeout") { settings.timeout = time }
        if let time = fields.duration("interval") {
            settings.interval = time
            settings.noTrafficInterval = time
        }
        if let count = fields.integer("fall", 1...1000) { settings.unhealthyThreshold = count }
        if let count = fields.integer("rise", 1...1000) { settings.healthyThreshold = count }
        settings.startsHealthy = fields.bool("starts_healthy") ?? false
        return settings
    }

    private func statusRange(_ node: Node) -> ClosedRange<Int>? {
        guard let text = node.text() else { return nil }
        let range = StatusText.range(text)
        if range == nil { node.error("\"\(text)\" is no status", "write 200 or 200-299") }
        return range
    }
}
