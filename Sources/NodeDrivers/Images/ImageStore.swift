public import Basics
public import Formats
public import PodEngine
public import Reactor
internal import System

/// The images of one engine: an OCI layout on disk, and an unpacked root file system per image.
///
/// Below `<root>/images`: `index.json` names the images, `blobs` holds what manifests point to,
/// `rootfs/<chain ID>` the unpacked trees (images of the same layers share one), `incoming` what is
/// being made. Nothing is visible before it is whole: blobs and trees are renamed into place, the
/// index is replaced in one step. Each container sees its tree through an overlay of its own.
@MainLoop public final class ImageStore {
    /// What can be chosen about an image store.
    public struct Settings: Sendable {
        /// How long one pull may take, from the first byte to the unpacked tree.
        public var pullDeadline: Duration = .seconds(30 * 60)
        /// The program that speaks with registries.
        public var skopeo = "skopeo"
        /// The program that unpacks layers.
        public var umoci = "umoci"
        /// The static busybox of which the built-in image is made.
        public var busybox = "/bin/busybox"

        /// The usual choices.
        public init() {}
    }

    let layout: NodeLayout
    let settings: Settings
    let blobs: BlobStore
    let skopeo: Skopeo
    let gate = SharedGate()
    var flights: [PullFlight.Key: PullFlight] = [:]
    var treesInTheMaking: [String: Task<Void, any Error>] = [:]
    var treesOnTheWay: [String: Task<Void, Never>] = [:]
    var builtInInTheMaking: Task<ImageRecord, any Error>?
    var companionInTheMaking: Task<ImageRecord, any Error>?
    /// When pods last wanted the images of these IDs, as far as this engine knows.
    var uses: [String: Timestamp] = [:]
    /// The entries, the oldest first.
    var records: [ImageRecord] = []

    private init(layout: NodeLayout, settings: Settings) {
        self.layout = layout
        self.settings = settings
        blobs = BlobStore(layout: layout.images)
        skopeo = Skopeo(
            program: settings.skopeo,
            registries: layout.root + "/registries.conf",
            deadline: settings.pullDeadline
        )
    }

    /// Opens the store of an engine, or makes an empty one.
    ///
    /// What an engine that was killed left half-made is removed. Throws if the directory cannot be
    /// written or the index is damaged. Only one store may be open per state directory.
    public static func open(
        layout: NodeLayout,
        settings: Settings = Settings()
    ) async throws(Failure) -> ImageStore {
        let store = ImageStore(layout: layout, settings: settings)
        let (trees, incoming) = (layout.imageTrees, layout.incomingImages)
        try await store.blocking("cannot make the image store in \(layout.images)") {
            [directory = store.blobs.directory] () throws(SystemError) in
            try Files.makeDirectories(layout.images, mode: 0o700)
            if Files.exists(incoming) { try Files.removeTree(incoming) }
            for path in [directory, trees, incoming, layout.unsyncedTrees] {
                try Files.makeDirectories(path)
            }
            try Self.removeDoubtfulTrees(layout)
            let marker = layout.images + "/oci-layout"
            if !Files.exists(marker) {
                try Files.writeAtomically(marker, Array(OCILayout.marker.utf8))
            }
        }
        try store.readIndex()
        for name in (try? Files.list(layout.unsyncedTrees)) ?? [] { store.bringToDisk(name) }
        return store
    }

    /// All entries, the oldest first; those without a reference lost their name to another image.
    public var images: [ImageRecord] { records }

    /// The entry of a reference as a pod or a user writes it; nil if there is none.
    public func image(named reference: String) -> ImageRecord? {
        ImageReference(reference).flatMap { ImageLookup(records: records).record(for: $0) }
    }

    /// How an image wants to be run.
    ///
    /// `id` is what a pull returned as `ImageIdentity.id`. Throws `ImageInspectError`.
    public func config(of id: String) throws(StepFailure) -> ImageConfig {
        ImageConfig(json: try configuration(of: record(id)))
    }

