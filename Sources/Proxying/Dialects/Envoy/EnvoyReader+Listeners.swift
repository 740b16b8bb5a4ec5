import Formats

/// Listeners and their filter chains.
extension EnvoyReader {
    /// What the filters of a listener say before the connection reaches a chain.
    private struct Filters {
        var acceptsProxyProtocol = false
    }

    /// The listener, and one more for each of its additional addresses.
    func listeners(_ node: Node) -> [ListenerSettings] {
        guard let fields = node.fields() else { return [] }
        defer { fields.finish() }
        guard let listener = listener(fields, node) else { return [] }
        var all = [listener]
        for additional in fields.list("additional_addresses").compactMap({ $0.fields() }) {
            defer { additional.finish() }
            additional.ignored(
                "socket_options",
                "tcp_keepalive",
                because: "the socket's options are chosen by the proxy"
            )
            guard let address = additional.required("address").flatMap({ self.address($0) }) else {
                continue
            }
            checkListening(address, additional.place("address"))
            var other = listener
            other.address = address
            // Names of listeners are unique.
            other.name = "\(listener.name)_\(address)"
            all.append(other)
        }
        return all
    }

    private func checkListening(_ address: HostPort, _ place: Place) {
        guard !address.isPath, AddressText.address(address.host) == nil else { return }
        log.error(
            place,
            "\"\(address.host)\" is no address to listen on",
            "write 0.0.0.0, 127.0.0.1, :: or the like"
        )
    }

    private func listener(_ fields: Fields, _ node: Node) -> ListenerSettings? {
        let address = fields.required("address").flatMap { self.address($0) }
        let name = fields.text("name") ?? address?.description ?? ""
        let filters = listenerFilters(fields)
        var connections = 0
        var rate: TokenBucketSettings?
        var chains: [FilterChain] = []
        for chain in fields.list("filter_chains") {
            guard let chain = self.chain(chain, &connections, &rate) else { continue }
            if chains.contains(where: { $0.match == chain.match }) {
                node.error(
                    "two filter chains of \"\(name)\" match the same connections",
                    "give each its own filter_chain_match"
                )
            }
            chains.append(chain)
        }
        chains = Self.byExactness(chains)
        if let last = fields.value("default_filter_chain") {
            if let chain = chain(last, &connections, &rate) { chains.append(chain) }
        } else if fields.list("filter_chains").isEmpty {
            node.error("a listener needs filter_chains")
        }
        listenerRest(fields)
        var listener = ListenerSettings(
            name: name,
            address: address ?? HostPort(host: "0.0.0.0"),
            chains: chains,
            acceptsProxyProtocol: filters.acceptsProxyProtocol,
            connectionsMaximum: connections,
            connectionRate: rate
        )
        if let timeout = fields.duration("listener_filters_timeout") {
            listener.detectionTimeout = timeout
        }
        if let most = fields.integer("per_connection_buffer_limit_bytes") {
            listener.bufferMaximum = most
        }
        guard let address else { return nil }
        checkListening(address, fields.place("address"))
        return listener
    }

    private func listenerRest(_ fields: Fields) {
        fields.ignored(
            "enable_reuse_port",
            "reuse_port",
            "connection_balance_config",
            because: "every worker listens with SO_REUSEPORT, and the kernel balances"
        )
        fields.ignored("drain_type", because: "listeners drain when the program or they end")
        fields.ignored(
            "traffic_direction",
            "metadata",
            "stat_prefix",
            because: "statistics are named after the listener's address"
        )
        fields.ignored("access_log", because: "lines are written by the filters of the chains")
        fields.ignored(
            "tcp_backlog_size",
            "tcp_fast_open_queue_length",
            "max_connections_to_accept_per_socket_event",
            "socket_options",
            "enable_mptcp",
            "continue_on_listener_filters_timeout",
            "ignore_global_conn_limit",
            "bypass_overload_manager",
            because: "the socket's options are chosen by the proxy"
        )
        if fields.bool("use_original_dst") == true {
            fields.unsupported("use_original_dst", instead: "use a cluster of type ORIGINAL_DST")
        }
        if fields.bool("bind_to_port") == false {
            fields.unsupported("bind_to_port", instead: "remove the listener")
        }
        if fields.bool("transparent") == true { fields.unsupported("transparent") }
        if fields.bool("freebind") == true { fields.unsupported("freebind") }
        fields.unsupported("api_listener", "internal_listener", "udp_listener_config")
        fields.unsupported("filter_chain_matcher", instead: "use filter_chain_match")
        if fields.has("deprecated_v1") {
            log.error(fields.place("deprecated_v1"), "it is of the v2 API", "use bind_to_port")
        }
    }

