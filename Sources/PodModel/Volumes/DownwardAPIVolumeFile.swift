public import Formats

/// One file of a `downwardAPI` volume.
public struct DownwardAPIVolumeFile: ModelObject {
    /// The file, relative to the volume.
    public var path: String
    /// The pod's field, unless `resourceFieldRef` is given.
    public var fieldRef: ObjectFieldSelector?
    /// The container's resource, unless `fieldRef` is given.
    public var resourceFieldRef: ResourceFieldSelector?
    /// The file's mode.
    public var mode: Int?

    /// Makes the value from its parts.
    public init(
        path: String,
        fieldRef: ObjectFieldSelector? = nil,
        resourceFieldRef: ResourceFieldSelector? = nil,
        mode: Int? = nil
    ) {
        self.path = path
        self.fieldRef = fieldRef
        self.resourceFieldRef = resourceFieldRef
        self.mode = mode
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.path = try fields.text("path")
        self.fieldRef = try fields.object("fieldRef")
        self.resourceFieldRef = try fields.object("resourceFieldRef")
        self.mode = try fields.int("mode")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.put("path", path)
        members.put("fieldRef", fieldRef)
        members.put("resourceFieldRef", resourceFieldRef)
        members.put("mode", mode)
        return members.json
    }
}
