public import Basics
public import Formats
public import NodeDrivers
internal import ObjectStore
internal import PodEngine
internal import PodModel
public import Reactor
internal import System

/// What others ask of the engine: logs, programs in containers, timelines, figures.
extension Node {
    /// The node's name.
    public var name: String { facts.name }

    /// The log of a container's newest run, or of the run before it.
    ///
    /// - Throws: `Failure` in the kubelet's words if there is no such log.
    public func log(
        ofPod uid: String,
        container: String,
        previous: Bool,
        options: LogOptions
    ) throws(Failure) -> LogReader {
        guard let worker = workers[uid] else {
            throw Failure(.notFound, "pod not found")
        }
        let known = worker.containerID(of: container)
        guard let newest = known?.run.attempt ?? lastLog(of: container, worker) else {
            let reason = worker.waitingReason(of: container)
            throw Failure(
                .invalid,
                "container \"\(container)\" in pod \"\(worker.key.name)\" is waiting to start: \(reason)"
            )
        }
        let attempt = previous ? newest - 1 : newest
        let path = logDirectory(of: container, worker) + "/\(attempt).log"
        guard attempt >= 0, Files.exists(path) else {
            throw Failure(
                .invalid,
                "previous terminated container \"\(container)\" in pod \"\(worker.key.name)\" not found"
            )
        }
        guard options.follow, !previous, let id = known?.id else {
            var options = options
            // A run that the runtime has forgotten writes no more.
            if known == nil { options.follow = false }
            return try LogReader(path: path, options: options)
        }
        let runtime = runtime
        return try LogReader(path: path, options: options) { _ = await runtime.exit(of: id) }
    }

    private func logDirectory(of container: String, _ worker: PodWorker) -> String {
        layout.logs(
            namespace: worker.key.namespace,
            pod: worker.key.name,
            uid: worker.uid
        ) + "/" + container
    }

    /// The newest run of which a log is left, for pods that have ended: nothing else is left of them.
    private func lastLog(of container: String, _ worker: PodWorker) -> Int? {
        let names = (try? Files.list(logDirectory(of: container, worker))) ?? []
        return names.compactMap { $0.hasSuffix(".log") ? Int($0.dropLast(4)) : nil }.max()
    }

    /// Starts a program in a running container.
    ///
    /// - Throws: `Failure` if the container does not run or the program cannot be started.
    public func exec(
        inPod uid: String,
        container: String,
        _ request: ExecRequest
    ) async throws(Failure) -> ExecSession {
        guard let (_, id) = workers[uid]?.containerID(of: container) else {
            throw Failure(.invalid, "container \"\(container)\" is not running")
        }
        return try await runtime.exec(id, request)
    }

    /// Attaches to the streams of a running container's own program.
    ///
    /// - Throws: `Failure` if the container does not run.
    public func attach(
        inPod uid: String,
        container: String,
        hasInput: Bool
    ) throws(Failure) -> AttachSession {
        guard let (_, id) = workers[uid]?.containerID(of: container) else {
            throw Failure(.invalid, "container \"\(container)\" is not running")
        }
        return try runtime.attach(id, hasInput: hasInput)
    }

    /// Connects to a port of a running pod's own loopback.
    ///
    /// - Throws: Why it cannot be reached.
    public func connect(
        toPod uid: String,
        port: UInt16,
        timeout: Duration
    ) async throws(Failure) -> ByteStream {
        try await network.connect(podUID: uid, port: port, timeout: timeout)
    }

    /// Sets how the tokens of service accounts are made that pods' volumes hold; before `start`.
    public func makeTokens(
        with maker:
            @escaping @MainLoop (
                _ pod: (namespace: String, name: String, uid: String), _ account: String,
                _ audience: String, _ seconds: Int
            ) throws(Failure) -> String
    ) {
        volumes.makeToken = { source, pod throws(Failure) in
            let metadata = pod.metadata
            return try maker(
                (namespace: metadata.namespace, name: metadata.name, uid: metadata.uid),
                pod.spec.serviceAccountName,
                source.audience,
                source.expirationSeconds
            )
        }
    }