    private func listenerFilters(_ fields: Fields) -> Filters {
        var filters = Filters()
        for filter in fields.list("listener_filters").compactMap({ $0.fields() }) {
            filter.unsupported("filter_disabled", "config_discovery")
            guard let (type, body) = extensionBody(filter, kind: "listener filter") else {
                continue
            }
            switch type {
            case .tlsInspector, .httpInspector:
                body.ignored(
                    "enable_ja3_fingerprinting",
                    "enable_ja4_fingerprinting",
                    "initial_read_buffer_size",
                    because: "hellos are looked at as they come, without fingerprints"
                )
                body.finish()
            case .proxyProtocol:
                filters.acceptsProxyProtocol = true
                if body.bool("allow_requests_without_proxy_protocol") == true {
                    body.unsupported(
                        "allow_requests_without_proxy_protocol",
                        instead: "anybody could then pretend to be any address"
                    )
                }
                body.unsupported("rules", "disallowed_versions", "pass_through_tlvs")
                body.ignored("stat_prefix", because: "the filter has no statistics")
                body.finish()
            case .originalDestination:
                body.finish()
            default:
                unsupportedType(type, body)
            }
        }
        return filters
    }

    // MARK: Chains

    private func chain(
        _ node: Node,
        _ connections: inout Int,
        _ rate: inout TokenBucketSettings?
    ) -> FilterChain? {
        guard let fields = node.fields() else { return nil }
        defer { fields.finish() }
        let match = fields.fields("filter_chain_match").map(chainMatch) ?? ChainMatch()
        let tls = serverTLS(fields)
        fields.ignored("name", "metadata", because: "a chain is known by its match")
        fields.ignored(
            "transport_socket_connect_timeout",
            because: "listener_filters_timeout limits handshakes"
        )
        if fields.bool("use_proxy_proto") == true {
            fields.unsupported(
                "use_proxy_proto",
                instead: "use the listener filter envoy.filters.listener.proxy_protocol"
            )
        }
        fields.unsupported("on_demand_configuration")
        let filters = fields.list("filters")
        if filters.isEmpty {
            node.error(
                "the filter chain has no filters, so connections would be closed at once",
                "add http_connection_manager or tcp_proxy"
            )
        }
        var handler: ChainHandler?
        var addresses: [AddressRules] = []
        for (index, filter) in filters.enumerated() {
            guard let filterFields = filter.fields() else { continue }
            filterFields.unsupported("config_discovery")
            guard let (type, body) = extensionBody(filterFields, kind: "network filter") else {
                continue
            }
            let isLast = index == filters.count - 1
            switch type {
            case .connectionManager, .tcpProxy:
                if !isLast {
                    filter.error("\(type.shortName) must be the last filter of its chain")
                }
                handler =
                    type == .tcpProxy
                    ? tunnel(body).map(ChainHandler.tcp) : http(body).map(ChainHandler.http)
            case .connectionLimit:
                connections = body.integer("max_connections", 1...Int.max) ?? 0
                _ = body.requiredText("stat_prefix")
                body.unsupported("runtime_enabled")
                body.ignored("delay", because: "connections over the limit are closed at once")
                body.finish()
            case .networkRateLimit:
                _ = body.requiredText("stat_prefix")
                rate = body.required("token_bucket")?.fields().flatMap(tokenBucket)
                body.unsupported("runtime_enabled", "share_key")
                body.finish()
            case .networkRBAC:
                _ = body.requiredText("stat_prefix")
                if let rules = addressRules(body) { addresses.append(rules) }
                body.unsupported(
                    "enforcement_type",
                    "matcher",
                    "shadow_matcher",
                    "delay_deny"
                )
                body.finish()
            case let type where type.isSniffer:
                sniffer(type, body)
            default:
                unsupportedType(type, body)
            }
            if isLast, handler == nil,
                [.connectionLimit, .networkRateLimit].contains(type) || type.isSniffer
            {
                filter.error("the chain ends without http_connection_manager or tcp_proxy")
            }
        }
        guard var handler else { return nil }
        switch handler {
        case .http(var http):
            http.filters = addresses.map(HTTPFilter.addresses) + http.filters
            handler = .http(http)
        case .tcp(var tunnel):
            tunnel.addresses = addresses.first
            if addresses.count > 1 { node.unsupported("only one rbac filter is supported here") }
            handler = .tcp(tunnel)
        }
        return FilterChain(match: match, tls: tls, handler: handler)
    }

    /// A filter that counts what passes: the bytes are relayed all the same.
    private func sniffer(_ type: EnvoyType, _ body: Fields) {
        if body.bool("terminate_ssl") == true {
            body.unsupported("terminate_ssl", instead: "let the server speak TLS")
        }
        if let mode = body.choice("upstream_ssl", ["DISABLE", "REQUIRE", "PREFER"]), mode > 0 {
            body.unsupported("upstream_ssl", instead: "let the client speak TLS with the server")
        }
        if body.has("delay") { body.unsupported("delay") }
        _ = body.entries()
        log.warn(
            body.place,
            "\(type.shortName) has no effect here: bytes are relayed and not looked at"
        )
    }

