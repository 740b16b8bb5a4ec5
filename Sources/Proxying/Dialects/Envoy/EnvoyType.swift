/// The extensions of Envoy that are known, by the full name of their message.
enum EnvoyType: String, CaseIterable {
    case connectionManager =
        "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
    case tcpProxy = "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy"
    case networkRateLimit = "envoy.extensions.filters.network.local_ratelimit.v3.LocalRateLimit"
    case connectionLimit = "envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit"
    case networkRBAC = "envoy.extensions.filters.network.rbac.v3.RBAC"

    case postgresProxy = "envoy.extensions.filters.network.postgres_proxy.v3alpha.PostgresProxy"
    case mysqlProxy = "envoy.extensions.filters.network.mysql_proxy.v3.MySQLProxy"
    case mongoProxy = "envoy.extensions.filters.network.mongo_proxy.v3.MongoProxy"
    case zookeeperProxy = "envoy.extensions.filters.network.zookeeper_proxy.v3.ZooKeeperProxy"

    case router = "envoy.extensions.filters.http.router.v3.Router"
    case rateLimit = "envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit"
    case token = "envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication"
    case tokenPerRoute = "envoy.extensions.filters.http.jwt_authn.v3.PerRouteConfig"
    case basic = "envoy.extensions.filters.http.basic_auth.v3.BasicAuth"
    case basicPerRoute = "envoy.extensions.filters.http.basic_auth.v3.BasicAuthPerRoute"
    case apiKey = "envoy.extensions.filters.http.api_key_auth.v3.ApiKeyAuth"
    case apiKeyPerRoute = "envoy.extensions.filters.http.api_key_auth.v3.ApiKeyAuthPerRoute"
    case compressor = "envoy.extensions.filters.http.compressor.v3.Compressor"
    case compressorPerRoute = "envoy.extensions.filters.http.compressor.v3.CompressorPerRoute"
    case decompressor = "envoy.extensions.filters.http.decompressor.v3.Decompressor"
    case grpcStatistics = "envoy.extensions.filters.http.grpc_stats.v3.FilterConfig"
    case headerToMetadata = "envoy.extensions.filters.http.header_to_metadata.v3.Config"
    case authorization = "envoy.extensions.filters.http.ext_authz.v3.ExtAuthz"
    case authorizationPerRoute =
        "envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute"
    case cors = "envoy.extensions.filters.http.cors.v3.Cors"
    case corsPolicy = "envoy.extensions.filters.http.cors.v3.CorsPolicy"
    case rbac = "envoy.extensions.filters.http.rbac.v3.RBAC"
    case rbacPerRoute = "envoy.extensions.filters.http.rbac.v3.RBACPerRoute"
    case fault = "envoy.extensions.filters.http.fault.v3.HTTPFault"
    case health = "envoy.extensions.filters.http.health_check.v3.HealthCheck"
    case buffer = "envoy.extensions.filters.http.buffer.v3.Buffer"
    case bufferPerRoute = "envoy.extensions.filters.http.buffer.v3.BufferPerRoute"
    case filterConfig = "envoy.config.route.v3.FilterConfig"

    case serverTLS = "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext"
    case clientTLS = "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext"
    case rawBuffer = "envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer"
    case upstreamProxyProtocol =
        "envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport"
    case secret = "envoy.extensions.transport_sockets.tls.v3.Secret"

    case tlsInspector = "envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector"
    case httpInspector = "envoy.extensions.filters.listener.http_inspector.v3.HttpInspector"
    case proxyProtocol = "envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol"
    case originalDestination = "envoy.extensions.filters.listener.original_dst.v3.OriginalDst"

    case fileLog = "envoy.extensions.access_loggers.file.v3.FileAccessLog"
    case outputLog = "envoy.extensions.access_loggers.stream.v3.StdoutAccessLog"
    case errorLog = "envoy.extensions.access_loggers.stream.v3.StderrAccessLog"

    case httpOptions = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
    case previousHosts =
        "envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate"
    case connectionsMonitor =
        "envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig"
    case fixedHeap = "envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig"
    case openTelemetry = "envoy.config.trace.v3.OpenTelemetryConfig"
    case requestIDs = "envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig"
    case caresResolver =
        "envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig"
    case systemResolver =
        "envoy.extensions.network.dns_resolver.getaddrinfo.v3.GetAddrInfoDnsResolverConfig"
    case discoveryResponse = "envoy.service.discovery.v3.DiscoveryResponse"

