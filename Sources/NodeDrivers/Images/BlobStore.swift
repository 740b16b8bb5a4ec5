internal import Basics
internal import Formats
internal import Security
internal import System

/// The content-addressed files of an OCI image layout: `blobs/sha256/<64 hex>`.
///
/// A blob appears under its name only when it is whole. All calls block.
struct BlobStore: Sendable {
    /// What a manifest or a configuration may take, in bytes.
    static let documentLimit = 4 << 20

    /// The directory of the layout.
    let layout: String

    /// The directory of the blobs.
    var directory: String { layout + "/blobs/sha256" }

    /// The file of a blob.
    func path(_ digest: String) -> String { directory + "/" + digest.dropFirst("sha256:".count) }

    /// Whether a blob is there with the right size; its content is not read.
    func holds(_ blob: OCIDescriptor) -> Bool {
        (try? Files.stat(path(blob.digest)))?.size == blob.size
    }

    /// Reads a small blob and checks that it is what its name says.
    func document(_ digest: String) throws(Failure) -> JSON {
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try Files.read(path(digest), limit: Self.documentLimit)
        } catch {
            throw Failure("cannot read blob \(digest) of the image store", error)
        }
        guard "sha256:" + SHA256.hexadecimal(of: bytes) == digest,
            let json = try? JSON.parse(bytes)
        else {
            throw Failure(
                .internalError,
                "blob \(digest) of the image store is damaged",
                cause: "its content does not match its digest",
                remedy: "remove the image with `remora image rm` and pull it again"
            )
        }
        return json
    }

    /// Stores a small document.
    func put(_ json: JSON, mediaType: String) throws(SystemError) -> OCIDescriptor {
        let bytes = json.bytes()
        let digest = "sha256:" + SHA256.hexadecimal(of: bytes)
        try Files.makeDirectories(directory)
        try Files.writeAtomically(path(digest), bytes)
        return OCIDescriptor(mediaType: mediaType, digest: digest, size: Int64(bytes.count))
    }

    /// Takes a finished file in under the name of its digest.
    ///
    /// It must lie on the same file system.
    func adopt(_ file: String, mediaType: String) throws(SystemError) -> OCIDescriptor {
        let (digest, size) = try Self.digest(ofFile: file)
        try Files.makeDirectories(directory)
        try Files.rename(file, to: path(digest))
        return OCIDescriptor(mediaType: mediaType, digest: digest, size: size)
    }

    /// Removes every blob that is not named; returns the bytes that were freed.
    func sweep(keeping digests: Set<String>) throws(SystemError) -> Int64 {
        var freed: Int64 = 0
        guard Files.exists(directory) else { return 0 }
        for name in try Files.list(directory) where !digests.contains("sha256:" + name) {
            let file = directory + "/" + name
            freed += (try? Files.stat(file))?.allocated ?? 0
            try Files.remove(file)
        }
        return freed
    }

    /// The digest and the size of a file.
    static func digest(ofFile path: String) throws(SystemError) -> (String, Int64) {
        let file = try Descriptors.open(path)
        let digest = SHA256()
        var size: Int64 = 0
        while true {
            let bytes = try Descriptors.read(file.number, upTo: 1 << 20)
            if bytes.isEmpty { return ("sha256:" + digest.finishHexadecimal(), size) }
            digest.update(bytes)
            size += Int64(bytes.count)
        }
    }
}
