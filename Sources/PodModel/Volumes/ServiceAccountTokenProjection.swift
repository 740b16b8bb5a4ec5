public import Formats

/// A token of the pod's service account in a projected volume.
public struct ServiceAccountTokenProjection: ModelObject {
    /// Whom the token is for; the API server if empty.
    public var audience: String
    /// How long it is valid, in seconds; at least 600.
    public var expirationSeconds: Int
    /// The file, relative to the volume.
    public var path: String

    /// Makes the value from its parts.
    public init(audience: String = "", expirationSeconds: Int = 3600, path: String = "") {
        self.audience = audience
        self.expirationSeconds = expirationSeconds
        self.path = path
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.audience = try fields.text("audience")
        self.expirationSeconds = try fields.int("expirationSeconds") ?? 3600
        self.path = try fields.text("path")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.putText("audience", audience)
        members.put("expirationSeconds", expirationSeconds)
        members.put("path", path)
        return members.json
    }
}
