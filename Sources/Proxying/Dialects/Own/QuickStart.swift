public import Basics

/// Configurations of one line: `8080=http://localhost:9000`.
public enum QuickStart {
    /// Makes a configuration of texts `LISTEN=UPSTREAM`.
    ///
    /// `LISTEN` is a port or `address:port`; `UPSTREAM` is `host:port`, or a URL of `http`, `https`,
    /// `grpc`, `grpcs`, `tcp` or `tls`. A path in the URL goes before the paths of requests. Upstreams
    /// of `https` see their own name as the host.
    ///
    /// - Throws: what a text lacks.
    public static func configuration(
        of texts: [String]
    ) throws(Failure) -> DerivedConfiguration {
        var configuration = ProxyConfiguration()
        var clusters = ClusterBook()
        var sentences: [String] = []
        for text in texts {
            guard let equals = text.firstIndex(of: "="),
                let address = AddressText.hostPort(String(text[..<equals]), host: "0.0.0.0"),
                let target = Target(String(text[text.index(after: equals)...]))
            else {
                throw Failure(
                    .invalid,
                    "\"\(text)\" is not LISTEN=UPSTREAM",
                    remedy: "write 8080=http://localhost:9000, or 5432=tcp://db:5432"
                )
            }
            if configuration.listeners.contains(where: { $0.address == address }) {
                throw Failure(
                    .invalid,
                    "\(address) is to be listened on twice",
                    remedy: "remove one"
                )
            }
            let name = clusters.add(target)
            configuration.listeners.append(
                listener(address, handler: handler(target, cluster: name, listen: address))
            )
            sentences.append("\(address) goes to \(name)")
        }
        configuration.clusters = clusters.all
        return DerivedConfiguration(configuration, sentences: sentences)
    }

    static func listener(
        _ address: HostPort,
        tls: ServerTLSSettings? = nil,
        handler: ChainHandler
    ) -> ListenerSettings {
        ListenerSettings(
            name: address.description,
            address: address,
            chains: [FilterChain(tls: tls, handler: handler)]
        )
    }

    private static func handler(
        _ target: Target,
        cluster: String,
        listen: HostPort
    ) -> ChainHandler {
        if target.scheme == .tcp || target.scheme == .tls {
            return .tcp(
                TunnelSettings(
                    statPrefix: listen.description,
                    clusters: [WeightedCluster(name: cluster)],
                    connectAttempts: 3
                )
            )
        }
        var action = ForwardAction(
            target: .clusters([WeightedCluster(name: cluster)]),
            timeout: .seconds(60)
        )
        var match = RouteMatch()
        if let path = target.path, path != "/" {
            match.path = .prefix("/")
            action.pathRewrite = .prefix(path.hasSuffix("/") ? path : path + "/")
        }
        if target.isTLS { action.hostRewrite = .literal(host(target)) }
        return .http(http(listen.description, [Route(match: match, action: .forward(action))]))
    }

    /// What a client of the upstream would send as the host.
    private static func host(_ target: Target) -> String {
        target.address.port == 443 ? target.address.host : target.address.description
    }

    /// HTTP as an edge speaks it: the same as our own language without words.
    static func http(_ name: String, _ routes: [Route]) -> HTTPSettings {
        var settings = HTTPSettings(
            statPrefix: name,
            routes: RouteTable(
                hosts: [
                    VirtualHost(
                        name: name,
                        domains: ["*"],
                        routes: routes,
                        retry: OwnReader.standardRetry
                    )
                ],
                ignoresPort: true
            ),
            accessLogs: [AccessLogSettings(sink: .standardOutput)],
            serverName: nil,
            normalizesPath: true,
            upgrades: ["websocket"]
        )
        settings.forwarding.usesRemoteAddress = true
        settings.forwarding.forwardedFor = .append
        settings.forwarding.writesEnvoyHeaders = false
        return settings
    }
}
