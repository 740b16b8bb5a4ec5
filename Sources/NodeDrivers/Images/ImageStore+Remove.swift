public import Basics
internal import Reactor
internal import System

/// What the image store takes on the disk.
public struct ImageUsage: Sendable, Hashable {
    /// The number of entries.
    public var images: Int
    /// The bytes of the blobs.
    public var blobs: Int64
    /// The bytes of the unpacked trees.
    public var trees: Int64
}

extension ImageStore {
    /// Removes images by reference or ID and frees what nothing else needs; returns the freed bytes.
    ///
    /// A reference that is one of several names of an image only takes that name away. Throws
    /// `conflict` while a container uses the image, unless `force`: then its tree stays until the
    /// container has gone.
    @discardableResult
    public func remove(_ name: String, force: Bool = false) async throws(Failure) -> Int64 {
        let lookup = ImageLookup(records: records)
        let found = lookup.records(named: name)
        if found.isEmpty { throw Self.unknown(name) }
        let ids = Set(found.map(\.id))
        if found.count > 1 && (ids.count > 1 || !force) {
            throw Failure(
                .conflict,
                "cannot remove image \(name)",
                cause: "it means " + found.map { $0.reference ?? $0.id }.joined(separator: ", "),
                remedy: "name one of them" + (ids.count > 1 ? "" : ", or use --force for all")
            )
        }
        return try await remove(found, force: force)
    }

    /// Removes entries, unless a container needs what only they keep.
    func remove(_ doomed: [ImageRecord], force: Bool = false) async throws(Failure) -> Int64 {
        let rest = records.filter { !doomed.contains($0) }
        let users = users()
        for record in doomed where !force && !rest.contains(where: { $0.tree == record.tree }) {
            guard let container = users[record.tree]?.first else { continue }
            throw Failure(
                .conflict,
                "cannot remove image \(record.reference ?? record.id)",
                cause: "\(container) uses it",
                remedy: "delete its pod first, or use --force"
            )
        }
        try replace(with: rest)
        return try await sweep()
    }

    /// Removes images that have no name any more and no container.
    ///
    /// With `unused` every image without a container goes. Returns the freed bytes.
    @discardableResult
    public func collectGarbage(unused: Bool = false) async throws(Failure) -> Int64 {
        let users = users()
        let rest = records.filter { record in
            users[record.tree] != nil || (!unused && record.reference != nil)
        }
        if rest.count != records.count { try replace(with: rest) }
        return try await sweep()
    }

    /// What the store takes on the disk; hard links count once per name.
    public func usage() async throws(Failure) -> ImageUsage {
        let (blobs, trees) = (blobs.directory, layout.imageTrees)
        let sizes = try await blocking("cannot measure the image store") {
            () throws(SystemError) in
            (try Self.size(of: blobs), try Self.size(of: trees))
        }
        return ImageUsage(images: records.count, blobs: sizes.0, trees: sizes.1)
    }

    /// Removes blobs and trees that no entry and no container needs.
    ///
    /// While something is being pulled nothing is removed: the next sweep does it.
    func sweep() async throws(Failure) -> Int64 {
        try await gate.sweeping { () async throws(Failure) in
            var digests: Set<String> = []
            for record in records {
                digests.formUnion([record.manifest.digest, record.id])
                // An entry with a damaged manifest keeps nothing else alive.
                guard let manifest = try? manifest(of: record) else { continue }
                digests.formUnion(manifest.blobs.map(\.digest))
            }
            let trees = Set(records.map(\.tree)).union(users().keys)
            let (store, layout) = (blobs, layout)
            return try await blocking("cannot free the disk of removed images") {
                [digests] () throws(SystemError) in
                var freed = try store.sweep(keeping: digests)
                for name in try Files.list(layout.imageTrees) where !trees.contains(name) {
                    let doomed = layout.incomingImages + "/doomed-" + name
                    freed += try Self.size(of: layout.imageTree(name))
                    try Files.rename(layout.imageTree(name), to: doomed)
                    try Files.removeTree(doomed)
                }
                return freed
            }
        } ?? 0
    }

    /// The containers and volumes by the tree they stand on, in words.
    private func users() -> [String: [String]] {
        var users: [String: [String]] = [:]
        for container in (try? Files.list(layout.containers)) ?? [] {
            guard let tree = try? Files.text(layout.treeRecord(of: container), limit: 128) else {
                continue
            }
            users[tree, default: []].append("container " + container.prefix(12))
        }
        for (tree, pods) in volumeUsers() {
            users[tree, default: []] += pods.map { "a volume of the pod with UID " + $0 }
        }
        return users
    }

    /// The bytes that a directory takes, without following links.
    private nonisolated static func size(of path: String) throws(SystemError) -> Int64 {
        let status = try Files.stat(path, followLinks: false)
        guard status.kind == .directory else { return status.allocated }
        var total = status.allocated
        for name in try Files.list(path) { total += try size(of: path + "/" + name) }
        return total
    }
}
