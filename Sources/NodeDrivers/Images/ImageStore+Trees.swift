public import Basics
public import PodEngine
internal import Reactor
public import System

extension ImageStore {
    /// Makes the root file system of a container: an overlay on the tree of its image.
    ///
    /// `id` is what a pull returned as `ImageIdentity.id`. Returns the mount point,
    /// `NodeLayout.rootfs(of:)`. If it is mounted already, nothing happens. With `users`, the files
    /// of the image belong to these users of the pod, whose user namespace is pinned where the layout
    /// says for `podUID`. Throws `CreateContainerError`, or `ImageInspectError` if the image has gone
    /// meanwhile.
    public func mountRootfs(
        image id: String,
        container: String,
        users: UserRange? = nil,
        podUID: String = ""
    ) async throws(StepFailure) -> String {
        let record = try record(id)
        do throws(Failure) {
            if !Files.exists(layout.imageTree(record.tree)) {
                let manifest = try manifest(of: record)
                try await ensureTree(record.tree, manifest: record.manifest, of: manifest)
            }
            do throws(SystemError) {
                if let users {
                    try mount(record.tree, for: container, users, podUID)
                } else {
                    try mount(record.tree, for: container)
                }
            } catch {
                if users != nil, error.isInvalid {
                    throw Failure(
                        .unavailable,
                        "cannot show the image "
                            + UserNamespaceCheck.unmappable(layout.imageTree(record.tree))
                    )
                }
                throw Failure("cannot mount the root file system of the container", error)
            }
        } catch {
            throw StepFailure(reason: "CreateContainerError", message: error.description)
        }
        return layout.rootfs(of: container)
    }

    /// Takes a container's root file system away and frees its writable layer's mount.
    ///
    /// Nothing happens if it is not mounted. The container's directory stays.
    public func unmountRootfs(container: String) throws(Failure) {
        do throws(SystemError) {
            while try Mounts.unmount(layout.rootfs(of: container), lazily: true) {}
            while try Mounts.unmount(layout.mappedLayer(of: container), lazily: true) {}
            try Files.remove(layout.treeRecord(of: container))
        } catch {
            throw Failure("cannot unmount the root file system of container \(container)", error)
        }
    }

    /// The overlay for a pod with users of its own.
    ///
    /// The tree of the image is shown with its owners mapped; the writable layer takes the pod's users
    /// as they are, for the kernel makes its files in the name of the engine, which is none of them.
    private func mount(
        _ tree: String,
        for container: String,
        _ users: UserRange,
        _ podUID: String
    ) throws(SystemError) {
        let mapped = layout.mappedLayer(of: container)
        try Files.makeDirectories(mapped)
        // The pod's root must reach the root file system, and no other user of the node.
        try Files.chown(layout.container(container), user: nil, group: users.first)
        try Files.chmod(layout.container(container), 0o710)
        while try Mounts.unmount(mapped, lazily: true) {}
        try Mounts.bind(
            layout.imageTree(tree),
            at: mapped,
            mappedFor: layout.userNamespace(ofPod: podUID)
        )
        defer {
            // The overlay has a mount of its own of it.
            _ = try? Mounts.unmount(mapped, lazily: true)
            try? Files.remove(mapped)
        }
        try mount(tree, for: container, shownAt: mapped)
    }

    private func mount(
        _ tree: String,
        for container: String,
        shownAt place: String? = nil
    ) throws(SystemError) {
        let (target, upper) = (layout.rootfs(of: container), layout.upperLayer(of: container))
        let work = layout.overlayWork(of: container)
        let lower = place ?? layout.imageTree(tree)
        if let status = try? Files.stat(target),
            status.device != (try Files.stat(layout.container(container)).device)
        {
            return
        }
        for directory in [upper, work] where Files.exists(directory) {
            try Files.removeTree(directory)
        }
        for directory in [target, upper, work] { try Files.makeDirectories(directory) }
        // The root directory of the overlay takes its looks from the writable layer.
        let root = try Files.stat(lower)
        try Files.chown(upper, user: root.user, group: root.group)
        try Files.chmod(upper, root.mode)
        try Files.write(layout.treeRecord(of: container), tree)
        try Mounts.overlay(layers: [lower], upper: upper, work: work, at: target)
    }

