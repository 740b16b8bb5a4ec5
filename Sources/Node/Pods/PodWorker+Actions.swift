internal import Basics
internal import Formats
internal import NodeDrivers
internal import PodEngine
internal import PodModel
internal import Reactor
internal import System

/// The actions of the machine, each carried out by a driver and answered by one event.
extension PodWorker {
    func perform(_ action: PodAction) {
        switch action {
        case .mountVolumes: spawn { await self.mountVolumes() }
        case .createSandbox(let attempt): spawn { await self.createSandbox(attempt) }
        case .pullImage(let container, let image): pull(image, for: container)
        case .cancelPull(let container, _): pulls.removeValue(forKey: container)?.cancel()
        case .createContainer(let run, let image): spawn { await self.create(run, image) }
        case .startContainer(let run): spawn { await self.start(run) }
        case .resizeContainers(let runs): spawn { await self.resize(runs) }
        case .runHook(let run, let hook): spawn { await self.runHook(hook, of: run) }
        case .runProbe(let run, let kind): spawn { await self.runProbe(kind, of: run) }
        case .sendStopSignal(let run): sendStopSignal(to: run)
        case .kill(let run): kill(run)
        case .removeContainer(let run, let withLogs): remove(run, withLogs: withLogs)
        case .stopSandbox(let attempt): spawn { await self.stopSandbox(attempt) }
        case .tearDown: spawn { await self.tearDown() }
        case .recordEvent(let record): node.events.record(record, about: pod)
        case .persist: break
        case .finished: node.workerFinished(self)
        }
    }

    // MARK: The pod

    private func mountVolumes() async -> PodEvent? {
        do {
            for warning in try node.cgroups.create(machine.allocatedPod) {
                let record = EventRecord(isWarning: true, reason: "FailedSync", message: warning)
                node.events.record(record, about: pod)
            }
            try await node.volumes.mount(pod, lookup: node.lookup)
            return .volumesMounted(nil)
        } catch {
            return .volumesMounted(StepFailure(error, reason: "FailedMount"))
        }
    }

    private func createSandbox(_ attempt: Int) async -> PodEvent? {
        // The network takes as long as the kernel's preparations.
        node.runtime.announceStart()
        toldOfSandbox = []
        do {
            let name = try PodHostname(PodHostname.Source(pod), clusterDomain: node.clusterDomain)
            let sandbox = try await node.network.create(
                PodNetworkRequest(pod, attempt: attempt, hostname: name.kernelName)
            )
            return .sandboxCreated(attempt: attempt, .success(sandbox))
        } catch {
            let failure = StepFailure(error, reason: "FailedCreatePodSandBox")
            return .sandboxCreated(attempt: attempt, .failure(failure))
        }
    }

    private func stopSandbox(_ attempt: Int) async -> PodEvent? {
        do {
            try await node.network.remove(podUID: uid)
            return .sandboxStopped(attempt: attempt, nil)
        } catch {
            return .sandboxStopped(attempt: attempt, StepFailure(error, reason: "FailedKillPod"))
        }
    }

    private func tearDown() async -> PodEvent? {
        do {
            node.files.remove(podUID: uid)
            try await node.volumes.unmount(podUID: uid)
            try await node.cgroups.remove(pod)
            return .tornDown(nil)
        } catch {
            return .tornDown(StepFailure(error, reason: "FailedKillPod"))
        }
    }

    // MARK: Images

    private func pull(_ image: String, for name: String) {
        pulls[name]?.cancel()
        pulls[name] = spawn { await self.pullImage(image, for: name) }
    }

    private func pullImage(_ image: String, for name: String) async -> PodEvent? {
        defer { pulls[name] = nil }
        let policy = pod.container(named: name)?.imagePullPolicy ?? .ifNotPresent
        if let identity = await standIn(for: name, image, after: nil) {
            return .imagePulled(container: name, image: image, .success(identity))
        }
        do {
            let identity = try await node.images.pull(
                image,
                policy: ImagePullPolicy(rawValue: policy.rawValue) ?? .ifNotPresent,
                secrets: node.pullSecrets(of: pod),
                began: { [weak self] in
                    self?.deliver(.imagePullBegan(container: name, image: image))
                }
            )
            return .imagePulled(container: name, image: image, .success(identity))
        } catch {
            if Task.isCancelled { return nil }
            let failure = StepFailure(error, reason: "ErrImagePull")
            if let identity = await standIn(for: name, image, after: failure) {
                return .imagePulled(container: name, image: image, .success(identity))
            }
            if Task.isCancelled { return nil }
            return .imagePulled(container: name, image: image, .failure(failure))
        }
    }