    /// The timeline of the pod of that name, also of one that has gone lately.
    public func timeline(namespace: String, name: String) -> PodTimeline? {
        let key = PodKey(namespace: namespace, name: name)
        if let worker = workers.values.first(where: { $0.key == key }) {
            return PodTimeline(worker.machine.timeline, key)
        }
        return history.newest(of: key)
    }

    /// Version, roots and process of the engine.
    public var information: JSON {
        [
            "version": .string(options.version), "pid": .int(Int(Host.processID)),
            "root": .string(options.root), "runRoot": .string(options.runRoot),
            "node": .string(facts.name), "pods": .int(workers.count),
        ]
    }

    /// The status of the node object.
    public var status: JSON {
        var resources: JSON = ["pods": .string(String(options.podsMaximum))]
        for (name, quantity) in facts.allocatable { resources[name] = .string(quantity.text) }
        let addresses: [JSON] =
            facts.addresses.map { ["type": "InternalIP", "address": .string($0)] }
            + [["type": "Hostname", "address": .string(facts.name)]]
        return [
            "addresses": .array(addresses), "capacity": resources, "allocatable": resources,
            "nodeInfo": [
                "kernelVersion": .string(Host.kernelRelease), "operatingSystem": "linux",
                "osImage": .string(Host.systemName), "architecture": .string(Self.architecture),
                "containerRuntimeVersion": .string("remora://" + options.version),
                "kubeletVersion": "v1.33.1", "bootID": .string(Host.bootID),
                "machineID": .string(Host.machineID), "systemUUID": .string(Host.machineID),
                "kubeProxyVersion": "",
            ],
        ]
    }

    /// The machine's architecture as manifests and images call it.
    private static var architecture: String {
        ["x86_64": "amd64", "aarch64": "arm64"][Host.architecture] ?? Host.architecture
    }

    /// The engine's figures as Prometheus text.
    public var metrics: String {
        var phases: [String: Int] = [:]
        var running = 0
        for worker in workers.values {
            let status = worker.machine.status
            phases[status.phase.rawValue, default: 0] += 1
            running += (status.initContainerStatuses + status.containerStatuses)
                .count { if case .running = $0.state { true } else { false } }
        }
        var lines = [
            "# HELP remora_pods Pods by phase.", "# TYPE remora_pods gauge",
        ]
        for phase in ["Failed", "Pending", "Running", "Succeeded"] {
            lines.append("remora_pods{phase=\"\(phase)\"} \(phases[phase] ?? 0)")
        }
        lines += [
            "# HELP remora_containers_running Containers whose process runs.",
            "# TYPE remora_containers_running gauge", "remora_containers_running \(running)",
            "# HELP remora_store_version Resource version of the last change.",
            "# TYPE remora_store_version counter", "remora_store_version \(store.version)",
            "# HELP remora_process_resident_memory_bytes Resident memory of the engine.",
            "# TYPE remora_process_resident_memory_bytes gauge",
            "remora_process_resident_memory_bytes \(Host.residentBytes)",
        ]
        return lines.joined(separator: "\n") + "\n"
    }
}

extension PodTimeline {
    /// The timeline as JSON, with the pod's name.
    ///
    /// - Parameter width: The columns of the drawing in the member `text`; nil leaves it out.
    /// - Returns: The object.
    public func json(width: Int?) -> JSON {
        var json = timeline.json
        if let width { json["text"] = .string(timeline.text(width: max(40, min(width, 400)))) }
        json["pod"] = .string(pod.name)
        json["namespace"] = .string(pod.namespace)
        return json
    }
}

extension PodWorker {
    /// Why a container has no run yet.
    func waitingReason(of container: String) -> String {
        guard let status = machine.status.container(named: container),
            case .waiting(let waiting) = status.state
        else { return "ContainerCreating" }
        return waiting.reason
    }
}
