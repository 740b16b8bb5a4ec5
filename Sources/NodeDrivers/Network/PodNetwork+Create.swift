internal import Basics
internal import Formats
public import PodEngine
internal import Reactor
internal import System

extension PodNetwork {
    /// Makes the sandbox of a pod: namespaces, `/dev/shm`, network, host ports.
    ///
    /// A whole sandbox of the same attempt is returned as it is; anything else that is left of the
    /// pod's sandboxes is taken down first. Throws `FailedCreatePodSandBox`; nothing is left then.
    public func create(_ request: PodNetworkRequest) async throws(StepFailure) -> Sandbox {
        do throws(Failure) {
            if let known = sandboxes[request.podUID] {
                if known.attempt == request.attempt, isWhole(known) { return known.sandbox }
                try await remove(podUID: request.podUID)
            }
            try checkPorts(request)
            // From here on the ports are taken, for pods that come while we wait.
            var record = SandboxRecord(request, plugins: [])
            if request.hasOwnUsers { record.users = try freeUsers(for: request.podUID) }
            sandboxes[request.podUID] = record
            do throws(Failure) {
                return try await make(request, record)
            } catch {
                await undo(request.podUID)
                throw error
            }
        } catch {
            throw StepFailure(
                reason: "FailedCreatePodSandBox",
                message: "\(error)"
            )
        }
    }

    /// Users for a pod that no other pod of this engine has.
    private func freeUsers(for uid: String) throws(Failure) -> UserRange {
        let taken = Set(sandboxes.values.compactMap(\.users))
        if let range = UserRange.free(for: uid, besides: taken) { return range }
        throw Failure(
            .exhausted,
            "cannot find users for the pod",
            cause: "all \(UserRange.total) ranges of the node's users are taken by other pods",
            remedy: "delete pods with hostUsers: false"
        )
    }

    private func make(
        _ request: PodNetworkRequest,
        _ blank: SandboxRecord
    ) async throws(Failure) -> Sandbox {
        var record = blank
        if !request.usesHostNetwork {
            record.plugins = try await prepared().plugins(for: request)
        }
        try keep(record)
        try await makeNamespaces(request, record.users)
        if request.usesHostNetwork {
            record.addresses = hostAddresses
            record.result = .object(JSONObject())
        } else {
            let result = try await attach(record)
            record.result = result
            record.addresses = (result["ips"]?.array ?? []).compactMap { address in
                address["address"]?.string.map { String($0.prefix { $0 != "/" }) }
            }
        }
        try keep(record)
        return record.sandbox
    }

    /// Takes down what a failed `make` left, as far as that goes; the rest stays on record.
    private func undo(_ uid: String) async {
        // In a task of its own: a cancelled creation cleans up as well.
        let task = Task { @MainLoop in try await remove(podUID: uid) }
        _ = await task.result
    }

    private func attach(_ record: SandboxRecord) async throws(Failure) -> JSON {
        do throws(CNIFailure) {
            return try await turnstile.pass { () async throws(CNIFailure) in
                try await plugins.add(record.plugins, target(of: record))
            }
        } catch {
            throw Failure(.unavailable, error.description)
        }
    }

    /// What the plugins are told about a pod.
    func target(of record: SandboxRecord) -> CNIPlugins.Target {
        let names = record.title.split(separator: "/", maxSplits: 1).map(String.init)
        let namespace = layout.networkNamespace(ofPod: record.podUID)
        return CNIPlugins.Target(
            container: record.podUID + "-\(record.attempt)",
            namespace: Namespaces.isPinned(namespace) ? namespace : nil,
            arguments: "IgnoreUnknown=1;K8S_POD_NAMESPACE=\(names.first ?? "")"
                + ";K8S_POD_NAME=\(names.last ?? "");K8S_POD_UID=\(record.podUID)"
        )
    }

    private func makeNamespaces(
        _ request: PodNetworkRequest,
        _ users: UserRange?
    ) async throws(Failure) {
        let uid = request.podUID
        var wanted = NamespaceRequest()
        if let users {
            wanted.users = layout.userNamespace(ofPod: uid)
            wanted.userRange = users
        }
        if !request.usesHostNetwork {
            wanted.net = layout.networkNamespace(ofPod: uid)
            wanted.uts = layout.utsNamespace(ofPod: uid)
            wanted.hostname = request.hostname.isEmpty ? nil : request.hostname
            // As containerd sets them: any user may ping and serve low ports inside the pod.
            wanted.defaults = [
                .init("net.ipv4.ip_unprivileged_port_start", "0"),
                .init("net.ipv4.ping_group_range", "0 2147483647"),
            ]
        }
        var memory: String?
        if !request.usesHostIPC {
            wanted.ipc = layout.ipcNamespace(ofPod: uid)
            memory = layout.sharedMemory(ofPod: uid)
        }
        wanted.sysctls = request.sysctls
        do {
            try await Loop.main.offload { [wanted, memory] in
                try Namespaces.make(wanted)
                if let memory { try Self.makeSharedMemory(memory) }
            }
        } catch let failure as Failure {
            throw failure
        } catch let error as SystemError {
            throw Failure("cannot make the shared memory of the pod", error)
        } catch {
            throw Failure(.internalError, "cannot make namespaces", cause: "\(error)")
        }
        guard request.sharesProcesses, let program = settings.holder.first else { return }
        _ = try NamespaceHolder.start(
            program,
            Array(settings.holder.dropFirst()),
            pin: layout.pidNamespace(ofPod: uid),
            users: wanted.users
        )
    }

    /// The pod's `/dev/shm`: 64 MiB, as container runtimes give it.
    private nonisolated static func makeSharedMemory(_ path: String) throws(SystemError) {
        while try Mounts.unmount(path, lazily: true) {}
        try Files.makeDirectories(path)
        try Mounts.tmpfs(
            at: path,
            size: 64 << 20,
            mode: 0o1777,
            flags: [.noSetUserID, .noDevices, .noExecute]
        )
    }

    func keep(_ record: SandboxRecord) throws(Failure) {
        do throws(SystemError) {
            try Files.writeAtomically(
                layout.sandboxRecord(ofPod: record.podUID),
                record.json.bytes(),
                mode: 0o600,
                sync: false
            )
        } catch {
            throw Failure("cannot record the sandbox of the pod", error)
        }
        sandboxes[record.podUID] = record
    }

    /// Refuses a host port that somebody has, naming who.
    private func checkPorts(_ request: PodNetworkRequest) throws(Failure) {
        if request.hostPorts.isEmpty { return }
        for port in request.hostPorts {
            for (uid, other) in sandboxes where uid != request.podUID {
                guard other.hostPorts.contains(where: port.clashes) else { continue }
                throw Self.taken(port, by: "pod \(other.title)")
            }
        }
        // A pod on the node's network listens itself, and then it finds out by itself.
        if request.usesHostNetwork { return }
        let sockets = ListeningSockets.current()
        for port in request.hostPorts {
            guard let socket = sockets.holder(of: port) else { continue }
            let owner = ListeningSockets.owner(of: socket) ?? "another program"
            throw Self.taken(port, by: owner)
        }
    }

    private static func taken(_ port: HostPort, by holder: String) -> Failure {
        Failure(
            .conflict,
            "host port \(port.text) is taken",
            cause: "\(holder) has it",
            remedy: "choose another hostPort, or stop \(holder)"
        )
    }
}
