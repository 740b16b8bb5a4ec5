public import Formats

/// Fields of the pod in a projected volume.
public struct DownwardAPIProjection: ModelObject {
    /// The files.
    public var items: [DownwardAPIVolumeFile]

    /// Makes the value from its parts.
    public init(items: [DownwardAPIVolumeFile] = []) {
        self.items = items
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.items = try fields.objects("items")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.put("items", items)
        return members.json
    }
}
