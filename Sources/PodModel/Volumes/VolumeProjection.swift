public import Formats

/// One source of a projected volume; exactly one of these.
public enum VolumeProjection: ModelObject {
    /// The keys of a Secret.
    case secret(SecretProjection)
    /// The keys of a ConfigMap.
    case configMap(ConfigMapProjection)
    /// Fields of the pod.
    case downwardAPI(DownwardAPIProjection)
    /// A token of the pod's service account.
    case serviceAccountToken(ServiceAccountTokenProjection)
    /// A known kind that one machine cannot serve, as written.
    case unsupported(kind: String, JSON)

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        if let source: SecretProjection = try fields.object("secret") {
            self = .secret(source)
        } else if let source: ConfigMapProjection = try fields.object("configMap") {
            self = .configMap(source)
        } else if let source: DownwardAPIProjection = try fields.object("downwardAPI") {
            self = .downwardAPI(source)
        } else if let source: ServiceAccountTokenProjection = try fields.object(
            "serviceAccountToken"
        ) {
            self = .serviceAccountToken(source)
        } else if let kind = fields.keys.first(where: { fields[$0] != nil }) {
            self = .unsupported(kind: kind, fields[kind] ?? .null)
        } else {
            throw ModelError("a projected source needs one of secret, configMap, downwardAPI")
        }
    }

    /// The object in its API form.
    public var json: JSON {
        var members = Members()
        switch self {
        case .secret(let source): members.put("secret", source)
        case .configMap(let source): members.put("configMap", source)
        case .downwardAPI(let source): members.put("downwardAPI", source)
        case .serviceAccountToken(let source): members.put("serviceAccountToken", source)
        case .unsupported(let kind, let source): members.put(kind, source)
        }
        return members.json
    }
}
