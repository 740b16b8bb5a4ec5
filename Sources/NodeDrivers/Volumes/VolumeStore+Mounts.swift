public import PodEngine
public import PodModel
internal import Reactor
internal import System

extension VolumeStore {
    /// The mounts of a container, in the order in which they have to be made.
    ///
    /// To be called at each start: sub-paths are resolved, made if they are missing and pinned by a
    /// bind mount, so that a link put there afterwards changes nothing.
    ///
    /// - Parameters:
    ///   - container: A container of the pod.
    ///   - pod: The pod, with its volumes mounted.
    ///   - environment: The container's environment, for `subPathExpr`.
    /// - Returns: The mounts, outer places before inner ones.
    /// - Throws: `CreateContainerConfigError` for a volume or sub-path that cannot be had.
    public func mounts(
        for container: Container,
        of pod: Pod,
        environment: EnvironmentVariables
    ) throws(StepFailure) -> [ContainerMount] {
        var mounts: [(depth: Int, mount: ContainerMount)] = []
        for (index, mount) in container.volumeMounts.enumerated() {
            guard let volume = pod.spec.volumes.first(where: { $0.name == mount.name }) else {
                throw .configuration(
                    "cannot find volume \"\(mount.name)\" to mount into container "
                        + "\"\(container.name)\""
                )
            }
            let source = try source(
                of: mount,
                SubPathPlace(volume: volume, container: container.name, index: index),
                pod,
                environment
            )
            let destination = MountPath(mount.mountPath)
            let isRecursive = try isRecursivelyReadOnly(mount)
            let result = ContainerMount(
                source: source,
                destination: destination.text,
                isReadOnly: mount.readOnly || volume.source.isReadOnly,
                isRecursivelyReadOnly: isRecursive,
                propagation: Self.propagation(mount.mountPropagation),
                forbidsExecution: volume.source.isImage
            )
            try checkPropagation(result)
            mounts.append((destination.parts.count, result))
        }
        // A stable sort: of two mounts at one depth the later one of the spec comes later.
        return mounts.enumerated()
            .sorted { ($0.element.depth, $0.offset) < ($1.element.depth, $1.offset) }
            .map(\.element.mount)
    }

    /// Reads a file of one of the pod's volumes for a variable (`fileKeyRef`).
    ///
    /// - Parameters:
    ///   - path: The file, relative to the volume.
    ///   - name: The volume.
    ///   - pod: The pod.
    /// - Returns: The content, or nil if there is no such file.
    /// - Throws: `CreateContainerConfigError` if there is no such volume, a link leads out of it, or
    ///   the file is too large.
    public func read(
        _ path: String,
        ofVolume name: String,
        _ pod: Pod
    ) throws(StepFailure) -> [UInt8]? {
        guard let volume = pod.spec.volumes.first(where: { $0.name == name }) else {
            throw .configuration("cannot find the volume \"\(name)\" referenced by FileKeyRef")
        }
        do throws(SystemError) {
            return try SafePath.read(
                path,
                below: self.path(of: volume, pod),
                limit: EnvironmentFile.sizeLimit
            )
        } catch {
            if error.isMissing { return nil }
            throw .configuration(
                "couldn't parse env file \"\(path)\" of volume \"\(name)\": "
                    + SystemError.words(for: error.number)
            )
        }
    }

    private func source(
        of mount: VolumeMount,
        _ place: SubPathPlace,
        _ pod: Pod,
        _ environment: EnvironmentVariables
    ) throws(StepFailure) -> String {
        let root: String
        do throws(SystemError) {
            if case .hostPath(let source) = place.volume.source {
                root = try HostPathCheck.resolve(source)
            } else {
                root = path(of: place.volume, pod)
            }
        } catch {
            throw .configuration(
                "cannot use volume \"\(mount.name)\" in container \"\(place.container)\": "
                    + error.advice
            )
        }
        let subPath = try SubPath.expanded(mount, environment)
        if subPath.isEmpty { return root }
        return try SubPath(folder: layout.pod(pod.metadata.uid) + "/" + Self.subPathFolder)
            .pin(subPath, of: root, place)
    }

    private func isRecursivelyReadOnly(_ mount: VolumeMount) throws(StepFailure) -> Bool {
        guard let mode = mount.recursiveReadOnly, mode != .disabled else { return false }
        let subject = "volume \"\(mount.name)\" requested recursive read-only mode"
        guard mount.readOnly else {
            throw .recursion("\(subject), but it is not read-only")
        }
        if let propagation = mount.mountPropagation, propagation != .none {
            throw .recursion(
                "\(subject), but it is not compatible with propagation "
                    + "\"\(propagation.rawValue)\""
            )
        }
        if mode == .enabled, !settings.supportsRecursiveReadOnly {
            throw .recursion("\(subject), but it is not supported by the runtime")
        }
        return settings.supportsRecursiveReadOnly
    }

    private static func propagation(_ mode: MountPropagationMode?) -> ContainerMount.Propagation {
        switch mode {
        case .hostToContainer: .hostToContainer
        case .bidirectional: .bidirectional
        case nil, .some(.none): .isolated
        }
    }

    /// A runtime cannot pass mounts on that the node itself does not share.
    private func checkPropagation(_ mount: ContainerMount) throws(StepFailure) {
        guard mount.propagation != .isolated, let table = try? Mounts.table() else { return }
        var place = mount.source
        while table[place] == nil, place != "/" { place = Files.parent(of: place) }
        guard let entry = table[place] else { return }
        let isShared = entry.peerGroup != nil
        let isEnough =
            mount.propagation == .bidirectional ? isShared : isShared || entry.masterGroup != nil
        guard !isEnough else { return }
        let wanted = mount.propagation == .bidirectional ? "shared" : "shared or slave"
        throw StepFailure(
            reason: "CreateContainerError",
            message:
                "path \"\(mount.source)\" is mounted on \"\(place)\" but it is not a \(wanted) "
                + "mount; make it shared with: mount --make-rshared \(place)"
        )
    }
}

extension StepFailure {
    fileprivate static func recursion(_ cause: String) -> Self {
        .configuration("failed to resolve recursive read-only mode: \(cause)")
    }
}
