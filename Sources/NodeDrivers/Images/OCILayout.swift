internal import Formats
internal import System

/// A small OCI image layout for one image, whose blobs lie elsewhere.
enum OCILayout {
    /// The content of the file `oci-layout`.
    static let marker = #"{"imageLayoutVersion":"1.0.0"}"#

    /// Writes a layout in which `image` is the tag of a manifest.
    static func write(
        at directory: String,
        manifest: OCIDescriptor,
        blobs: String
    ) throws(SystemError) {
        var tagged = manifest
        tagged.annotations = ["org.opencontainers.image.ref.name": "image"]
        let index: JSON = ["schemaVersion": 2, "manifests": .array([tagged.json])]
        try Files.makeDirectories(directory)
        try Files.write(directory + "/oci-layout", marker)
        try Files.write(directory + "/index.json", index.bytes())
        try Files.symlink(directory + "/blobs", to: blobs)
    }

    /// The only manifest that a layout names; nil if it is none of ours.
    static func manifest(in directory: String) -> OCIDescriptor? {
        guard let bytes = try? Files.read(directory + "/index.json"),
            let entries = (try? JSON.parse(bytes))?["manifests"]?.array, entries.count == 1
        else { return nil }
        var descriptor = OCIDescriptor(json: entries[0])
        descriptor?.annotations = [:]
        return descriptor
    }
}

extension NodeLayout {
    /// The unpacked root file systems of images, by chain ID.
    var imageTrees: String { images + "/rootfs" }
    /// What is being pulled, unpacked or removed.
    var incomingImages: String { images + "/incoming" }
    /// One file per tree that may not have reached the disk yet; it holds the boot ID.
    var unsyncedTrees: String { images + "/unsynced" }
    /// The unpacked root file system of a stack of layers.
    func imageTree(_ name: String) -> String { imageTrees + "/" + name }
    /// The file that says which tree a container's root file system stands on.
    func treeRecord(of container: String) -> String { self.container(container) + "/image" }
}
