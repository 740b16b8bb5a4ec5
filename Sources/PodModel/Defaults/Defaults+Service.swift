internal import Formats

extension Defaults {
    /// What is constant in services and endpoints.
    static let serviceConstants: [String: [(field: String, value: JSON)]] = [
        "ServiceSpec": [("type", "ClusterIP"), ("sessionAffinity", "None")],
        "ServicePort": [("protocol", "TCP")],
        "EndpointPort": [("protocol", "TCP")],
        "SliceEndpointPort": [("name", ""), ("protocol", "TCP")],
    ]

    /// The seconds for which a client stays with its pod unless told otherwise: three hours.
    private static let affinitySeconds = 10800

    /// What in a service depends on its type. (`SetDefaults_Service`)
    static func completeService(_ spec: inout JSON) {
        if spec["sessionAffinity"] == "ClientIP" {
            spec.update("sessionAffinityConfig") { config in
                config.update("clientIP") { $0.fill("timeoutSeconds", .int(affinitySeconds)) }
            }
        } else if spec["sessionAffinity"] == "None" {
            spec["sessionAffinityConfig"] = nil
        }
        let type = spec["type"]?.string ?? ""
        let isExternal = ["NodePort", "LoadBalancer"].contains(type)
        if isExternal || type == "ClusterIP" && spec["externalIPs"]?.array?.isEmpty == false {
            spec.fillText("externalTrafficPolicy", "Cluster")
        }
        if isExternal || type == "ClusterIP" { spec.fillText("internalTrafficPolicy", "Cluster") }
        if type == "LoadBalancer" { spec.fill("allocateLoadBalancerNodePorts", true) }
    }

    /// The port of the pods is the service's own unless it is named.
    static func completeServicePort(_ port: inout JSON) {
        let target = port["targetPort"]
        if target?.int == 0 || target?.string == "" { port["targetPort"] = nil }
        if let number = port["port"] { port.fill("targetPort", number) }
    }
}

extension JSON {
    /// Sets a member that is missing, null or empty.
    fileprivate mutating func fillText(_ key: String, _ value: JSON) {
        if self[key]?.string ?? "" == "" { self[key] = value }
    }
}
