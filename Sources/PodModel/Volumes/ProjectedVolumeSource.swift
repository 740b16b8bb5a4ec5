public import Formats

/// Several sources in one directory; later ones win where paths are equal.
public struct ProjectedVolumeSource: ModelObject {
    /// The sources in order.
    public var sources: [VolumeProjection]
    /// The files' mode.
    public var defaultMode: Int

    /// Makes the value from its parts.
    public init(sources: [VolumeProjection] = [], defaultMode: Int = 420) {
        self.sources = sources
        self.defaultMode = defaultMode
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.sources = try fields.objects("sources")
        self.defaultMode = try fields.int("defaultMode") ?? 420
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.put("sources", sources)
        members.put("defaultMode", defaultMode)
        return members.json
    }
}
