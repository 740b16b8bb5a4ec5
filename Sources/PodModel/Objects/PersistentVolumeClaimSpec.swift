public import Formats

/// What is wanted of a claim.
public struct PersistentVolumeClaimSpec: ModelObject {
    /// How it may be mounted.
    public var accessModes: [String]
    /// Which volumes may serve it.
    public var selector: LabelSelector?
    /// How much it must hold.
    public var resources: ResourceRequirements
    /// The very volume wanted.
    public var volumeName: String
    /// The storage class.
    public var storageClassName: String?
    /// `Filesystem` or `Block`.
    public var volumeMode: String
    /// What it is filled from.
    public var dataSource: JSON?
    /// What it is filled from, of any kind.
    public var dataSourceRef: JSON?
    /// The class of its attributes.
    public var volumeAttributesClassName: String?

    /// Makes the value from its parts.
    public init(
        accessModes: [String] = [],
        selector: LabelSelector? = nil,
        resources: ResourceRequirements = ResourceRequirements(),
        volumeName: String = "",
        storageClassName: String? = nil,
        volumeMode: String = "Filesystem",
        dataSource: JSON? = nil,
        dataSourceRef: JSON? = nil,
        volumeAttributesClassName: String? = nil
    ) {
        self.accessModes = accessModes
        self.selector = selector
        self.resources = resources
        self.volumeName = volumeName
        self.storageClassName = storageClassName
        self.volumeMode = volumeMode
        self.dataSource = dataSource
        self.dataSourceRef = dataSourceRef
        self.volumeAttributesClassName = volumeAttributesClassName
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.accessModes = try fields.strings("accessModes")
        self.selector = try fields.object("selector")
        self.resources = try fields.object("resources") ?? ResourceRequirements()
        self.volumeName = try fields.text("volumeName")
        self.storageClassName = try fields.string("storageClassName")
        self.volumeMode = try fields.text("volumeMode", or: "Filesystem")
        self.dataSource = fields["dataSource"]
        self.dataSourceRef = fields["dataSourceRef"]
        self.volumeAttributesClassName = try fields.string("volumeAttributesClassName")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.put("accessModes", accessModes)
        members.put("selector", selector)
        members.put("resources", resources)
        members.putText("volumeName", volumeName)
        members.put("storageClassName", storageClassName)
        members.put("volumeMode", volumeMode)
        members.put("dataSource", dataSource)
        members.put("dataSourceRef", dataSourceRef)
        members.put("volumeAttributesClassName", volumeAttributesClassName)
        return members.json
    }
}
