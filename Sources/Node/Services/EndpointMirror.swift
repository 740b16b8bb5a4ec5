internal import Formats

/// The slices of `Endpoints` that somebody wrote by hand, for a service without a selector.
///
/// Source: `pkg/controller/endpointslicemirroring`.
enum EndpointMirror {
    private static let skip = "endpointslice.kubernetes.io/skip-mirror"
    private static let leader = "control-plane.alpha.kubernetes.io/leader"

    /// Whether an object wants slices.
    static func isMirrored(_ endpoints: JSON) -> Bool {
        let metadata = endpoints["metadata"]
        return metadata?["labels"]?[skip]?.string != "true"
            && metadata?["annotations"]?[leader] == nil
    }

    /// The contents of the slices, at most a hundred endpoints in each.
    static func slices(of endpoints: JSON) -> [JSON] {
        (endpoints["subsets"]?.array ?? []).flatMap { subset in
            let ready = (subset["addresses"]?.array ?? []).map { endpoint($0, isReady: true) }
            let waiting = (subset["notReadyAddresses"]?.array ?? [])
                .map { endpoint($0, isReady: false) }
            let ports = (subset["ports"]?.array ?? []).map { port in
                var port = port
                if port["name"]?.string == nil { port["name"] = "" }
                return port
            }
            return [("IPv4", false), ("IPv6", true)].flatMap { type, isLong -> [JSON] in
                let all = (ready + waiting).filter {
                    ($0["addresses"]?.array?.first?.string?.contains(":") ?? false) == isLong
                }
                let most = EndpointPlan.sliceMaximum
                return stride(from: 0, to: all.count, by: most).map { start -> JSON in
                    let part = Array(all[start...].prefix(most))
                    return [
                        "addressType": .string(type), "endpoints": .array(part),
                        "ports": .array(ports),
                    ]
                }
            }
        }
    }

    private static func endpoint(_ address: JSON, isReady: Bool) -> JSON {
        var endpoint: JSON = [
            "addresses": [address["ip"] ?? ""], "conditions": ["ready": .bool(isReady)],
        ]
        for field in ["hostname", "targetRef", "nodeName"] { endpoint[field] = address[field] }
        return endpoint
    }
}
