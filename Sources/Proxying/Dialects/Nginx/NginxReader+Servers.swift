import Basics
import Formats

/// `http` and its servers.
extension NginxReader {
    /// A place to listen, and the servers that share it.
    struct Socket {
        var address: HostPort
        var isTLS = false
        var isHTTP2 = false
        var acceptsProxyProtocol = false
        var servers: [(server: NginxServer, isDefault: Bool)] = []
        /// Where the servers stand, to find those that are listed twice.
        var places: Set<String> = []
    }

    func http(_ block: [NginxDirective], outer: [NginxDirective]) -> [ListenerSettings] {
        check(block, .http)
        collect(block)
        let scope = NginxScope(block, looks)
        let servers = block.filter { $0.name == "server" && $0.block != nil }
            .map { NginxServer($0, scope: scope) }
        var sockets: [Socket] = []
        for server in servers {
            check(server.directives, .server)
            for listen in listens(server) {
                place(server, listen, &sockets)
            }
        }
        checkUpstreams(block, .upstream)
        return sockets.map(listener)
    }

    /// Remembers what servers name: upstreams, formats, zones, maps.
    func collect(_ block: [NginxDirective]) {
        upstreams = [:]
        formats = [:]
        maps = [:]
        for directive in block {
            guard let name = directive[0] else { continue }
            switch directive.name {
            case "upstream":
                if upstreams[name] != nil {
                    log.error(directive.place, "there are two upstreams \"\(name)\"", "rename one")
                }
                upstreams[name] = directive
            case "log_format": formats[name] = directive
            case "limit_req_zone":
                if let zone = directive.value(of: "zone")?.split(separator: ":").first {
                    limitZones[String(zone)] = directive
                } else {
                    log.error(directive.place, "\"zone=\" is missing", "write zone=one:10m")
                }
            case "limit_conn_zone":
                guard let zone = directive.value(of: "zone")?.split(separator: ":").first else {
                    log.error(directive.place, "\"zone=\" is missing", "write zone=one:10m")
                    continue
                }
                countZones[String(zone)] = limitKey(directive)
            case "map":
                if let variable = directive[1] { maps[String(variable.dropFirst())] = directive }
            default: break
            }
        }
    }

    /// What the requests of a zone are told apart by; `nil` if it cannot be asked, which is told.
    func limitKey(_ zone: NginxDirective) -> RateLimitSettings.Key? {
        switch zone[0] ?? "" {
        case "$binary_remote_addr", "$remote_addr": return .address
        case "$server_name": return .shared
        case "$host", "$http_host": return .header(":authority")
        case let key where key.hasPrefix("$http_") && !key.dropFirst().contains("$"):
            return .header(String(key.dropFirst(6)).replacing("_", with: "-"))
        case let key where !key.contains("$"): return .shared
        case let key:
            log.unsupported(
                zone.place,
                "the key \(key) is not supported",
                "write $binary_remote_addr"
            )
            return nil
        }
    }

    /// Upstreams are checked whether they are used or not.
    func checkUpstreams(_ block: [NginxDirective], _ context: NginxWords.Contexts) {
        for directive in block where directive.name == "upstream" {
            guard let inner = directive.block else { continue }
            check(inner, context)
            if !inner.contains(where: { $0.name == "server" }) {
                log.error(directive.place, "the upstream has no servers", "add server HOST:PORT;")
            }
        }
    }

    // MARK: Listening

    private struct Listen {
        var directive: NginxDirective
        var address: HostPort
    }

    private func listens(_ server: NginxServer) -> [Listen] {
        let found = server.directives.filter { $0.name == "listen" }
        if found.isEmpty {
            let implied = NginxDirective(
                name: "listen",
                arguments: [.init(text: "80", isQuoted: false)],
                block: nil,
                file: server.directive.file,
                position: server.directive.position
            )
            return [Listen(directive: implied, address: HostPort(host: "0.0.0.0", port: 80))]
        }
        return found.compactMap { directive in
            guard let text = directive[0] else {
                log.error(directive.place, "an address or a port is expected")
                return nil
            }
            guard let address = AddressText.hostPort(text, host: "0.0.0.0", port: 80),
                address.isPath || address.host == "localhost"
                    || AddressText.address(address.host) != nil
            else {
                log.error(
                    directive.place,
                    "\"\(text)\" is no address or port",
                    "write 80 or 0.0.0.0:80"
                )
                return nil
            }
            for word in directive.texts.dropFirst() { checkListen(word, directive) }
            let host = address.host == "localhost" ? "127.0.0.1" : address.host
            return Listen(
                directive: directive,
                address: HostPort(host: host, port: address.port)
            )
        }
    }

