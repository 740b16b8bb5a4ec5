internal import Formats

/// What the rules of a container need to know of its pod.
struct PodContext {
    /// The volumes by name.
    let volumes: [String: Node]
    /// The pod's grace period in seconds.
    let grace: Int?
    /// The operating system that the pod names; empty if none.
    let os: String
    /// Whether the pod uses the node's user namespace.
    let hostUsers: Bool
    /// The pod's restart policy.
    let restartPolicy: String
    /// The names of the pod's device claims.
    let claims: [String]

    init(_ spec: Node) {
        volumes = Dictionary(
            spec["volumes"].items.map { ($0["name"].text, $0) },
            uniquingKeysWith: { first, _ in
                first
            }
        )
        grace = spec["terminationGracePeriodSeconds"].int
        os = spec["os"]["name"].text
        hostUsers = spec["hostUsers"].value?.bool ?? true
        restartPolicy = spec["restartPolicy"].text
        claims = spec["resourceClaims"].items.map { $0["name"].text }
    }
}