    private func chainMatch(_ fields: Fields) -> ChainMatch {
        var match = ChainMatch()
        for name in fields.list("server_names") {
            guard let text = name.text() else { continue }
            if text.contains("*"), text != "*",
                !text.hasPrefix("*.") || text.dropFirst().contains("*")
            {
                name.error(
                    "\"\(text)\": a server name is exact or begins with \"*.\"",
                    "write *.example.com"
                )
            }
            if text == "*" {
                name.warn("\"*\" in server_names matches nothing but itself", "leave it out")
            }
            match.serverNames.append(text.lowercased())
        }
        match.applicationProtocols = fields.texts("application_protocols")
        switch fields.text("transport_protocol") {
        case "tls": match.isTLS = true
        case "raw_buffer": match.isTLS = false
        case nil, "": break
        case let other?:
            log.unsupported(
                fields.place("transport_protocol"),
                "\"\(other)\" is not supported",
                "write tls or raw_buffer"
            )
        }
        match.destinationPort = fields.integer("destination_port", 1...65535).map(UInt16.init)
        match.destinations = fields.list("prefix_ranges").compactMap(range)
        match.sources = fields.list("source_prefix_ranges").compactMap(range)
        let direct = fields.list("direct_source_prefix_ranges").compactMap(range)
        if match.sources.isEmpty { match.sources = direct }
        fields.unsupported("source_ports", "source_type", "address_suffix", "suffix_len")
        fields.finish()
        return match
    }

    /// Envoy takes the most exact chain, wherever it stands; here the first one that fits is taken.
    static func byExactness(_ chains: [FilterChain]) -> [FilterChain] {
        func rank(_ match: ChainMatch) -> [Int] {
            [
                match.destinationPort == nil ? 0 : 1,
                match.destinations.map { $0.prefixLength + 1 }.max() ?? 0,
                match.serverNames.contains { !$0.hasPrefix("*") }
                    ? 1000 : match.serverNames.map(\.utf8.count).max() ?? 0,
                match.isTLS == nil ? 0 : 1,
                match.applicationProtocols.isEmpty ? 0 : 1,
                match.sources.map { $0.prefixLength + 1 }.max() ?? 0,
            ]
        }
        return chains.enumerated()
            .sorted { left, right in
                let (first, second) = (rank(left.element.match), rank(right.element.match))
                if first == second { return left.offset < right.offset }
                return second.lexicographicallyPrecedes(first)
            }
            .map(\.element)
    }

    // MARK: TCP

    private func tunnel(_ fields: Fields) -> TunnelSettings? {
        defer { fields.finish() }
        let prefix = fields.requiredText("stat_prefix") ?? ""
        var clusters: [WeightedCluster] = []
        switch fields.oneOf(["cluster", "weighted_clusters"], isRequired: true) {
        case "cluster":
            guard let name = fields.requiredText("cluster") else { return nil }
            refer(to: name, from: fields.place("cluster"))
            clusters = [WeightedCluster(name: name)]
        case "weighted_clusters":
            guard let weighted = fields.fields("weighted_clusters") else { return nil }
            for share in weighted.list("clusters").compactMap({ $0.fields() }) {
                defer { share.finish() }
                share.unsupported("metadata_match")
                guard let name = share.requiredText("name") else { continue }
                refer(to: name, from: share.place("name"))
                let weight = share.integer("weight", 1...Int(UInt32.max)) ?? 1
                clusters.append(WeightedCluster(name: name, weight: weight))
            }
            if clusters.isEmpty { log.error(weighted.place, "\"clusters\" is empty") }
            weighted.finish()
        default:
            return nil
        }
        fields.unsupported("metadata_match", "hash_policy", "tunneling_config", "on_demand")
        fields.unsupported("max_downstream_connection_duration", "backoff_options")
        fields.ignored(
            "access_log_flush_interval",
            "access_log_options",
            "flush_access_log_on_connected",
            "upstream_connect_mode",
            "downstream_idle_timeout",
            "upstream_idle_timeout",
            because: "lines are written when connections end"
        )
        return TunnelSettings(
            statPrefix: prefix,
            clusters: clusters,
            idleTimeout: limit(fields, "idle_timeout", else: .seconds(3600)),
            connectAttempts: fields.integer("max_connect_attempts", 1...Int(UInt32.max)) ?? 1,
            accessLogs: fields.list("access_log").compactMap(accessLog)
        )
    }

    func tokenBucket(_ fields: Fields) -> TokenBucketSettings? {
        defer { fields.finish() }
        let most = fields.required("max_tokens")?.integer(1...Int(UInt32.max))
        let fill = fields.integer("tokens_per_fill", 1...Int(UInt32.max)) ?? 1
        guard let interval = fields.required("fill_interval")?.duration(), let most else {
            return nil
        }
        guard interval >= .milliseconds(50) else {
            log.error(fields.place("fill_interval"), "it must be at least 0.05s")
            return nil
        }
        return TokenBucketSettings(maximum: most, tokensPerFill: fill, fillInterval: interval)
    }
}
