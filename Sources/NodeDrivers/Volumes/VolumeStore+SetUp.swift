import Basics
import Formats
import PodEngine
import PodModel
import Reactor
import System

extension VolumeStore {
    /// Makes one volume ready; repeated, it completes or does nothing.
    func setUp(
        _ volume: Volume,
        _ pod: Pod,
        _ lookup: any ObjectLookup
    ) async throws(VolumeProblem) {
        guard Self.isPlainName(volume.name), Self.isPlainName(pod.metadata.uid) else {
            throw VolumeProblem(text: "invalid volume name \"\(volume.name)\"")
        }
        switch volume.source {
        case .configMap, .secret, .projected, .downwardAPI:
            try fill(volume, pod, lookup)
        case .emptyDir(let source):
            try describe { () throws(SystemError) in
                try makeDirectory(source, path(of: volume, pod), pod)
            }
        case .ephemeral:
            // It lives as long as the pod, like the claim that a cluster would make for it.
            try describe { () throws(SystemError) in
                try makeDirectory(EmptyDirVolumeSource(), path(of: volume, pod), pod)
            }
        case .hostPath(let source): try HostPathCheck.prepare(source)
        case .persistentVolumeClaim(let source): try await setUpClaim(source, pod, lookup)
        case .image: break
        case .unsupported(let kind, _):
            throw VolumeProblem(
                text: "volume type \"\(kind)\" is not supported on a single node; use emptyDir, "
                    + "configMap, secret, projected, downwardAPI, hostPath, "
                    + "persistentVolumeClaim, ephemeral or image"
            )
        }
    }

    /// Makes an `emptyDir` once; what a container did to it later is not undone.
    private func makeDirectory(
        _ source: EmptyDirVolumeSource,
        _ place: String,
        _ pod: Pod
    ) throws(SystemError) {
        let ownership = VolumeOwnership(pod, isReadOnly: false)
        if !source.medium.isEmpty {
            return try makeMemoryVolume(source, place, pod, ownership)
        }
        guard !Files.exists(place) else { return }
        // Complete under another name first: what has its name is ready.
        let draft = place + Self.draftSuffix
        try Files.removeTree(draft)
        try Files.makeDirectories(layout.volumes(ofPod: pod.metadata.uid), mode: 0o750)
        try Files.makeDirectories(draft, mode: 0o777)
        if let ownership {
            try Files.chown(draft, user: nil, group: ownership.group)
            try Files.chmod(draft, ownership.directoryMode(0o777))
        }
        try Files.rename(draft, to: place)
    }

    private func makeMemoryVolume(
        _ source: EmptyDirVolumeSource,
        _ place: String,
        _ pod: Pod,
        _ ownership: VolumeOwnership?
    ) throws(SystemError) {
        try prepareMemoryRoot()
        try Files.makeDirectories(Files.parent(of: place), mode: 0o700)
        if FileTree.isMountRoot(place) { return }
        try Files.makeDirectories(place, mode: 0o777)
        let mode = ownership?.directoryMode(0o1777) ?? 0o1777
        let group = ownership.map { "gid=\($0.group)" } ?? ""
        guard source.medium == "Memory" else {
            var options = ["mode=\(String(mode, radix: 8))", group].filter { !$0.isEmpty }
            if let size = try Self.hugePageSize(source.medium, pod) {
                options.append("pagesize=\(size)")
            }
            return try Mounts.mount(
                type: "hugetlbfs",
                source: "nodev",
                at: place,
                options: options.joined(separator: ",")
            )
        }
        try Mounts.tmpfs(
            at: place,
            size: MemoryVolumeSize.of(
                source,
                pod,
                allocatable: node.allocatable["memory"].map { Int64($0.value) }
            ),
            mode: mode,
            flags: [],
            options: group
        )
    }

    /// The page size in bytes: of the medium `HugePages-<size>`, or the one that the pod requests.
    private static func hugePageSize(
        _ medium: String,
        _ pod: Pod
    ) throws(SystemError) -> Int? {
        let prefix = "HugePages-"
        if medium.hasPrefix(prefix) {
            return (try? Quantity(String(medium.dropFirst(prefix.count))))?.value
        }
        let names = pod.spec.containers.flatMap { $0.resources.requests.keys }
        let sizes = Set(names.filter { $0.hasPrefix("hugepages-") })
        guard sizes.count == 1, let size = sizes.first else { return nil }
        return (try? Quantity(String(size.dropFirst("hugepages-".count))))?.value
    }

