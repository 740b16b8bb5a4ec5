public import Formats

/// Where a container sees a volume.
public struct VolumeMount: ModelObject {
    /// The volume's name.
    public var name: String
    /// Whether it cannot be written.
    public var readOnly: Bool
    /// Whether mounts below it cannot be written either.
    public var recursiveReadOnly: RecursiveReadOnlyMode?
    /// The absolute path in the container.
    public var mountPath: String
    /// The path inside the volume.
    public var subPath: String
    /// Whether later mounts are seen across it.
    public var mountPropagation: MountPropagationMode?
    /// Like `subPath`, with `$(VAR)` references.
    public var subPathExpr: String

    /// Makes the value from its parts.
    public init(
        name: String,
        readOnly: Bool = false,
        recursiveReadOnly: RecursiveReadOnlyMode? = nil,
        mountPath: String,
        subPath: String = "",
        mountPropagation: MountPropagationMode? = nil,
        subPathExpr: String = ""
    ) {
        self.name = name
        self.readOnly = readOnly
        self.recursiveReadOnly = recursiveReadOnly
        self.mountPath = mountPath
        self.subPath = subPath
        self.mountPropagation = mountPropagation
        self.subPathExpr = subPathExpr
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.name = try fields.text("name")
        self.readOnly = try fields.flag("readOnly") ?? false
        self.recursiveReadOnly = try fields.choice("recursiveReadOnly")
        self.mountPath = try fields.text("mountPath")
        self.subPath = try fields.text("subPath")
        self.mountPropagation = try fields.choice("mountPropagation")
        self.subPathExpr = try fields.text("subPathExpr")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.put("name", name)
        members.putFlag("readOnly", readOnly)
        members.put("recursiveReadOnly", recursiveReadOnly)
        members.put("mountPath", mountPath)
        members.putText("subPath", subPath)
        members.put("mountPropagation", mountPropagation)
        members.putText("subPathExpr", subPathExpr)
        return members.json
    }
}
