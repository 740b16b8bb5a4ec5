internal import Basics
internal import Proxying
internal import Reactor
internal import System

Loop.run {
    let words = CommandLine.arguments
    let server = ProxyServer(journal: .silent)
    do {
        try server.start(workerCount: 1)
        let port = UInt16(words[1]) ?? 8080
        let target = UInt16(words[2]) ?? 9000
        let route = Route(
            match: RouteMatch(path: .prefix("/")),
            action: .forward(ForwardAction(target: .clusters([WeightedCluster(name: "app")])))
        )
        let tls: ServerTLSSettings? =
            words.count > 4
            ? ServerTLSSettings(certificates: [
                CertificateSettings(chain: .file(words[3]), privateKey: .file(words[4]))
            ]) : nil
        let http = HTTPSettings(
            statPrefix: "in",
            routes: RouteTable(hosts: [
                VirtualHost(name: "all", domains: ["*"], routes: [route])
            ])
        )
        try server.apply(
            ProxyConfiguration(
                listeners: [
                    ListenerSettings(
                        name: "in",
                        address: HostPort(host: "127.0.0.1", port: port),
                        chains: [FilterChain(tls: tls, handler: .http(http))]
                    )
                ],
                clusters: [
                    ClusterSettings(
                        name: "app",
                        endpoints: [
                            Endpoint(address: HostPort(host: "127.0.0.1", port: target))
                        ]
                    )
                ]
            )
        )
    } catch {
        return 1
    }
    let signals = try? SignalWatch([Signals.interrupt, Signals.terminate])
    _ = try? await signals?.next()
    server.stop()
    return 0
}
