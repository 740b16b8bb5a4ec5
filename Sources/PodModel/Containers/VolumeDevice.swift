public import Formats

/// A block device in a container.
public struct VolumeDevice: ModelObject {
    /// The claim's volume name.
    public var name: String
    /// The path in the container.
    public var devicePath: String

    /// Makes the value from its parts.
    public init(name: String, devicePath: String) {
        self.name = name
        self.devicePath = devicePath
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.name = try fields.text("name")
        self.devicePath = try fields.text("devicePath")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.put("name", name)
        members.put("devicePath", devicePath)
        return members.json
    }
}