    private func checkListen(_ word: String, _ directive: NginxDirective) {
        let known = ["ssl", "http2", "default_server", "default", "proxy_protocol"]
        if known.contains(word) { return }
        let quiet = ["reuseport", "deferred", "bind", "spdy", "ipv6only=on"]
        if quiet.contains(word) { return }
        if ["quic", "udp"].contains(word) {
            log.unsupported(directive.place, "\"\(word)\" is not supported", "use TCP")
            return
        }
        let keys = [
            "backlog", "rcvbuf", "sndbuf", "so_keepalive", "fastopen", "setfib", "ipv6only",
        ]
        if let key = word.split(separator: "=").first, keys.contains(String(key)) {
            log.warn(directive.place, "\"\(word)\" has no effect here: the proxy chooses it")
            return
        }
        log.unknown(directive.place, "the parameter", word, among: known + quiet + keys)
    }

    private func place(_ server: NginxServer, _ listen: Listen, _ sockets: inout [Socket]) {
        let words = listen.directive
        let isDefault = words.has("default_server") || words.has("default")
        let isTLS = words.has("ssl") || server.scope.isOn("ssl")
        let isHTTP2 = words.has("http2") || server.scope.isOn("http2")
        var index = sockets.firstIndex { $0.address == listen.address }
        if index == nil {
            sockets.append(Socket(address: listen.address))
            index = sockets.count - 1
        }
        guard let index else { return }
        if isDefault, sockets[index].servers.contains(where: \.isDefault) {
            log.error(
                words.place,
                "two servers are the default of \(listen.address)",
                "remove default_server from one"
            )
        }
        let place = "\(server.directive.file):\(server.directive.position)"
        guard sockets[index].places.insert(place).inserted else {
            log.error(words.place, "\(listen.address) is listened on twice", "remove one")
            return
        }
        sockets[index].isTLS = sockets[index].isTLS || isTLS
        sockets[index].isHTTP2 = sockets[index].isHTTP2 || isHTTP2
        if words.has("proxy_protocol") { sockets[index].acceptsProxyProtocol = true }
        sockets[index].servers.append((server, isDefault))
    }

    // MARK: Listeners

    private func listener(_ socket: Socket) -> ListenerSettings {
        var servers = socket.servers
        if let index = servers.firstIndex(where: \.isDefault) {
            servers.insert(servers.remove(at: index), at: 0)
        }
        var settings = http(socket, servers[0].server)
        var names: Set<String> = []
        for (index, entry) in servers.enumerated() {
            var host = virtualHost(entry.server, socket, isDefault: index == 0, &settings)
            host.domains = host.domains.filter { domain in
                if names.insert(domain).inserted { return true }
                log.warn(
                    entry.server.directive.place,
                    "the name \"\(domain)\" is taken by another server on \(socket.address)",
                    "remove it from one"
                )
                return false
            }
            if !host.domains.isEmpty || !host.patterns.isEmpty {
                settings.routes.hosts.append(host)
            }
        }
        addFilters(&settings)
        return ListenerSettings(
            name: socket.address.description,
            address: socket.address,
            chains: chains(socket, servers.map(\.server), settings),
            acceptsProxyProtocol: socket.acceptsProxyProtocol
        )
    }

    /// One chain for each kind of TLS; the default server's takes all names that no other has.
    private func chains(
        _ socket: Socket,
        _ servers: [NginxServer],
        _ settings: HTTPSettings
    ) -> [FilterChain] {
        guard socket.isTLS else { return [FilterChain(handler: .http(settings))] }
        var chains: [FilterChain] = []
        let first = serverTLS(servers[0].scope, servers[0].directive, isHTTP2: socket.isHTTP2)
        for server in servers.dropFirst() {
            let tls = serverTLS(server.scope, server.directive, isHTTP2: socket.isHTTP2)
            guard let tls, tls != first else { continue }
            let names = server.names.filter { !$0.hasPrefix("~") && !$0.isEmpty && $0 != "_" }
                .flatMap(Self.domains)
            let usable = names.filter { !$0.hasSuffix("*") }
            if usable.isEmpty,
                server.names.contains(where: { $0.hasPrefix("~") || $0.hasSuffix("*") })
            {
                log.unsupported(
                    server.directive.place,
                    "its certificate cannot be chosen by names like \(server.names[0])",
                    "write the names, or *.example.com, or give all servers the same certificate"
                )
            }
            guard !usable.isEmpty else { continue }
            let match = ChainMatch(serverNames: usable)
            chains.append(FilterChain(match: match, tls: tls, handler: .http(settings)))
        }
        chains.append(FilterChain(tls: first, handler: .http(settings)))
        return first == nil ? [] : chains
    }

