import Formats

/// A configuration of any language in the form of Envoy's `/config_dump`, for tools that read that: clusters,
/// listeners and routes with what they are told apart by.
///
/// What has no field in Envoy's messages is left out here; the companion's own form beside it has everything.
enum EnvoyDump {
    /// The list `configs` (`envoy.admin.v3`).
    static func configs(_ configuration: ProxyConfiguration) -> JSON {
        let routes = configuration.listeners.flatMap { listener in
            listener.chains.compactMap { chain -> JSON? in
                guard case .http(let http) = chain.handler else { return nil }
                return ["route_config": routeConfiguration(http.routes, http.statPrefix)]
            }
        }
        return [
            [
                "@type": type("admin.v3.BootstrapConfigDump"),
                "bootstrap": [
                    "node": [
                        "id": .string(configuration.node.id),
                        "cluster": .string(configuration.node.cluster),
                    ]
                ],
            ],
            [
                "@type": type("admin.v3.ClustersConfigDump"),
                "static_clusters": .array(
                    configuration.clusters.map { ["cluster": cluster($0)] }
                ),
            ],
            [
                "@type": type("admin.v3.ListenersConfigDump"),
                "static_listeners": .array(
                    configuration.listeners.map { ["listener": listener($0)] }
                ),
            ],
            [
                "@type": type("admin.v3.RoutesConfigDump"),
                "static_route_configs": .array(routes),
            ],
        ]
    }

    private static func type(_ name: String) -> JSON {
        .string("type.googleapis.com/envoy.\(name)")
    }

    private static func address(_ place: HostPort) -> JSON {
        place.isPath
            ? ["pipe": ["path": .string(place.host)]]
            : [
                "socket_address": [
                    "address": .string(place.host), "port_value": .int(Int(place.port)),
                ]
            ]
    }

    private static func duration(_ duration: Duration) -> JSON {
        let (seconds, attoseconds) = duration.components
        let milliseconds = attoseconds / 1_000_000_000_000_000
        if milliseconds == 0 { return .string("\(seconds)s") }
        let digits = String(1000 + milliseconds).dropFirst()
        return .string("\(seconds).\(digits)s")
    }

    // MARK: Clusters

    private static func cluster(_ settings: ClusterSettings) -> JSON {
        var cluster: JSON = [
            "@type": type("config.cluster.v3.Cluster"), "name": .string(settings.name),
            "type": .string(discovery(settings.discovery)),
            "connect_timeout": duration(settings.connectTimeout),
            "lb_policy": .string(policy(settings.balancing)),
            "circuit_breakers": [
                "thresholds": [
                    thresholds("DEFAULT", settings.limits), thresholds("HIGH", settings.highLimits),
                ]
            ],
        ]
        if let name = settings.statName { cluster["alt_stat_name"] = .string(name) }
        if settings.discovery != .originalDestination {
            cluster["load_assignment"] = [
                "cluster_name": .string(settings.name), "endpoints": endpoints(settings.endpoints),
            ]
        }
        if let tls = settings.tls {
            cluster["transport_socket"] = [
                "name": "envoy.transport_sockets.tls",
                "typed_config": [
                    "@type": type("extensions.transport_sockets.tls.v3.UpstreamTlsContext"),
                    "sni": .string(tls.serverName ?? ""),
                ],
            ]
        }
        return cluster
    }

    private static func discovery(_ discovery: ClusterSettings.Discovery) -> String {
        switch discovery {
        case .fixed: "STATIC"
        case .strictDNS: "STRICT_DNS"
        case .logicalDNS: "LOGICAL_DNS"
        case .originalDestination: "ORIGINAL_DST"
        }
    }

    /// Envoy's policy, or the one that comes next to what it has not.
    private static func policy(_ balancing: ClusterSettings.Balancing) -> String {
        switch balancing {
        case .roundRobin, .first: "ROUND_ROBIN"
        case .leastRequest, .leastConnections: "LEAST_REQUEST"
        case .random: "RANDOM"
        case .ringHash, .sourceHash: "RING_HASH"
        case .maglev: "MAGLEV"
        }
    }

    private static func thresholds(_ priority: String, _ limits: CircuitLimits) -> JSON {
        [
            "priority": .string(priority), "max_connections": .int(limits.connections),
            "max_pending_requests": .int(limits.pending), "max_requests": .int(limits.requests),
            "max_retries": .int(limits.retries),
        ]
    }

    /// Endpoints of one priority are one locality.
    private static func endpoints(_ endpoints: [Endpoint]) -> JSON {
        let priorities = Set(endpoints.map(\.priority)).sorted()
        return .array(
            priorities.map { priority in
                [
                    "priority": .int(priority),
                    "lb_endpoints": .array(
                        endpoints.filter { $0.priority == priority }.map { endpoint in
                            [
                                "endpoint": ["address": address(endpoint.address)],
                                "load_balancing_weight": .int(endpoint.weight),
                            ]
                        }
                    ),
                ]
            }
        )
    }

    // MARK: Listeners

