import Basics
import HTTP
import Reactor

@testable import Proxying

/// A proxy whose hosts speak HTTP/2.
final class H2World {
    let bench: ProxyBench
    private(set) var hosts: [H2End] = []
    var settings = H2Settings()
    /// What a host does with a head, or with a whole request.
    var onHead: ((H2End, Int) -> Void)?
    var onEnd: ((H2End, Int) -> Void)?

    init(_ configuration: ProxyConfiguration) throws {
        bench = try ProxyBench(configuration)
        bench.serve = { [unowned self] peer in
            guard let end = try? H2End(.server, peer, settings) else { return }
            end.onHead = onHead
            end.onEnd = onEnd
            hosts.append(end)
            peer.react?(peer)
        }
    }

    convenience init(
        route: ForwardAction = ForwardAction(
            target: .clusters([WeightedCluster(name: "app")])
        ),
        endpoints: Int = 1,
        change: (inout HTTPSettings, inout ClusterSettings) -> Void = { _, _ in }
    ) throws {
        try self.init(
            simpleConfiguration(route: route, endpoints: endpoints) { http, cluster in
                cluster.version = .http2
                change(&http, &cluster)
            }
        )
    }

    func value(_ name: String) -> Int64 { bench.value(name) }

    /// All requests of all hosts, as they came.
    var requests: [H2End.Message] {
        hosts.flatMap { host in host.numbers.map { host.message($0) } }
    }
}
