import Formats
import PodModel
import System

/// The OCI runtime configuration of a container run: a pure function of its request.
///
/// The shape is that of `opencontainers/runtime-spec` 1.0; the choices are those of containerd's CRI
/// part, which the kubelet's tests are written against.
struct OCISpec {
    var request: ContainerRequest
    var security: EffectiveSecurity
    var user: ProcessUser
    var host: HostFacts
    /// The file that is mounted at `terminationMessagePath`.
    var terminationLog: String
    /// Where the files of the node are shown with their owners mapped; nil if nothing is mapped.
    var mapped: String?
    /// The filter of `seccompProfile.type: Localhost`, already read.
    var localSeccomp: JSON?

    /// The content of `config.json`.
    var json: JSON {
        var linux: JSONObject = [
            "cgroupsPath": .string(request.cgroup),
            "namespaces": namespaces,
            "resources": ContainerResources(request: request, host: host).json(
                isPrivileged: security.isPrivileged
            ),
        ]
        if let users = request.users {
            linux["uidMappings"] = users.mappings
            linux["gidMappings"] = users.mappings
        }
        if security.isPrivileged {
            linux["devices"] = .array(host.devices.map(device))
        } else if !security.procIsUnmasked {
            linux["maskedPaths"] = .array((Self.masked + host.thermalFiles).map { .string($0) })
            linux["readonlyPaths"] = .array(Self.readOnly.map { .string($0) })
        }
        if let seccomp { linux["seccomp"] = seccomp }
        let propagations = request.mounts.map(\.propagation)
        if propagations.contains(.bidirectional) {
            linux["rootfsPropagation"] = "rshared"
        } else if propagations.contains(.hostToContainer) {
            linux["rootfsPropagation"] = "rslave"
        }
        return [
            "ociVersion": "1.0.2",
            "process": process,
            "root": [
                "path": .string(request.rootfs), "readonly": .bool(security.hasReadOnlyRoot),
            ],
            "mounts": ContainerMounts.json(
                request,
                security: security,
                terminationLog: terminationLog,
                mode: host.cgroups.mode,
                mapped: mapped
            ),
            "linux": .object(linux),
        ]
    }

    /// The files of the node that are to be mapped, in the order of their numbers.
    var mappedSources: [String] {
        guard mapped != nil else { return [] }
        return ContainerMounts.sources(
            request,
            security: security,
            terminationLog: terminationLog,
            mode: host.cgroups.mode
        )
    }

    /// The command line: the table of `command` and `args` against `ENTRYPOINT` and `CMD`.
    static func arguments(command: [String], args: [String], image: ImageConfig) -> [String] {
        if !command.isEmpty { return command + args }
        return image.entrypoint + (args.isEmpty ? image.command : args)
    }

    /// The environment: defaults, the image's, the pod's; a later value takes an earlier one's place.
    static func environment(_ request: ContainerRequest) -> [String] {
        var order: [String] = []
        var values: [String: String] = [:]
        func put(_ name: String, _ value: String) {
            if values.updateValue(value, forKey: name) == nil { order.append(name) }
        }
        put("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
        if request.container.tty { put("TERM", "xterm") }
        if !request.hostname.isEmpty { put("HOSTNAME", request.hostname) }
        for entry in request.imageConfig.environment {
            let halves = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = halves.first, !name.isEmpty else { continue }
            put(String(name), halves.count > 1 ? String(halves[1]) : "")
        }
        for (name, value) in request.environment { put(name, value) }
        return order.map { $0 + "=" + (values[$0] ?? "") }
    }

    private var capabilities: [String] {
        CapabilitySet.resolve(
            add: security.added,
            drop: security.dropped + (host.canFilterDevices ? [] : ["MKNOD"]),
            isPrivileged: security.isPrivileged,
            lastNumber: host.lastCapability,
            held: host.heldCapabilities
        )
    }

    private var process: JSON {
        let image = request.imageConfig
        let held: JSON = .array(capabilities.map { .string($0) })
        let own = request.container.workingDir
        let directory = own.isEmpty ? image.workingDirectory : own
        var identity: JSONObject = [
            "uid": .int(Int64(user.uid)), "gid": .int(Int64(user.gid)),
        ]
        if !user.groups.isEmpty {
            identity["additionalGids"] = .array(user.groups.map { .int(Int64($0)) })
        }
        let arguments = Self.arguments(command: request.command, args: request.args, image: image)
        var process: JSONObject = [
            "terminal": .bool(request.container.tty),
            "user": .object(identity),
            "args": .array(arguments.map { .string($0) }),
            "env": .array(Self.environment(request).map { .string($0) }),
            "cwd": .string(directory.isEmpty ? "/" : directory),
            "capabilities": ["bounding": held, "effective": held, "permitted": held],
            "noNewPrivileges": .bool(security.forbidsNewPrivileges),
        ]
        if lateOOMScore == nil { process["oomScoreAdj"] = .int(Int64(oomScore)) }
        return .object(process)
    }

    private var oomScore: Int { max(request.oomScore, host.lowestOOMScore) }

    /// The score that only the engine may set, because the runtime sets it as a user of the pod.
    var lateOOMScore: Int? { request.users != nil && oomScore < 0 ? oomScore : nil }

    private var namespaces: JSON {
        var list: [JSON] = [["type": "mount"]]
        func join(_ type: String, _ path: String?) {
            if let path { list.append(["type": .string(type), "path": .string(path)]) }
        }
        switch request.namespaces.processes {
        case .own: list.append(["type": "pid"])
        case .shared(let path): join("pid", path)
        case .node: break
        }
        join("user", request.namespaces.users)
        join("network", request.namespaces.network)
        join("ipc", request.namespaces.ipc)
        join("uts", request.namespaces.uts)
        if host.cgroups.mode == .v2, !security.isPrivileged { list.append(["type": "cgroup"]) }
        return .array(list)
    }

    private var seccomp: JSON? {
        guard !security.isPrivileged, let profile = security.seccomp else { return nil }
        switch profile.type {
        case "RuntimeDefault":
            return SeccompDefault.profile(
                capabilities: capabilities,
                architecture: host.architecture
            )
        case "Localhost": return localSeccomp
        default: return nil
        }
    }

    private func device(_ device: HostFacts.Device) -> JSON {
        [
            "path": .string(device.path), "type": device.isBlock ? "b" : "c",
            "major": .int(device.major), "minor": .int(device.minor),
            "fileMode": .int(Int64(device.mode)), "uid": 0, "gid": 0,
        ]
    }

    private static let masked = [
        "/proc/asound", "/proc/acpi", "/proc/interrupts", "/proc/kcore", "/proc/keys",
        "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug",
        "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap",
    ]

    private static let readOnly = [
        "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
    ]
}

extension UserRange {
    /// The range in the form of the OCI configuration, for users and groups alike.
    var mappings: JSON {
        [["containerID": 0, "hostID": .int(Int64(first)), "size": .int(Int64(Self.count))]]
    }
}
