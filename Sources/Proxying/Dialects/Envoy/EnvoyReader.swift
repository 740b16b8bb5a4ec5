import Basics
import Formats

/// Reads a static bootstrap of Envoy.
///
/// What a field means is in Envoy's API documentation; what is said here is only where this proxy
/// differs. Every message is read by one function that ends with `finish()`.
final class EnvoyReader {
    let log: FindingLog
    let options: ReadingOptions
    /// The static secrets by name.
    var secrets: [String: Fields] = [:]
    /// Clusters that something refers to, and where.
    var references: [(cluster: String, place: Place)] = []
    /// The token requirements of the HTTP filters that are being read.
    var requirements: [String: TokenRequirement] = [:]
    /// Providers of tokens that a requirement asks for other audiences.
    var audienceProviders: [String: (name: String, audiences: [String])] = [:]
    /// The names of the HTTP filters that are being read, and their types.
    var filterTypes: [String: EnvoyType] = [:]
    /// The most connections of listeners, by their names, as runtime values say.
    private var connectionLimits: [(name: String, most: Int, place: Place)] = []
    /// Whether the cluster that is being read sends the request's host as the server name.
    var followsHost = false

    init(log: FindingLog, options: ReadingOptions) {
        self.log = log
        self.options = options
    }

    func read(_ bootstrap: Fields) -> ProxyConfiguration {
        var configuration = ProxyConfiguration()
        if let admin = bootstrap.fields("admin") { configuration.admin = self.admin(admin) }
        if let node = bootstrap.fields("node") { configuration.node = identity(node) }
        if let monitors = bootstrap.fields("overload_manager") {
            configuration.connectionsMaximum = connectionsMaximum(monitors)
        }
        if let runtime = bootstrap.fields("layered_runtime"), configuration.connectionsMaximum == 0
        {
            configuration.connectionsMaximum = runtimeLayers(runtime)
        }
        if let resources = bootstrap.fields("static_resources") {
            for secret in resources.list("secrets") { remember(secret) }
            configuration.clusters = resources.list("clusters").compactMap(cluster)
            configuration.listeners = resources.list("listeners").flatMap(listeners)
            limitConnections(&configuration)
            resources.finish()
            checkNames(resources, configuration)
        } else if !bootstrap.has("static_resources") {
            log.error(
                bootstrap.place,
                "\"static_resources\" is missing, so there is nothing to do",
                "write listeners and clusters under static_resources"
            )
        }
        if let dynamic = bootstrap.fields("dynamic_resources") {
            log.unsupported(
                bootstrap.place("dynamic_resources"),
                "resources from a management server are not supported",
                "write them under static_resources"
            )
            _ = dynamic.entries()
        }
        bootstrap.ignored(
            "stats_config",
            "stats_flush_interval",
            "stats_flush_on_admin",
            because: "statistics are counted always, and told when asked"
        )
        bootstrap.ignored(
            "flags_path",
            "watchdog",
            "watchdogs",
            "enable_dispatcher_stats",
            "use_tcp_for_dns_lookups",
            "bootstrap_extensions",
            "default_socket_interface",
            "header_prefix",
            "application_log_config",
            "memory_allocator_manager",
            "inline_headers",
            "perf_tracing_file_path",
            "fatal_actions",
            "default_config_source",
            "default_regex_engine",
            "deferred_stat_options",
            "typed_dns_resolver_config",
            "dns_resolution_config",
            "cluster_manager",
            "hds_config",
            "runtime",
            "certificate_provider_instances",
            "xds_delegate_extension",
            "xds_config_tracker_extension",
            "listener_manager",
            "grpc_async_client_manager_config",
            "stats_server_version_override",
            "node_context_params",
            because: "it is about the inner life of Envoy"
        )
        bootstrap.unsupported("tracing", instead: "write tracing in the http_connection_manager")
        bootstrap.unsupported("stats_sinks", instead: "let Prometheus read /stats/prometheus")
        bootstrap.finish()
        checkReferences(configuration)
        return configuration
    }

    private func admin(_ fields: Fields) -> HostPort? {
        let address = fields.value("address").flatMap { self.address($0) }
        fields.ignored(
            "access_log_path",
            "access_log",
            "profile_path",
            "socket_options",
            "ignore_global_conn_limit",
            because: "requests to the admin endpoints are not logged"
        )
        fields.finish()
        return address
    }