    /// Finds the claim and makes its directory; gives it to the pod's group.
    private func setUpClaim(
        _ source: PersistentVolumeClaimVolumeSource,
        _ pod: Pod,
        _ lookup: any ObjectLookup
    ) async throws(VolumeProblem) {
        let (namespace, name) = (pod.metadata.namespace, source.claimName)
        guard let json = lookup.persistentVolumeClaim(namespace: namespace, name: name) else {
            throw VolumeProblem(text: "persistentvolumeclaim \"\(name)\" not found; create it")
        }
        guard Self.isPlainName(namespace), Self.isPlainName(name) else {
            throw VolumeProblem(text: "invalid claim name \"\(name)\"")
        }
        if let claim = try? PersistentVolumeClaim(json: json), claim.spec.volumeMode == "Block" {
            throw VolumeProblem(
                text: "persistentvolumeclaim \"\(name)\" has volumeMode Block, which a directory "
                    + "cannot serve; use volumeMode Filesystem"
            )
        }
        guard json["status"]?["phase"] != "Pending" else {
            throw VolumeProblem(
                text: "persistentvolumeclaim \"\(name)\" is not bound to a volume; make one that "
                    + "fits, or leave storageClassName out"
            )
        }
        let place = claimPath(namespace: namespace, name: name)
        try lead(
            place,
            to: lookup.persistentVolume(name: json["spec"]?["volumeName"]?.string ?? "")
        )
        let ownership = VolumeOwnership(pod, isReadOnly: source.readOnly)
        let needsOnlyRoot = pod.spec.securityContext.fsGroupChangePolicy == .onRootMismatch
        try describe { () throws(SystemError) in
            try Files.makeDirectories(Files.parent(of: place), mode: 0o755)
            if !Files.exists(place) { try Files.makeDirectories(place, mode: 0o777) }
        }
        guard let ownership else { return }
        let work: @Sendable () throws -> Void = {
            if needsOnlyRoot, try !ownership.mismatches(place) { return }
            try ownership.apply(to: place)
        }
        do {
            try await Loop.main.offload(work)
        } catch {
            throw VolumeProblem(text: (error as? SystemError)?.advice ?? "\(error)")
        }
    }

    /// Makes the claim's place a link to the directory of a volume that somebody made.
    private func lead(_ place: String, to volume: JSON?) throws(VolumeProblem) {
        let spec = volume?["spec"]
        let isOwn = volume?["metadata"]?["annotations"]?["pv.kubernetes.io/provisioned-by"]
        guard isOwn != "remora/directory" else { return }
        let host = spec?["hostPath"]?["path"]?.string
        guard let target = host ?? spec?["local"]?["path"]?.string else { return }
        if host == nil, !Files.isDirectory(target) {
            throw VolumeProblem(
                text: "the local volume's directory \(target) does not exist; make it"
            )
        }
        try describe { () throws(SystemError) in
            if !Files.exists(target) { try Files.makeDirectories(target, mode: 0o755) }
            guard (try? Files.readLink(place)) != target else { return }
            try Files.makeDirectories(Files.parent(of: place), mode: 0o755)
            try? Files.remove(place)
            try Files.symlink(place, to: target)
        }
    }

    func mountImage(
        _ source: ImageVolumeSource,
        _ volume: Volume,
        _ pod: Pod
    ) async throws(VolumeProblem) {
        guard let mountImage else {
            throw VolumeProblem(text: "image volumes are not available: there is no image store")
        }
        guard Self.isPlainName(volume.name), Self.isPlainName(pod.metadata.uid) else {
            throw VolumeProblem(text: "invalid volume name \"\(volume.name)\"")
        }
        let place = path(of: volume, pod)
        let isMounted = try describe { () throws(SystemError) in
            try Files.makeDirectories(layout.volumes(ofPod: pod.metadata.uid), mode: 0o750)
            try Files.makeDirectories(place, mode: 0o755)
            return FileTree.isMountRoot(place)
        }
        if isMounted { return }
        do throws(StepFailure) {
            try await mountImage(source, pod, place)
        } catch {
            throw VolumeProblem(text: error.message, failure: error)
        }
    }

    /// Turns a failed call into the text of a failed volume.
    func describe<T>(_ body: () throws(SystemError) -> T) throws(VolumeProblem) -> T {
        do throws(SystemError) {
            return try body()
        } catch {
            throw VolumeProblem(text: error.advice)
        }
    }

    private static let draftSuffix = "..new"
}
