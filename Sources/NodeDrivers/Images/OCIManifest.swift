internal import Formats

/// A blob as a manifest or an index names it.
struct OCIDescriptor: Sendable, Hashable {
    var mediaType: String
    var digest: String
    var size: Int64
    var annotations: [String: String] = [:]

    init(mediaType: String, digest: String, size: Int64, annotations: [String: String] = [:]) {
        self.mediaType = mediaType
        self.digest = digest
        self.size = size
        self.annotations = annotations
    }

    init?(json: JSON?) {
        guard let json, let digest = json["digest"]?.string, ImageReference.isDigest(digest),
            let size = json["size"]?.int, size >= 0
        else { return nil }
        self.digest = digest
        self.size = Int64(size)
        mediaType = json["mediaType"]?.string ?? ""
        for (key, value) in json["annotations"]?.object?.members ?? [] {
            annotations[key] = value.string
        }
    }

    var json: JSON {
        var object: JSON = [
            "mediaType": .string(mediaType), "digest": .string(digest), "size": .int(size),
        ]
        if !annotations.isEmpty {
            var members = JSONObject()
            for key in annotations.keys.sorted() {
                members[key] = annotations[key].map(JSON.string)
            }
            object["annotations"] = .object(members)
        }
        return object
    }
}

/// The manifest of one image for one platform, in OCI's or Docker's second schema.
struct OCIManifest: Sendable, Hashable {
    static let mediaType = "application/vnd.oci.image.manifest.v1+json"
    static let configType = "application/vnd.oci.image.config.v1+json"
    static let layerType = "application/vnd.oci.image.layer.v1.tar"

    var config: OCIDescriptor
    var layers: [OCIDescriptor]

    init(config: OCIDescriptor, layers: [OCIDescriptor]) {
        self.config = config
        self.layers = layers
    }

    init?(json: JSON) {
        guard let config = OCIDescriptor(json: json["config"]), let list = json["layers"]?.array
        else { return nil }
        let layers = list.compactMap { OCIDescriptor(json: $0) }
        guard layers.count == list.count else { return nil }
        self.init(config: config, layers: layers)
    }

    var json: JSON {
        [
            "schemaVersion": 2, "mediaType": .string(Self.mediaType), "config": config.json,
            "layers": .array(layers.map(\.json)),
        ]
    }

    /// Every blob that the image needs, besides the manifest itself.
    var blobs: [OCIDescriptor] { [config] + layers }

    /// What the image takes as it came over the wire, in bytes.
    var size: Int64 { blobs.reduce(0) { $0 + $1.size } }
}
