import Basics
import Formats
public import PodEngine
import PodModel
import Reactor
import System

extension ContainerRuntime {
    /// Makes the bundle of a run: checks the user, writes the configuration and the record.
    ///
    /// - Throws: `CreateContainerConfigError` for a broken `runAsNonRoot`; `CreateContainerError` for
    ///   an unknown user, a missing seccomp profile, an empty command line, a full disk. Nothing is
    ///   left then.
    public func create(_ request: ContainerRequest) async throws(StepFailure) -> CreatedContainer {
        announceStart()
        let security = EffectiveSecurity(pod: request.pod, container: request.container)
        try security.verifyNonRoot(
            imageUser: request.imageConfig.user,
            pod: request.pod,
            container: request.container
        )
        let user = try accounts(in: request.rootfs).resolve(
            security,
            imageUser: request.imageConfig.user
        )
        let arguments = OCISpec.arguments(
            command: request.command,
            args: request.args,
            image: request.imageConfig
        )
        if arguments.isEmpty || arguments[0].isEmpty {
            throw StepFailure(reason: "CreateContainerError", message: "no command specified")
        }
        let paths = BundlePaths(layout, id: request.id)
        let spec = OCISpec(
            request: request,
            security: security,
            user: user,
            host: host.facts,
            terminationLog: paths.lastWords,
            mapped: request.users.map { _ in layout.mappedMounts(of: request.id) },
            localSeccomp: try localSeccomp(security)
        )
        if let users = request.namespaces.users {
            try UserNamespaceCheck(request: request, users: users, user: user).run()
        }
        let record = record(of: request, user: user, spec)
        do throws(SystemError) {
            try write(paths, spec: spec.json, record: record)
        } catch {
            try? Files.removeTree(paths.directory)
            try? Files.removeTree(paths.bundle)
            throw StepFailure(
                reason: "CreateContainerError",
                message: Failure("cannot write the bundle of container", error).description
            )
        }
        entries[request.id] = Entry(record)
        return CreatedContainer(id: request.id, user: user.text)
    }

    /// Texts for warning events about limits that this machine cannot enforce on such a container.
    public func warnings(for request: ContainerRequest) -> [String] {
        ContainerResources(request: request, host: host.facts).warnings
    }

    private func write(
        _ paths: BundlePaths,
        spec: JSON,
        record: ContainerRecord
    ) throws(SystemError) {
        // The image driver may have made the directory already, for the root file system in it.
        try Files.makeDirectories(paths.directory, mode: 0o700)
        try Files.makeDirectories(paths.bundle, mode: 0o700)
        try Files.write(paths.lastWords, [], mode: 0o666)
        try Files.write(paths.configuration, spec.bytes(), mode: 0o600)
        let folder = record.log.split(separator: "/").dropLast().joined(separator: "/")
        try Files.makeDirectories("/" + folder, mode: 0o755)
        // Last, and in one step: with it the run exists.
        try Files.writeAtomically(paths.record, record.json.bytes(), mode: 0o600, sync: false)
    }

    private func accounts(in rootfs: String) -> AccountFiles {
        func text(_ path: String) -> String {
            let bytes = try? Files.read(inRoot: rootfs, path)
            return String(decoding: bytes ?? [], as: UTF8.self)
        }
        return AccountFiles(passwd: text("/etc/passwd"), group: text("/etc/group"))
    }

    private func localSeccomp(_ security: EffectiveSecurity) throws(StepFailure) -> JSON? {
        guard let profile = security.seccomp, profile.type == "Localhost" else { return nil }
        let name = profile.localhostProfile ?? ""
        let path = layout.seccompProfiles + "/" + name
        func failure(_ cause: String) -> StepFailure {
            StepFailure(
                reason: "CreateContainerError",
                message: "failed to generate seccomp spec opts: cannot load seccomp profile "
                    + "\"\(path)\": \(cause); put the profile there, or correct localhostProfile"
            )
        }
        if name.isEmpty || name.hasPrefix("/") || name.split(separator: "/").contains("..") {
            throw failure("the path must be relative, without ..")
        }
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try Files.read(inRoot: layout.seccompProfiles, name)
        } catch {
            throw failure(SystemError.words(for: error.number))
        }
        guard let json = try? JSON.parse(bytes), json.object != nil else {
            throw failure("it is not a JSON object")
        }
        return json
    }

    private func record(
        of request: ContainerRequest,
        user: ProcessUser,
        _ spec: OCISpec
    ) -> ContainerRecord {
        let pod = request.pod
        let container = request.container
        let count =
            pod.spec.containers.count + pod.spec.initContainers.count
            + pod.spec.ephemeralContainers.count
        let signal = container.lifecycle?.stopSignal ?? request.imageConfig.stopSignal
        return ContainerRecord(
            id: request.id,
            podUID: pod.metadata.uid,
            namespace: pod.metadata.namespace,
            pod: pod.metadata.name,
            run: ContainerRun(container.name, attempt: request.attempt),
            image: request.image,
            cgroup: request.cgroup,
            log: layout.log(
                namespace: pod.metadata.namespace,
                pod: pod.metadata.name,
                uid: pod.metadata.uid,
                container: container.name,
                attempt: request.attempt
            ),
            user: user.text,
            createdAt: Loop.main.moment.wall,
            sharesProcesses: request.namespaces.processes != .own,
            hasTerminal: container.tty,
            standardInput: !container.stdin ? .closed : container.stdinOnce ? .once : .open,
            messageLimit: TerminationMessage.podLimit / max(count, 1),
            fallsBackToLog: container.terminationMessagePolicy == .fallbackToLogsOnError,
            users: request.users,
            mapped: spec.mappedSources,
            oomScore: spec.lateOOMScore,
            // 15 is SIGTERM.
            stopSignal: Signals.number(of: signal) ?? 15
        )
    }
}
