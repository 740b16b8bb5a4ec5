import Formats
import PodModel
import System

/// The `resources` of a container's OCI configuration, and what of them this machine cannot do.
struct ContainerResources {
    var request: ContainerRequest
    var host: HostFacts

    /// The numbers in the form of v1, which runtimes convert, and what only v2 knows beside them.
    func json(isPrivileged: Bool) -> JSON {
        var resources = JSONObject()
        if host.canFilterDevices {
            resources["devices"] = .array([["allow": .bool(isPrivileged), "access": "rwm"]])
        }
        let limits = request.limits
        let cgroups = host.cgroups
        var unified = JSONObject()
        if cgroups.has("cpu") {
            var cpu = JSONObject()
            if let quota = limits.cpuQuota {
                cpu["quota"] = .int(Int64(quota))
                cpu["period"] = .int(Int64(limits.cpuPeriod))
            }
            if cgroups.mode == .v2 {
                // Runtimes of this age convert shares along a line; the kubelet's curve is another.
                if let weight = limits.cpuWeight {
                    unified["cpu.weight"] = .string(String(weight))
                }
            } else if let shares = limits.cpuShares {
                cpu["shares"] = .int(Int64(shares))
            }
            if !cpu.isEmpty { resources["cpu"] = .object(cpu) }
        }
        if cgroups.has("memory") {
            if let bytes = limits.memoryBytes { resources["memory"] = ["limit": .int(bytes)] }
            if cgroups.mode == .v2 { unified["memory.oom.group"] = "1" }
        }
        if cgroups.has("pids"), let count = limits.processes {
            resources["pids"] = ["limit": .int(count)]
        }
        if !unified.isEmpty { resources["unified"] = .object(unified) }
        return .object(resources)
    }

    /// One text per limit that is asked for and that this machine cannot enforce.
    var warnings: [String] {
        let limits = request.limits
        var missing: [String] = []
        if limits.cpuQuota != nil, !host.cgroups.has("cpu") { missing.append("cpu") }
        if limits.memoryBytes != nil, !host.cgroups.has("memory") { missing.append("memory") }
        if limits.processes != nil, !host.cgroups.has("pids") { missing.append("pids") }
        return missing.map {
            "container \"\(request.container.name)\": this machine has no \($0) controller: "
                + "its \($0) limit is not enforced"
        }
    }
}
