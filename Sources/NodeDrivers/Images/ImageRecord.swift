public import Basics
internal import Formats
internal import Security

/// One entry of the image store: a name, or none any more, for one image.
public struct ImageRecord: Sendable, Hashable {
    /// The full name, `docker.io/library/busybox:1.36`; nil once another image has taken it.
    public var reference: String?
    /// The name by digest under which the registry gives it; nil if it was not pulled.
    public var repositoryDigest: String?
    /// The digest of its configuration: the image's ID.
    public var id: String
    /// The size of all blobs together, in bytes.
    public var size: Int64
    /// When this entry was made.
    public var added: Timestamp
    /// Whoever shows one of these logins may use the image (hashes); nil: everybody may.
    ///
    /// This is what the kubelet's KubeletEnsureSecretPulledImages remembers.
    var holders: Set<String>?
    /// The manifest.
    var manifest: OCIDescriptor
    /// The name of the unpacked root file system; images of the same layers share it.
    var tree: String

    /// What `status.containerStatuses[].imageID` shows.
    public var shownID: String { repositoryDigest ?? id }
}

// MARK: - On disk: a descriptor of the layout's index.json

extension ImageRecord {
    private static let name = "org.opencontainers.image.ref.name"
    private static let prefix = "dev.remora.image."

    /// The entry of `index.json`, with what is ours as annotations.
    var json: JSON {
        var descriptor = manifest
        var notes: [String: String] = [:]
        notes[Self.name] = reference
        notes[Self.prefix + "repository-digest"] = repositoryDigest
        notes[Self.prefix + "id"] = id
        notes[Self.prefix + "size"] = String(size)
        notes[Self.prefix + "added"] = String(added.nanoseconds)
        notes[Self.prefix + "tree"] = tree
        notes[Self.prefix + "holders"] = holders?.sorted().joined(separator: ",")
        descriptor.annotations = notes
        return descriptor.json
    }

    /// Reads an entry of `index.json`; nil if it was not written by us.
    init?(json: JSON) {
        guard var manifest = OCIDescriptor(json: json) else { return nil }
        let notes = manifest.annotations
        manifest.annotations = [:]
        guard let id = notes[Self.prefix + "id"], ImageReference.isDigest(id),
            let size = notes[Self.prefix + "size"].flatMap({ Int64($0) }),
            let added = notes[Self.prefix + "added"].flatMap({ Int64($0) }),
            let tree = notes[Self.prefix + "tree"], tree.count == 64,
            tree.allSatisfy(\.isLowercaseHexDigit)
        else { return nil }
        self.init(
            reference: notes[Self.name],
            repositoryDigest: notes[Self.prefix + "repository-digest"],
            id: id,
            size: size,
            added: Timestamp(nanoseconds: added),
            holders: notes[Self.prefix + "holders"].map {
                Set($0.split(separator: ",").map(String.init))
            },
            manifest: manifest,
            tree: tree
        )
    }

    /// The chain ID of the OCI image specification: it names a stack of uncompressed layers.
    static func tree(of layers: [String]) -> String {
        var chain = ""
        for layer in layers {
            let text = chain.isEmpty ? layer : chain + " " + layer
            chain = chain.isEmpty ? layer : "sha256:" + SHA256.hexadecimal(of: Array(text.utf8))
        }
        return chain.isEmpty ? SHA256.hexadecimal(of: []) : String(chain.dropFirst(7))
    }

    /// Whether somebody with these logins may use the image without asking a registry.
    func isUsable(with credentials: [RegistryCredential]) -> Bool {
        guard let holders else { return true }
        return credentials.contains { holders.contains($0.fingerprint) }
    }
}

extension RegistryCredential {
    /// What is remembered of a login that worked; the password cannot be had from it.
    var fingerprint: String {
        let text = "remora pull login\0" + user + "\0" + password
        return String(SHA256.hexadecimal(of: Array(text.utf8)).prefix(32))
    }
}