    private func identity(_ fields: Fields) -> NodeIdentity {
        let identity = NodeIdentity(
            id: fields.text("id") ?? "",
            cluster: fields.text("cluster") ?? ""
        )
        fields.ignored(
            "metadata",
            "locality",
            "user_agent_name",
            "user_agent_version",
            "client_features",
            "extensions",
            "dynamic_parameters",
            "user_agent_build_version",
            "listening_addresses",
            because: "there is no management server to tell it"
        )
        fields.finish()
        return identity
    }

    private func connectionsMaximum(_ fields: Fields) -> Int {
        var most = 0
        for monitor in fields.list("resource_monitors").compactMap({ $0.fields() }) {
            guard let (type, body) = extensionBody(monitor, kind: "resource monitor") else {
                continue
            }
            guard type == .connectionsMonitor else {
                if type == .fixedHeap {
                    body.ignored(
                        "max_heap_size_bytes",
                        because: "memory is bounded by buffers and limits of connections"
                    )
                    body.finish()
                } else {
                    unsupportedType(type, body)
                }
                continue
            }
            most = body.integer("max_active_downstream_connections", 1...Int.max) ?? 0
            body.finish()
        }
        fields.ignored(
            "refresh_interval",
            "actions",
            "loadshed_points",
            "buffer_factory_config",
            because: "memory is bounded by buffers and limits of connections"
        )
        fields.finish()
        return most
    }

    private func runtimeLayers(_ fields: Fields) -> Int {
        var most = 0
        for layer in fields.list("layers").compactMap({ $0.fields() }) {
            _ = layer.text("name")
            if let values = layer.fields("static_layer") {
                runtimeValues(values, "", &most)
            }
            layer.ignored(
                "admin_layer",
                "disk_layer",
                "rtds_layer",
                because: "there are no runtime values"
            )
            layer.finish()
        }
        fields.finish()
        return most
    }

    /// Values of a layer; maps inside of maps are keys with dots.
    private func runtimeValues(_ values: Fields, _ prefix: String, _ most: inout Int) {
        let limit = "envoy.resource_limits.listener."
        for (key, node) in values.entries() {
            let name = prefix + key
            if node.tree.mapping != nil, let inner = node.fields() {
                runtimeValues(inner, name + ".", &most)
            } else if name == "overload.global_downstream_max_connections" {
                most = node.integer(1...Int.max) ?? 0
            } else if name.hasPrefix(limit), name.hasSuffix(".connection_limit") {
                let listener = String(name.dropFirst(limit.count).dropLast(17))
                guard let number = node.integer(1...Int.max) else { continue }
                connectionLimits.append((listener, number, node.place))
            } else {
                node.warn("it has no effect here: there are no runtime values")
            }
        }
    }

    /// Applies the limits of connections that runtime values name.
    private func limitConnections(_ configuration: inout ProxyConfiguration) {
        for (name, most, place) in connectionLimits {
            var isKnown = false
            for index in configuration.listeners.indices
            where configuration.listeners[index].name == name {
                isKnown = true
                let own = configuration.listeners[index].connectionsMaximum
                configuration.listeners[index].connectionsMaximum =
                    own == 0 ? most : min(own, most)
            }
            if !isKnown {
                log.warn(
                    place,
                    "it has no effect: there is no listener \"\(name)\"",
                    "write the name of a listener"
                )
            }
        }
    }

    private func checkNames(_ resources: Fields, _ configuration: ProxyConfiguration) {
        func check(_ kind: String) {
            var seen: Set<String> = []
            for node in resources.list(kind) {
                guard let name = node.tree["name"]?.scalar?.text, !name.isEmpty else { continue }
                if !seen.insert(name).inserted {
                    let place = Place(
                        node.file,
                        node.tree.position(of: FieldPath([.key("name")])),
                        (node.path + "name").description
                    )
                    log.error(place, "\"\(name)\" is there twice in \(kind)", "rename one")
                }
            }
        }
        check("listeners")
        check("clusters")
        check("secrets")
    }

    private func checkReferences(_ configuration: ProxyConfiguration) {
        let names = configuration.clusters.map(\.name)
        for (cluster, place) in references where !names.contains(cluster) {
            let nearest = NearestMatch.of(cluster, among: names)
            log.error(
                place,
                "there is no cluster \"\(cluster)\"",
                nearest.map { "did you mean \"\($0)\"?" } ?? "add it to static_resources.clusters"
            )
        }
    }

    /// Notes that a cluster is used, to be looked for when all are read.
    func refer(to cluster: String, from place: Place) {
        references.append((cluster, place))
    }
}