    // MARK: Containers

    private func create(_ run: ContainerRun, _ image: ImageIdentity) async -> PodEvent? {
        let id = ContainerRequest.newID()
        do {
            let request = try await self.request(id, run, image)
            for warning in node.runtime.warnings(for: request) {
                let record = EventRecord(
                    isWarning: true,
                    reason: "FailedSync",
                    message: warning,
                    fieldPath: fieldPath(of: run.container)
                )
                node.events.record(record, about: pod)
            }
            let created = try await node.runtime.create(request)
            ids[run] = id
            watchExit(of: run, id: id)
            return .containerCreated(run, .success(created))
        } catch {
            await discard(id)
            let failure = StepFailure(error, reason: "CreateContainerError")
            return .containerCreated(run, .failure(failure))
        }
    }

    private func request(
        _ id: String,
        _ run: ContainerRun,
        _ image: ImageIdentity
    ) async throws -> ContainerRequest {
        let pod = machine.allocatedPod
        guard let container = pod.container(named: run.container) else {
            throw StepFailure(
                reason: "CreateContainerConfigError",
                message: "container \(run.container) is not in the pod"
            )
        }
        let addresses = machine.status.podIPs.map(\.ip)
        let volumes = node.volumes
        let namespaces = try namespaces(of: container)
        if ephemeral(run.container) != nil {
            // It may be the first that sees a volume.
            try await volumes.mount(pod, lookup: node.lookup)
        }
        let environment = try ContainerEnvironment(
            pod: pod,
            podIPs: addresses,
            node: node.facts,
            lookup: node.lookup,
            readFile: { [pod] volume, path throws(StepFailure) in
                try volumes.read(path, ofVolume: volume, pod)
            }
        )
        .resolve(container)
        let mounts = try volumes.mounts(for: container, of: pod, environment: environment)
        let config = try node.images.config(of: image.id)
        let users = node.network.users(podUID: uid)
        let rootfs = try await node.images.mountRootfs(
            image: image.id,
            container: id,
            users: users,
            podUID: uid
        )
        let files = try node.files.write(pod, podIPs: addresses)
        for event in files.events where toldOfSandbox.insert(event).inserted {
            node.events.record(event, about: pod)
        }
        var request = ContainerRequest(
            id: id,
            pod: pod,
            container: container,
            attempt: run.attempt,
            image: image,
            imageConfig: config,
            rootfs: rootfs,
            namespaces: namespaces,
            cgroup: node.cgroups.path(of: pod, container: id)
        )
        request.command = ContainerEnvironment.expand(container.command, by: environment)
        request.args = ContainerEnvironment.expand(container.args, by: environment)
        request.environment = environment.pairs
        if let role = image.standIn { try stand(in: role, &request) }
        request.mounts = mounts
        request.limits = node.cgroups.limits(of: container, in: pod)
        request.oomScore = node.cgroups.oomScore(of: container, in: pod)
        request.users = users
        request.hostname = files.kernelName
        request.hostsFile = files.hosts
        request.hostnameFile = pod.spec.hostNetwork ? nil : files.hostname
        request.resolverFile = files.resolver
        request.sharedMemory = pod.spec.hostIPC ? "/dev/shm" : node.layout.sharedMemory(ofPod: uid)
        return request
    }

    private func ephemeral(_ name: String) -> EphemeralContainer? {
        pod.spec.ephemeralContainers.first { $0.container.name == name }
    }

    /// The namespaces that a container joins: those of its pod, and for an ephemeral one with a target the
    /// target's processes.
    private func namespaces(
        of container: Container
    ) throws(StepFailure) -> ContainerNamespaces {
        var namespaces = ContainerNamespaces(of: pod, layout: node.layout)
        let target = ephemeral(container.name)?.targetContainerName ?? ""
        guard !target.isEmpty else { return namespaces }
        guard let id = containerID(of: target)?.id else {
            throw StepFailure(
                reason: "CreateContainerConfigError",
                message: "unable to find target container \(target)"
            )
        }
        guard namespaces.processes == .own else { return namespaces }
        guard let pid = node.runtime.processID(of: id) else {
            throw StepFailure(
                reason: "CreateContainerError",
                message:
                    "failed to generate container spec: failed to join the processes of target "
                    + "container \(target): it is not running"
            )
        }
        namespaces.processes = .shared("/proc/\(pid)/ns/pid")
        return namespaces
    }

