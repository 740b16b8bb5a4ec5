internal import Formats

/// The variables that announce services to a container.
///
/// (kubelet: `getServiceEnvVarMap`, `pkg/kubelet/envvars`)
enum ServiceVariables {
    /// The variables of the services that a pod sees.
    ///
    /// Those of its namespace if it has service links,
    /// and always `kubernetes` of the namespace `default`. Services without an address give none.
    static func of(
        _ services: [JSON],
        namespace: String,
        hasServiceLinks: Bool
    ) -> EnvironmentVariables {
        var seen: [String: JSON] = [:]
        for service in services {
            guard let name = service["metadata"]?["name"]?.string,
                let address = service["spec"]?["clusterIP"]?.string, !address.isEmpty,
                address != "None"
            else { continue }
            let home = service["metadata"]?["namespace"]?.string ?? "default"
            if home == "default", name == "kubernetes" {
                // One of the pod's own namespace comes before it.
                if seen[name] == nil { seen[name] = service }
            } else if home == namespace, hasServiceLinks {
                seen[name] = service
            }
        }
        var variables = EnvironmentVariables()
        for (name, service) in seen.sorted(by: { $0.key < $1.key }) {
            add(service, prefix: spelling(name), to: &variables)
        }
        return variables
    }

    private static func add(
        _ service: JSON,
        prefix: String,
        to variables: inout EnvironmentVariables
    ) {
        let address = service["spec"]?["clusterIP"]?.string ?? ""
        let ports = service["spec"]?["ports"]?.array ?? []
        variables[prefix + "_SERVICE_HOST"] = address
        if let first = ports.first?["port"]?.int {
            variables[prefix + "_SERVICE_PORT"] = String(first)
        }
        for port in ports {
            guard let name = port["name"]?.string, !name.isEmpty, let number = port["port"]?.int
            else { continue }
            variables[prefix + "_SERVICE_PORT_" + spelling(name)] = String(number)
        }
        let host = address.contains(":") ? "[\(address)]" : address
        for (index, port) in ports.enumerated() {
            guard let number = port["port"]?.int else { continue }
            let kind = port["protocol"]?.string ?? "TCP"
            let url = "\(kind.lowercased())://\(host):\(number)"
            if index == 0 { variables[prefix + "_PORT"] = url }
            let stem = "\(prefix)_PORT_\(number)_\(kind.uppercased())"
            variables[stem] = url
            variables[stem + "_PROTO"] = kind.lowercased()
            variables[stem + "_PORT"] = String(number)
            variables[stem + "_ADDR"] = address
        }
    }

    private static func spelling(_ name: String) -> String {
        String(name.uppercased().map { $0 == "-" ? "_" : $0 })
    }
}
