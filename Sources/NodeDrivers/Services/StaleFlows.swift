/// Which remembered datagram flows must be forgotten because their backend has gone.
///
/// The kernel translates a flow as its first packet was, for as long as packets come. A TCP client
/// notices that its pod has gone and connects anew; a UDP client that keeps its port would be led into the
/// void for ever.
struct StaleFlows: Sendable, Hashable {
    /// A place that flows came in at, and where they went.
    private struct Flow: Hashable {
        /// Empty for any of the node's own addresses.
        var address: String
        var port: Int
        var backend: String
    }

    /// The arguments of `conntrack`, one run for each flow that must go.
    let commands: [[String]]

    /// The most runs for one change; what is more ends by itself when the clients pause.
    static let limit = 256

    /// Compares what was led somewhere with what is led there now.
    init(from old: [ServiceRoute], to new: [ServiceRoute]) {
        let kept = Self.flows(new)
        let gone = Self.flows(old).subtracting(kept)
        commands = gone.sorted {
            ($0.address, $0.port, $0.backend) < ($1.address, $1.port, $1.backend)
        }.prefix(Self.limit).map { flow in
            ["-D", "-p", "udp"] + (flow.address.isEmpty ? [] : ["--orig-dst", flow.address])
                + ["--orig-port-dst", String(flow.port), "--dst-nat", flow.backend]
        }
    }

    private static func flows(_ routes: [ServiceRoute]) -> Set<Flow> {
        var flows: Set<Flow> = []
        for route in routes where route.kind == "udp" {
            for backend in route.backends {
                let target = "\(backend.address):\(backend.port)"
                for address in route.addresses {
                    flows.insert(Flow(address: address, port: route.port, backend: target))
                }
                if let port = route.nodePort {
                    flows.insert(Flow(address: "", port: port, backend: target))
                }
            }
        }
        return flows
    }
}