    /// The whole configuration of an image, for `image inspect`.
    public func inspect(_ name: String) throws(Failure) -> ImageDetails {
        guard let record = ImageLookup(records: records).records(named: name).first else {
            throw Self.unknown(name)
        }
        let manifest = try manifest(of: record)
        return ImageDetails(
            record: record,
            configuration: try blobs.document(record.id),
            layers: manifest.layers.map(\.digest)
        )
    }

    func record(_ id: String) throws(StepFailure) -> ImageRecord {
        if let record = ImageLookup(records: records).record(shownAs: id) { return record }
        throw StepFailure(
            reason: "ImageInspectError",
            message: "Failed to inspect image \"\(id)\": it is no longer in the image store;"
                + " pull it again"
        )
    }

    func configuration(of record: ImageRecord) throws(StepFailure) -> JSON {
        do throws(Failure) {
            return try blobs.document(record.id)
        } catch {
            throw StepFailure(
                reason: "ImageInspectError",
                message: "Failed to inspect image \"\(record.reference ?? record.id)\": \(error)"
            )
        }
    }

    func manifest(of record: ImageRecord) throws(Failure) -> OCIManifest {
        guard let manifest = OCIManifest(json: try blobs.document(record.manifest.digest)) else {
            throw Failure(
                .internalError,
                "the manifest of image \(record.reference ?? record.id) is damaged",
                remedy: "remove the image with `remora image rm` and pull it again"
            )
        }
        return manifest
    }

    static func unknown(_ name: String) -> Failure {
        Failure(
            .notFound,
            "there is no image \(name)",
            remedy: "list the images with `remora image ls`"
        )
    }
}

/// What `image inspect` shows.
public struct ImageDetails: Sendable {
    /// The entry of the store.
    public let record: ImageRecord
    /// The OCI image configuration.
    public let configuration: JSON
    /// The digests of the layers, the lowest first.
    public let layers: [String]
}

// MARK: - The index

extension ImageStore {
    private var index: String { layout.images + "/index.json" }

    private func readIndex() throws(Failure) {
        let bytes: [UInt8]
        do throws(SystemError) {
            guard Files.exists(index) else { return }
            bytes = try Files.read(index, limit: 64 << 20)
        } catch {
            throw Failure("cannot read the index of the image store", error)
        }
        guard let entries = (try? JSON.parse(bytes))?["manifests"]?.array else {
            throw Failure(
                .invalid,
                "the index of the image store is damaged",
                cause: "\(index) is no OCI image index",
                remedy: "remove that file; images are then pulled or imported again"
            )
        }
        records = entries.compactMap { ImageRecord(json: $0) }
    }

    /// Adds an entry; the one that had its reference is kept without a name for whoever uses it.
    func add(_ record: ImageRecord) throws(Failure) {
        var next = records
        var record = record
        next.removeAll { old in
            guard old.manifest == record.manifest else { return false }
            // The same image again under the same name, or one that had lost its name.
            guard old.reference == record.reference || old.reference == nil else { return false }
            if old.holders == nil { record.holders = nil }
            if let known = old.holders, let new = record.holders {
                record.holders = known.union(new)
            }
            return true
        }
        for place in next.indices where next[place].reference == record.reference {
            next[place].reference = nil
        }
        next.append(record)
        try replace(with: next)
    }

    /// Replaces the index on disk, then the one in memory.
    func replace(with next: [ImageRecord]) throws(Failure) {
        let json: JSON = [
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": .array(next.map(\.json)),
        ]
        do throws(SystemError) {
            try Files.writeAtomically(index, json.bytes(), sync: false)
        } catch {
            throw Failure("cannot write the index of the image store", error)
        }
        records = next
    }

    /// Runs calls that block on a worker thread.
    func blocking<Value: Sendable>(
        _ what: String,
        _ body: @escaping @Sendable () throws(SystemError) -> Value
    ) async throws(Failure) -> Value {
        do {
            return try await Loop.main.offload(body)
        } catch let error as SystemError {
            throw Failure(what, error)
        } catch let error as Failure {
            throw error
        } catch {
            throw Failure(.internalError, what, cause: "\(error)")
        }
    }
}
