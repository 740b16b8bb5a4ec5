internal import Formats

/// What a pod means to services: its address, whether it is ready, and its named ports.
struct PodEndpoint: Sendable, Hashable {
    /// A named port of a container.
    struct Port: Sendable, Hashable {
        var name: String
        var kind: String
        var number: Int
    }

    var namespace: String
    var name: String
    var uid: String
    var node: String
    /// Empty until the pod has one.
    var address: String
    var labels: [String: String]
    var isReady: Bool
    var isTerminating: Bool
    /// Whether it has succeeded or failed: nobody answers any more.
    var isOver: Bool
    var hostname: String
    var subdomain: String
    /// Of regular containers, then of sidecars; init containers serve nobody.
    var ports: [Port]

    /// Reads a pod as it is stored.
    init(_ pod: JSON) {
        let metadata = pod["metadata"]
        let spec = pod["spec"]
        let status = pod["status"]
        namespace = metadata?["namespace"]?.string ?? ""
        name = metadata?["name"]?.string ?? ""
        uid = metadata?["uid"]?.string ?? ""
        node = spec?["nodeName"]?.string ?? ""
        address = status?["podIP"]?.string ?? ""
        labels = Self.texts(metadata?["labels"])
        isReady = (status?["conditions"]?.array ?? []).contains {
            $0["type"]?.string == "Ready" && $0["status"]?.string == "True"
        }
        isTerminating = metadata?["deletionTimestamp"] != nil
        isOver = ["Succeeded", "Failed"].contains(status?["phase"]?.string)
        hostname = spec?["hostname"]?.string ?? ""
        subdomain = spec?["subdomain"]?.string ?? ""
        let sidecars = (spec?["initContainers"]?.array ?? [])
            .filter { $0["restartPolicy"]?.string == "Always" }
        ports = ((spec?["containers"]?.array ?? []) + sidecars)
            .flatMap { $0["ports"]?.array ?? [] }
            .compactMap { port in
                guard let name = port["name"]?.string, let number = port["containerPort"]?.int
                else { return nil }
                return Port(name: name, kind: port["protocol"]?.string ?? "TCP", number: number)
            }
    }

    /// Whether a service's selector chooses the pod; an empty one chooses none.
    func isSelected(by selector: [String: String]) -> Bool {
        !selector.isEmpty && selector.allSatisfy { labels[$0.key] == $0.value }
    }

    /// The texts of a map.
    static func texts(_ map: JSON?) -> [String: String] {
        var texts: [String: String] = [:]
        for (key, value) in map?.object?.members ?? [] { texts[key] = value.string ?? "" }
        return texts
    }
}