    /// What the message is called without its package.
    var shortName: String { String(rawValue.split(separator: ".").last ?? "") }

    /// The types that names of extensions stand for, the names of before 2021 too.
    static let names: [String: EnvoyType] = [
        "envoy.filters.network.http_connection_manager": .connectionManager,
        "envoy.http_connection_manager": .connectionManager,
        "envoy.filters.network.tcp_proxy": .tcpProxy,
        "envoy.tcp_proxy": .tcpProxy,
        "envoy.filters.network.local_ratelimit": .networkRateLimit,
        "envoy.filters.network.connection_limit": .connectionLimit,
        "envoy.filters.network.rbac": .networkRBAC,
        "envoy.filters.network.postgres_proxy": .postgresProxy,
        "envoy.filters.network.mysql_proxy": .mysqlProxy,
        "envoy.filters.network.mongo_proxy": .mongoProxy,
        "envoy.filters.network.zookeeper_proxy": .zookeeperProxy,
        "envoy.filters.http.router": .router,
        "envoy.router": .router,
        "envoy.filters.http.local_ratelimit": .rateLimit,
        "envoy.filters.http.jwt_authn": .token,
        "envoy.filters.http.basic_auth": .basic,
        "envoy.filters.http.api_key_auth": .apiKey,
        "envoy.filters.http.ext_authz": .authorization,
        "envoy.ext_authz": .authorization,
        "envoy.filters.http.cors": .cors,
        "envoy.cors": .cors,
        "envoy.filters.http.rbac": .rbac,
        "envoy.filters.http.fault": .fault,
        "envoy.fault": .fault,
        "envoy.filters.http.health_check": .health,
        "envoy.health_check": .health,
        "envoy.filters.http.buffer": .buffer,
        "envoy.buffer": .buffer,
        "envoy.filters.listener.tls_inspector": .tlsInspector,
        "envoy.listener.tls_inspector": .tlsInspector,
        "envoy.filters.listener.http_inspector": .httpInspector,
        "envoy.filters.listener.proxy_protocol": .proxyProtocol,
        "envoy.listener.proxy_protocol": .proxyProtocol,
        "envoy.filters.listener.original_dst": .originalDestination,
        "envoy.listener.original_dst": .originalDestination,
        "envoy.transport_sockets.raw_buffer": .rawBuffer,
        "raw_buffer": .rawBuffer,
        "envoy.access_loggers.stdout": .outputLog,
        "envoy.access_loggers.stderr": .errorLog,
        "envoy.access_loggers.file": .fileLog,
        "envoy.file_access_log": .fileLog,
        "envoy.access_loggers.stream": .outputLog,
        "envoy.retry_host_predicates.previous_hosts": .previousHosts,
    ]

    /// Network filters that only count what passes.
    var isSniffer: Bool {
        [.postgresProxy, .mysqlProxy, .mongoProxy, .zookeeperProxy].contains(self)
    }

    /// Packages of the second version of the API, which Envoy took out with 1.19.
    static func isOld(_ name: String) -> Bool {
        [
            "envoy.config.filter.", "envoy.api.v2", "envoy.config.accesslog.v2",
            "envoy.config.bootstrap.v2", "envoy.config.trace.v2", "envoy.config.rbac.v2",
            "envoy.config.health_checker.v2", "envoy.config.resource_monitor",
            "envoy.config.cluster.dynamic_forward_proxy.v2",
        ].contains { name.hasPrefix($0) } || name.contains(".v2.") || name.contains(".v2alpha")
    }

    /// The message of the third version whose last name is the same; the old one is `Cors`, too.
    static func successor(of old: String) -> EnvoyType? {
        let short = old.split(separator: ".").last.map(String.init) ?? ""
        let renamed = ["FileAccessLog": EnvoyType.fileLog]
        if let known = renamed[short] { return known }
        return allCases.first {
            $0.shortName == short
                && (short != "LocalRateLimit"
                    || old.contains("http") == $0.rawValue.contains("http"))
                && (short != "RBAC" || old.contains("http") == $0.rawValue.contains("http"))
        }
    }
}
