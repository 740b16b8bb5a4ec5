public import Formats

/// Fields of the pod as files.
public struct DownwardAPIVolumeSource: ModelObject {
    /// The files.
    public var items: [DownwardAPIVolumeFile]
    /// The files' mode.
    public var defaultMode: Int

    /// Makes the value from its parts.
    public init(items: [DownwardAPIVolumeFile] = [], defaultMode: Int = 420) {
        self.items = items
        self.defaultMode = defaultMode
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.items = try fields.objects("items")
        self.defaultMode = try fields.int("defaultMode") ?? 420
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.put("items", items)
        members.put("defaultMode", defaultMode)
        return members.json
    }
}