    private func start(_ run: ContainerRun) async -> PodEvent? {
        guard let id = ids[run] else {
            let failure = StepFailure(reason: "RunContainerError", message: "the container is gone")
            return .containerStarted(run, failure)
        }
        // Its first question must not be lost; the name server came up while all else was made.
        if node.asksClusterNames(pod) { await node.services?.namesReady() }
        do {
            try await node.runtime.start(id)
            return .containerStarted(run, nil)
        } catch {
            return .containerStarted(run, StepFailure(error, reason: "RunContainerError"))
        }
    }

    func watchExit(of run: ContainerRun, id: String) {
        node.runtime.whenEnded(id) { [weak self] exit in
            guard let self, !self.isAbandoned else { return }
            self.deliver(.containerExited(run, exit))
        }
    }

    private func sendStopSignal(to run: ContainerRun) {
        guard let id = ids[run], let record = node.runtime.record(of: id) else { return }
        do {
            try node.runtime.signal(id, record.stopSignal)
        } catch {
            node.journal.warning("cannot signal container \(run.container) of \(key): \(error)")
        }
    }

    private func kill(_ run: ContainerRun) {
        guard let id = ids[run] else { return }
        node.runtime.killAll(id)
    }

    private func remove(_ run: ContainerRun, withLogs: Bool) {
        guard let id = ids.removeValue(forKey: run) else { return }
        node.remove(id, withLogs: withLogs)
    }

    /// Takes away what a failed creation left.
    private func discard(_ id: String) async {
        await node.runtime.remove(id, withLogs: false)
        try? node.images.unmountRootfs(container: id)
        let directory = node.layout.container(id)
        if Files.exists(directory) {
            try? await node.loop.offload { try Files.removeTree(directory) }
        }
    }

    // MARK: Hooks and probes

    private func runHook(_ hook: Hook, of run: ContainerRun) async -> PodEvent? {
        guard let container = pod.container(named: run.container), let id = ids[run] else {
            return .hookFinished(run, hook, .failed("the container is gone"))
        }
        let lifecycle = container.lifecycle
        guard let handler = hook == .postStart ? lifecycle?.postStart : lifecycle?.preStop else {
            return .hookFinished(run, hook, .succeeded)
        }
        let label = "\(key.name)_\(key.namespace)(\(uid))"
        let outcome = await node.prober.runHook(
            handler,
            of: Prober.HookOwner(container: container, pod: label, podIP: address),
            exec: exec(id),
            record: { event in
                var event = event
                if event.fieldPath.isEmpty { event.fieldPath = self.fieldPath(of: run.container) }
                self.node.events.record(event, about: self.pod)
            }
        )
        return .hookFinished(run, hook, outcome)
    }

    private func runProbe(_ kind: ProbeKind, of run: ContainerRun) async -> PodEvent? {
        guard let container = pod.container(named: run.container), let id = ids[run],
            let probe = container.probe(kind)
        else { return .probeFinished(run, kind, .error("the container is gone")) }
        let outcome = await node.prober.run(
            probe,
            container: container,
            podIP: address,
            exec: exec(id)
        )
        return .probeFinished(run, kind, outcome)
    }

    /// The address that probes and hooks go to unless they name a host.
    private var address: String {
        if pod.spec.hostNetwork { return node.facts.addresses.first ?? "127.0.0.1" }
        return machine.status.podIP
    }

    /// Ends a hook that nothing else ends; by itself a hook has no limit but its container's life.
    private static let hookLimit = Duration.seconds(24 * 3600)

    /// How a probe or hook runs a command in that container.
    private func exec(_ id: String) -> Prober.Exec {
        let runtime = node.runtime
        return { command, timeout, limit in
            let result = try await runtime.run(
                id,
                command,
                timeout: timeout ?? Self.hookLimit,
                limit: limit
            )
            return Prober.ExecResult(exitCode: result.code, output: result.output)
        }
    }

    func fieldPath(of container: String) -> String {
        if pod.spec.initContainers.contains(where: { $0.name == container }) {
            return "spec.initContainers{\(container)}"
        }
        return ephemeral(container) == nil
            ? "spec.containers{\(container)}" : "spec.ephemeralContainers{\(container)}"
    }
}

extension Container {
    fileprivate func probe(_ kind: ProbeKind) -> Probe? {
        switch kind {
        case .startup: startupProbe
        case .liveness: livenessProbe
        case .readiness: readinessProbe
        }
    }
}

extension StepFailure {
    /// The failure of a step in the form that the machine takes.
    init(_ error: any Error, reason: String) {
        self = (error as? StepFailure) ?? StepFailure(reason: reason, message: "\(error)")
    }
}
