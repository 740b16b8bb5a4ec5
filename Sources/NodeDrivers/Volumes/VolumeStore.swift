public import Basics
public import PodEngine
public import PodModel
public import Reactor
internal import System

/// Makes, fills, refreshes and removes the volumes of pods.
///
/// All places follow from the layout and the pod's UID, and every verb may be repeated, so that a
/// killed engine loses nothing: `mount` again completes what was begun, `unmount` again removes what
/// was left. Secrets, projected and downward API volumes are on tmpfs only.
@MainLoop public final class VolumeStore {
    /// What the store needs from the rest of the node.
    public struct Settings: Sendable {
        /// Whether the runtime can make mounts below a mount read-only as well.
        public var supportsRecursiveReadOnly: Bool

        /// Makes settings.
        public init(supportsRecursiveReadOnly: Bool = true) {
            self.supportsRecursiveReadOnly = supportsRecursiveReadOnly
        }
    }

    /// Mounts the content of an image, read-only, at an existing empty directory.
    ///
    /// Its failures keep their reasons (`ErrImagePull`, ...). The store takes the mount away again.
    public typealias ImageMounter =
        @MainLoop (_ source: ImageVolumeSource, _ pod: Pod, _ target: String)
        async throws(StepFailure) -> Void

    let layout: NodeLayout
    let node: NodeFacts
    let settings: Settings
    /// Makes the token of a service account for a pod.
    public typealias TokenMaker =
        @MainLoop (_ source: ServiceAccountTokenProjection, _ pod: Pod) throws(Failure) -> String

    /// How tokens of service accounts are made; nil where nobody signs them.
    public var makeToken: TokenMaker?
    /// How image volumes are mounted; nil where there is no image store.
    public var mountImage: ImageMounter?
    private var hasMemoryRoot = false

    /// Makes a store; nothing is touched before the first volume.
    public init(
        layout: NodeLayout,
        node: NodeFacts,
        settings: Settings = Settings(),
        mountImage: ImageMounter? = nil
    ) {
        self.layout = layout
        self.node = node
        self.settings = settings
        self.mountImage = mountImage
    }

    /// Makes every volume that the pod's containers use ready.
    ///
    /// Volumes that nothing mounts are left out, as the kubelet does. A pod whose volumes are ready
    /// already costs one comparison of contents.
    ///
    /// - Parameters:
    ///   - pod: The pod.
    ///   - lookup: Where ConfigMaps, Secrets and claims are found.
    /// - Throws: `FailedMount` that names each volume that failed; for an image the reasons of images.
    public func mount(_ pod: Pod, lookup: any ObjectLookup) async throws(StepFailure) {
        let used = Self.usedVolumes(of: pod)
        var problems: [String] = []
        for volume in pod.spec.volumes where used.contains(volume.name) {
            do throws(VolumeProblem) {
                if case .image(let source) = volume.source {
                    try await mountImage(source, volume, pod)
                } else {
                    try await setUp(volume, pod, lookup)
                }
            } catch {
                if let failure = error.failure { throw failure }
                problems.append(
                    "MountVolume.SetUp failed for volume \"\(volume.name)\" : \(error.text)"
                )
            }
        }
        if problems.isEmpty { return }
        throw StepFailure(reason: "FailedMount", message: problems.joined(separator: "; "))
    }

    /// Brings the volumes made from objects up to date; others are left alone.
    ///
    /// To be called when an object that the pod uses, or the pod's own metadata, has changed. A volume
    /// that fails - its object is gone, for instance - keeps its content, and the others are refreshed.
    ///
    /// - Parameters:
    ///   - pod: The pod.
    ///   - lookup: Where ConfigMaps and Secrets are found.
    /// - Returns: The names of the volumes whose content changed.
    /// - Throws: `FailedMount` after all volumes were tried.
    @discardableResult
    public func refresh(
        _ pod: Pod,
        lookup: any ObjectLookup
    ) async throws(StepFailure) -> [String] {
        let used = Self.usedVolumes(of: pod)
        var changed: [String] = []
        var problems: [String] = []
        for volume in pod.spec.volumes where used.contains(volume.name) {
            guard volume.source.isMadeFromObjects, Files.isDirectory(path(of: volume, pod))
            else { continue }
            do throws(VolumeProblem) {
                if try fill(volume, pod, lookup) { changed.append(volume.name) }
            } catch {
                problems.append(
                    "MountVolume.SetUp failed for volume \"\(volume.name)\" : \(error.text)"
                )
            }
        }
        if problems.isEmpty { return changed }
        throw StepFailure(reason: "FailedMount", message: problems.joined(separator: "; "))
    }

    /// Takes all volumes of a pod away: mounts, then directories.
    ///
    /// Claims and host paths stay.
    ///
    /// - Parameter podUID: The pod's UID; one that was never mounted is no error.
    /// - Throws: What kept a mount or directory; call again later.
    public func unmount(podUID: String) async throws(Failure) {
        let removal = VolumeRemoval(
            pins: layout.pod(podUID) + "/" + Self.subPathFolder,
            volumes: [layout.volumes(ofPod: podUID), layout.memoryVolumes(ofPod: podUID)]
        )
        if removal.isNeeded {
            do {
                try await Loop.main.offload { try removal.run() }
            } catch {
                let what = "cannot remove the volumes of pod \(podUID)"
                if let error = error as? SystemError { throw Failure(what, error) }
                throw Failure(.unavailable, what, cause: "\(error)")
            }
        }
        // The directory itself holds what others made, too.
        try? Files.remove(layout.pod(podUID))
    }

    /// Removes the file system of memory volumes once no pod has any.
    ///
    /// - Throws: What kept the mount.
    public func close() throws(Failure) {
        let place = layout.memoryVolumes
        guard Files.isDirectory(place), (try? Files.list(place))?.isEmpty ?? true else { return }
        do throws(SystemError) {
            while try Mounts.unmount(place) {}
            hasMemoryRoot = false
        } catch {
            throw Failure("cannot unmount the memory volumes", error)
        }
    }

    /// Whether a pod has a volume that only exists in memory and has lost it, as after a reboot.
    public func hasLostMemory(_ pod: Pod) -> Bool {
        pod.spec.volumes.contains { volume in
            volume.source.isInMemory && Self.usedVolumes(of: pod).contains(volume.name)
                && !Files.isDirectory(path(of: volume, pod))
        }
    }

    /// Mounts the one tmpfs that holds the memory volumes of all pods of this engine.
    ///
    /// One file system for all costs nothing per pod; only memory `emptyDir`s, which have a size of
    /// their own, are mounts of their own in it. It is not swapped where the kernel can promise that.
    func prepareMemoryRoot() throws(SystemError) {
        if hasMemoryRoot { return }
        let place = layout.memoryVolumes
        try Files.makeDirectories(place, mode: 0o700)
        if !FileTree.isMountRoot(place) {
            do throws(SystemError) {
                try Mounts.tmpfs(at: place, mode: 0o700, options: "noswap")
            } catch {
                try Mounts.tmpfs(at: place, mode: 0o700)
            }
        }
        hasMemoryRoot = true
    }

    static let subPathFolder = "volume-subpaths"
}
