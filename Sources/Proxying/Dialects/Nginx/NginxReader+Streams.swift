import Formats

/// `stream`: relays of bytes.
extension NginxReader {
    func stream(_ block: [NginxDirective], outer: [NginxDirective]) -> [ListenerSettings] {
        check(block, .stream)
        collect(block)
        checkUpstreams(block, .streamUpstream)
        let scope = NginxScope(block, looks)
        var listeners: [ListenerSettings] = []
        for directive in block where directive.name == "server" {
            guard let inner = directive.block else { continue }
            check(inner, .streamServer)
            let server = scope.adding(inner)
            guard let chains = chains(server, inner, directive) else { continue }
            let listens = inner.filter { $0.name == "listen" }
            if listens.isEmpty { log.error(directive.place, "\"listen\" is missing") }
            for listen in listens {
                guard let text = listen[0],
                    let address = AddressText.hostPort(text, host: "0.0.0.0"),
                    address.isPath || AddressText.address(address.host) != nil
                else {
                    log.error(listen.place, "\"\(listen[0] ?? "")\" is no port or address")
                    continue
                }
                if listen.has("udp") { log.unsupported(listen.place, "UDP is not supported") }
                var chains = chains
                if listen.has("ssl") {
                    let tls = serverTLS(server, directive, isHTTP2: false)
                    for index in chains.indices { chains[index].tls = tls }
                }
                if listeners.contains(where: { $0.address == address }) {
                    log.error(listen.place, "\(address) is listened on twice", "remove one")
                }
                listeners.append(
                    ListenerSettings(
                        name: address.description,
                        address: address,
                        chains: chains,
                        acceptsProxyProtocol: listen.has("proxy_protocol")
                    )
                )
            }
        }
        return listeners
    }

    private func chains(
        _ scope: NginxScope,
        _ inner: [NginxDirective],
        _ directive: NginxDirective
    ) -> [FilterChain]? {
        guard let pass = inner.first(where: { $0.name == "proxy_pass" }), let text = pass[0] else {
            log.error(directive.place, "\"proxy_pass\" is missing")
            return nil
        }
        guard text.hasPrefix("$") else {
            return tunnel(text, scope, pass).map { [FilterChain(handler: .tcp($0))] }
        }
        guard let map = maps[String(text.dropFirst())], map[0] == "$ssl_preread_server_name" else {
            log.unsupported(
                pass.place,
                "only variables that map $ssl_preread_server_name are supported: \(text)"
            )
            return nil
        }
        if !scope.isOn("ssl_preread") {
            log.error(pass.place, "the name is empty without ssl_preread", "add ssl_preread on;")
        }
        var last: FilterChain?
        var chains: [FilterChain] = []
        for entry in map.block ?? [] {
            if entry.name == "hostnames" || entry.name == "volatile" { continue }
            guard let target = entry[0] else { continue }
            guard let tunnel = tunnel(target, scope, entry) else { continue }
            let handler = ChainHandler.tcp(tunnel)
            if entry.name == "default" {
                last = FilterChain(handler: handler)
            } else if entry.name.hasPrefix("~") {
                log.unsupported(entry.place, "regular expressions of names are not supported")
            } else {
                let names = Self.domains(entry.name)
                chains.append(
                    FilterChain(
                        match: ChainMatch(serverNames: names, isTLS: true),
                        handler: handler
                    )
                )
            }
        }
        if let last { chains.append(last) }
        return chains.isEmpty ? nil : chains
    }

    private func tunnel(
        _ host: String,
        _ scope: NginxScope,
        _ directive: NginxDirective
    ) -> TunnelSettings? {
        var policies: [HashPolicy] = []
        guard
            var cluster = hosts(host, port: nil, directive, keepsConnections: false, &policies)
        else { return nil }
        if policies == [.sourceAddress()] { cluster.balancing = .sourceHash }
        cluster.idleConnectionsMaximum = nil
        cluster.connectTimeout = time(scope.one("proxy_connect_timeout")) ?? .seconds(60)
        if scope.isOn("proxy_protocol") { cluster.proxyProtocol = 1 }
        if scope.isOn("proxy_ssl") {
            cluster.tls = clientTLS(scope, host: host, prefix: "proxy")
        }
        resolve(scope, &cluster)
        let count = cluster.endpoints.count
        let tries = number(scope.one("proxy_next_upstream_tries")) ?? 0
        let isOn = scope.one("proxy_next_upstream").flatMap(flag) ?? true
        var tunnel = TunnelSettings(
            statPrefix: host,
            clusters: [WeightedCluster(name: add(cluster))],
            idleTimeout: time(scope.one("proxy_timeout")) ?? .seconds(600),
            connectAttempts: isOn ? (tries > 0 ? min(tries, count) : count) : 1,
            addresses: addressRules(scope.all("allow", "deny"))
        )
        if !scope.all("access_log").isEmpty { tunnel.accessLogs = accessLogs(scope) }
        return tunnel
    }
}