    private static func listener(_ settings: ListenerSettings) -> JSON {
        [
            "@type": type("config.listener.v3.Listener"), "name": .string(settings.name),
            "address": address(settings.address),
            "filter_chains": .array(settings.chains.map(chain)),
        ]
    }

    private static func chain(_ chain: FilterChain) -> JSON {
        var dump: JSON = ["filters": [filter(chain.handler)]]
        var match: JSON = [:]
        if !chain.match.serverNames.isEmpty {
            match["server_names"] = .strings(chain.match.serverNames)
        }
        if !chain.match.applicationProtocols.isEmpty {
            match["application_protocols"] = .strings(chain.match.applicationProtocols)
        }
        if let isTLS = chain.match.isTLS {
            match["transport_protocol"] = isTLS ? "tls" : "raw_buffer"
        }
        if match != [:] { dump["filter_chain_match"] = match }
        if chain.tls != nil {
            dump["transport_socket"] = [
                "name": "envoy.transport_sockets.tls",
                "typed_config": [
                    "@type": type("extensions.transport_sockets.tls.v3.DownstreamTlsContext")
                ],
            ]
        }
        return dump
    }

    private static func filter(_ handler: ChainHandler) -> JSON {
        let filters = "extensions.filters.network"
        switch handler {
        case .http(let http):
            let name = "\(filters).http_connection_manager.v3.HttpConnectionManager"
            return [
                "name": "envoy.filters.network.http_connection_manager",
                "typed_config": [
                    "@type": type(name), "stat_prefix": .string(http.statPrefix),
                    "route_config": routeConfiguration(http.routes, http.statPrefix),
                ],
            ]
        case .tcp(let tunnel):
            var relay: JSON = [
                "@type": type("\(filters).tcp_proxy.v3.TcpProxy"),
                "stat_prefix": .string(tunnel.statPrefix),
            ]
            add(tunnel.clusters, to: &relay)
            return ["name": "envoy.filters.network.tcp_proxy", "typed_config": relay]
        }
    }

    // MARK: Routes

    private static func routeConfiguration(_ table: RouteTable, _ prefix: String) -> JSON {
        [
            "@type": type("config.route.v3.RouteConfiguration"),
            "name": .string(table.name.isEmpty ? prefix : table.name),
            "virtual_hosts": .array(
                table.hosts.map { host in
                    [
                        "name": .string(host.name), "domains": .strings(host.domains),
                        "routes": .array(host.routes.map(route)),
                    ]
                }
            ),
        ]
    }

    private static func route(_ route: Route) -> JSON {
        var dump: JSON = ["match": match(route.match)]
        if !route.name.isEmpty { dump["name"] = .string(route.name) }
        switch route.action {
        case .forward(let forward):
            var action: JSON = [:]
            switch forward.target {
            case .clusters(let clusters): add(clusters, to: &action)
            case .header(let name): action["cluster_header"] = .string(name)
            }
            action["timeout"] = duration(forward.timeout ?? .zero)
            if case .prefix(let prefix) = forward.pathRewrite {
                action["prefix_rewrite"] = .string(prefix)
            }
            if case .literal(let host) = forward.hostRewrite {
                action["host_rewrite_literal"] = .string(host)
            }
            dump["route"] = action
        case .redirect(let redirect):
            var action: JSON = ["response_code": .string(redirectCode(redirect.status))]
            if let scheme = redirect.scheme { action["scheme_redirect"] = .string(scheme) }
            if let host = redirect.host { action["host_redirect"] = .string(host) }
            if let port = redirect.port { action["port_redirect"] = .int(Int(port)) }
            if case .whole(let path) = redirect.path { action["path_redirect"] = .string(path) }
            dump["redirect"] = action
        case .respond(let status, let body, _):
            dump["direct_response"] = [
                "status": .int(status), "body": ["inline_string": .string(body)],
            ]
        // Envoy has nothing of the kind.
        case .reroute, .close, .stubStatus, .metrics: dump["non_forwarding_action"] = [:]
        }
        return dump
    }

    private static func match(_ match: RouteMatch) -> JSON {
        var dump: JSON
        switch match.path {
        case .any: dump = ["prefix": "/"]
        case .exact(let path): dump = ["path": .string(path)]
        case .prefix(let path): dump = ["prefix": .string(path)]
        case .separatedPrefix(let path): dump = ["path_separated_prefix": .string(path)]
        case .regex(let pattern, _, _): dump = ["safe_regex": ["regex": .string(pattern)]]
        }
        if !match.isCaseSensitive { dump["case_sensitive"] = false }
        return dump
    }

    private static func add(_ clusters: [WeightedCluster], to action: inout JSON) {
        if clusters.count == 1 {
            action["cluster"] = .string(clusters[0].name)
            return
        }
        action["weighted_clusters"] = [
            "clusters": .array(
                clusters.map { ["name": .string($0.name), "weight": .int($0.weight)] }
            )
        ]
    }

    private static func redirectCode(_ status: Int) -> String {
        switch status {
        case 302: "FOUND"
        case 303: "SEE_OTHER"
        case 307: "TEMPORARY_REDIRECT"
        case 308: "PERMANENT_REDIRECT"
        default: "MOVED_PERMANENTLY"
        }
    }
}
