public import Formats

/// A volume of a pod.
public struct Volume: ModelObject {
    /// The name that mounts refer to.
    public var name: String
    /// What it holds.
    public var source: VolumeSource

    /// Makes the value from its parts.
    public init(name: String, source: VolumeSource = .emptyDir(EmptyDirVolumeSource())) {
        self.name = name
        self.source = source
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.name = try fields.text("name")
        self.source = try VolumeSource(fields)
    }

    /// The object in its API form.
    public var json: JSON {
        var members = Members()
        members.put("name", name)
        source.write(to: &members)
        return members.json
    }
}