    /// Unpacks the layers of an image unless that has been done; twice at once is done once.
    func ensureTree(
        _ name: String,
        manifest descriptor: OCIDescriptor,
        of manifest: OCIManifest
    ) async throws(Failure) {
        if Files.exists(layout.imageTree(name)) { return }
        let task: Task<Void, any Error>
        if let known = treesInTheMaking[name] {
            task = known
        } else {
            task = Task { @MainLoop in
                defer { treesInTheMaking[name] = nil }
                try await unpack(name, descriptor, manifest)
            }
            treesInTheMaking[name] = task
        }
        do {
            // Not cancelled with one waiter: it is short, and others may wait for it.
            try await task.value
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(.internalError, "cannot unpack the image", cause: "\(error)")
        }
    }

    private func unpack(
        _ name: String,
        _ descriptor: OCIDescriptor,
        _ manifest: OCIManifest
    ) async throws(Failure) {
        let workspace = try await makeWorkspace()
        let result: Result<Void, Failure>
        do throws(Failure) {
            result = .success(try await unpack(name, descriptor, manifest, in: workspace))
        } catch {
            result = .failure(error)
        }
        await removeWorkspace(workspace)
        try result.get()
    }

    private func unpack(
        _ name: String,
        _ descriptor: OCIDescriptor,
        _ manifest: OCIManifest,
        in workspace: String
    ) async throws(Failure) {
        for blob in manifest.blobs where !blobs.holds(blob) {
            throw Failure(
                .notFound,
                "cannot unpack the image",
                cause: "its blob \(blob.digest) is missing or cut short in the image store",
                remedy: "pull or load the image again"
            )
        }
        let (source, tree) = (workspace + "/layout", workspace + "/rootfs")
        var descriptor = descriptor
        var blobDirectory = layout.images + "/blobs"
        if manifest.layers.contains(where: { $0.mediaType.hasSuffix("zstd") }) {
            blobDirectory = workspace + "/blobs"
            descriptor = try await decompressed(manifest, into: blobDirectory)
        }
        do throws(SystemError) {
            try OCILayout.write(at: source, manifest: descriptor, blobs: blobDirectory)
        } catch {
            throw Failure("cannot unpack the image", error)
        }
        _ = try await run(
            Command(settings.umoci, ["raw", "unpack", "--image", source + ":image", tree]),
            "cannot unpack the image"
        )
        do throws(SystemError) {
            try markUnsynced(name)
            try Files.rename(tree, to: layout.imageTree(name))
        } catch {
            throw Failure("cannot store the unpacked image", error)
        }
        bringToDisk(name)
    }

    /// Makes a copy of an image whose zstd layers are plain archives, for umoci knows gzip only.
    private func decompressed(
        _ manifest: OCIManifest,
        into directory: String
    ) async throws(Failure) -> OCIDescriptor {
        let copy = BlobStore(layout: Files.parent(of: directory))
        var layers: [OCIDescriptor] = []
        do throws(SystemError) {
            try Files.makeDirectories(copy.directory)
            try Files.symlink(
                copy.path(manifest.config.digest),
                to: blobs.path(manifest.config.digest)
            )
        } catch {
            throw Failure("cannot unpack the image", error)
        }
        for layer in manifest.layers {
            guard layer.mediaType.hasSuffix("zstd") else {
                layers.append(layer)
                do throws(SystemError) {
                    try Files.symlink(copy.path(layer.digest), to: blobs.path(layer.digest))
                } catch {
                    throw Failure("cannot unpack the image", error)
                }
                continue
            }
            let plain = directory + "/layer.tar"
            _ = try await run(
                Command("zstd", ["-q", "-d", blobs.path(layer.digest), "-o", plain]),
                "cannot decompress a layer"
            )
            layers.append(
                try await blocking("cannot read a layer") { () throws(SystemError) in
                    try copy.adopt(plain, mediaType: OCIManifest.layerType)
                }
            )
        }
        let plain = OCIManifest(config: manifest.config, layers: layers)
        do throws(SystemError) {
            return try copy.put(plain.json, mediaType: OCIManifest.mediaType)
        } catch {
            throw Failure("cannot unpack the image", error)
        }
    }
}
