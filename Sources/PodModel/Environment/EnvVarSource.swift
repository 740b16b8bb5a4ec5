public import Formats

/// Where the value of an environment variable comes from; exactly one of these.
public enum EnvVarSource: ModelObject {
    /// A field of the pod.
    case fieldRef(ObjectFieldSelector)
    /// A resource of a container.
    case resourceFieldRef(ResourceFieldSelector)
    /// One key of a ConfigMap.
    case configMapKeyRef(ConfigMapKeySelector)
    /// One key of a Secret.
    case secretKeyRef(SecretKeySelector)
    /// One key of an environment file on a volume.
    case fileKeyRef(FileKeySelector)

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        if let source: ObjectFieldSelector = try fields.object("fieldRef") {
            self = .fieldRef(source)
        } else if let source: ResourceFieldSelector = try fields.object("resourceFieldRef") {
            self = .resourceFieldRef(source)
        } else if let source: ConfigMapKeySelector = try fields.object("configMapKeyRef") {
            self = .configMapKeyRef(source)
        } else if let source: SecretKeySelector = try fields.object("secretKeyRef") {
            self = .secretKeyRef(source)
        } else if let source: FileKeySelector = try fields.object("fileKeyRef") {
            self = .fileKeyRef(source)
        } else {
            throw ModelError("a variable's valueFrom needs a source")
        }
    }

    /// The object in its API form.
    public var json: JSON {
        var members = Members()
        switch self {
        case .fieldRef(let source): members.put("fieldRef", source)
        case .resourceFieldRef(let source): members.put("resourceFieldRef", source)
        case .configMapKeyRef(let source): members.put("configMapKeyRef", source)
        case .secretKeyRef(let source): members.put("secretKeyRef", source)
        case .fileKeyRef(let source): members.put("fileKeyRef", source)
        }
        return members.json
    }
}