    private func http(_ socket: Socket, _ server: NginxServer) -> HTTPSettings {
        let scope = server.scope
        var settings = HTTPSettings(
            statPrefix: socket.address.description,
            routes: RouteTable(name: socket.address.description, hosts: [], ignoresPort: true),
            serverName: "nginx"
        )
        settings.codec = socket.isHTTP2 ? .auto : .http1
        settings.forwarding = ForwardingSettings(
            setsForwardedProto: false,
            usesRemoteAddress: true,
            setsRequestID: false,
            writesEnvoyHeaders: false
        )
        settings.forwarding.proxies = trustedProxies(scope)
        settings.failures = .nginx
        settings.underscores = scope.isOn("underscores_in_headers") ? .keep : .drop
        settings.normalizesPath = true
        settings.refusesAboveRoot = true
        settings.keepsRawPath = true
        settings.namesClientsTarget = true
        settings.mergesSlashes = scope.one("merge_slashes").flatMap(flag) ?? true
        settings.accessLogs = accessLogs(scope)
        let keepalive = time(scope.one("keepalive_timeout")) ?? .seconds(75)
        // 0 closes after every answer.
        settings.idleTimeout = keepalive == .zero ? .milliseconds(1) : keepalive
        settings.requestsMaximum = number(scope.one("keepalive_requests")) ?? 1000
        settings.requestHeadersTimeout = time(scope.one("client_header_timeout")) ?? .seconds(60)
        settings.streamIdleTimeout = time(scope.one("client_body_timeout")) ?? .seconds(60)
        settings.streamsMaximum = number(scope.one("http2_max_concurrent_streams")) ?? 128
        let buffers = scope.one("large_client_header_buffers")
        settings.headBytesMaximum = (number(buffers) ?? 4) * (size(buffers, 1) ?? 8192)
        settings.headFieldsMaximum = 1000
        return settings
    }

    /// The proxies whose word about the client is taken.
    private func trustedProxies(_ scope: NginxScope) -> TrustedProxies? {
        var ranges: [AddressRange] = []
        for directive in scope.all("set_real_ip_from") {
            guard let text = directive[0], text != "unix:" else { continue }
            if let range = AddressText.range(text) {
                ranges.append(range)
            } else {
                log.unsupported(
                    directive.place,
                    "\"\(text)\" is no address or range",
                    "write 10.0.0.0/8"
                )
            }
        }
        let field = scope.one("real_ip_header")?[0] ?? "X-Real-IP"
        // The address of the PROXY header is the client's already.
        if ranges.isEmpty || field == "proxy_protocol" { return nil }
        return TrustedProxies(
            ranges: ranges,
            field: field.lowercased(),
            isRecursive: scope.isOn("real_ip_recursive")
        )
    }

    /// Filters that routes switch on, where any does.
    private func addFilters(_ settings: inout HTTPSettings) {
        let routes = settings.routes.hosts.flatMap(\.routes)
        if routes.contains(where: { $0.filters.rateLimit != nil }) {
            settings.filters.append(.rateLimit(RateLimitSettings(bucket: nil)))
        }
        if routes.contains(where: { $0.filters.addresses != nil }) {
            settings.filters.append(.addresses(AddressRules(rules: [], allowsOthers: true)))
        }
        guard let basic = routes.compactMap(\.filters.basic).first else { return }
        settings.filters.append(.basic(basic))
        for host in settings.routes.hosts.indices {
            for route in settings.routes.hosts[host].routes.indices
            where settings.routes.hosts[host].routes[route].filters.basic == nil {
                settings.routes.hosts[host].routes[route].filters.skipsAuthentication = true
            }
        }
    }

    // MARK: Hosts

    private func virtualHost(
        _ server: NginxServer,
        _ socket: Socket,
        isDefault: Bool,
        _ settings: inout HTTPSettings
    ) -> VirtualHost {
        var domains = server.names.filter { !$0.hasPrefix("~") }.flatMap(Self.domains)
        let patterns = server.names.filter { $0.hasPrefix("~") }.compactMap { name -> String? in
            // Names are compared without case, expressions too.
            let pattern = "(?i)" + name.dropFirst()
            do throws(Failure) {
                _ = try Pattern(pattern)
                return pattern
            } catch {
                log.error(server.directive.place, "the name \(name): \(error)")
                return nil
            }
        }
        if isDefault { domains.append("*") }
        var variables = NginxVariables()
        variables.constants["scheme"] = socket.isTLS ? "https" : "http"
        variables.constants["https"] = socket.isTLS ? "on" : ""
        variables.constants["server_name"] = server.names.first ?? ""
        let routes = NginxRoutes(self, server, variables).routes()
        if routes.usesRequestID { settings.forwarding.setsRequestID = true }
        let name = server.names.first { !$0.isEmpty } ?? socket.address.description
        return VirtualHost(
            name: name,
            domains: domains,
            patterns: patterns,
            routes: routes.routes
        )
    }

    /// `.example.com` is two domains; `_` and an empty name are none.
    static func domains(_ name: String) -> [String] {
        if name == "_" || name.isEmpty || name == "\"\"" { return [] }
        let lower = name.lowercased()
        if lower.hasPrefix(".") { return [String(lower.dropFirst()), "*" + lower] }
        return [lower]
    }
}

/// A `server` of `http`.
struct NginxServer {
    var directive: NginxDirective
    var scope: NginxScope

    init(_ directive: NginxDirective, scope: NginxScope) {
        self.directive = directive
        self.scope = scope.adding(directive.block ?? [])
    }

    var directives: [NginxDirective] { directive.block ?? [] }

    var names: [String] { directives.filter { $0.name == "server_name" }.flatMap(\.texts) }
}
