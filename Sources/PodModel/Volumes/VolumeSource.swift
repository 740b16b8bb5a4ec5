public import Formats

/// What a volume holds; exactly one of these.
public enum VolumeSource: Sendable, Hashable {
    /// A directory that lives as long as the pod.
    case emptyDir(EmptyDirVolumeSource)
    /// The keys of a ConfigMap as files.
    case configMap(ConfigMapVolumeSource)
    /// The keys of a Secret as files.
    case secret(SecretVolumeSource)
    /// Several sources in one directory.
    case projected(ProjectedVolumeSource)
    /// Fields of the pod as files.
    case downwardAPI(DownwardAPIVolumeSource)
    /// A path of the node.
    case hostPath(HostPathVolumeSource)
    /// A volume that outlives the pod.
    case persistentVolumeClaim(PersistentVolumeClaimVolumeSource)
    /// The content of an image.
    case image(ImageVolumeSource)
    /// A claim made for this pod alone, as written.
    case ephemeral(JSON)
    /// A known kind that one machine cannot serve (`nfs`, `csi`, ...), as written.
    case unsupported(kind: String, JSON)

    init(_ fields: Fields) throws(ModelError) {
        guard let kind = fields.keys.first(where: { $0 != "name" && fields[$0] != nil }) else {
            self = .emptyDir(EmptyDirVolumeSource())
            return
        }
        self = try Self.read(kind, fields) ?? .unsupported(kind: kind, fields[kind] ?? .null)
    }

    private static func read(_ kind: String, _ fields: Fields) throws(ModelError) -> Self? {
        switch kind {
        case "emptyDir": .emptyDir(try fields.object(kind) ?? EmptyDirVolumeSource())
        case "configMap": .configMap(try fields.object(kind) ?? ConfigMapVolumeSource())
        case "secret": .secret(try fields.object(kind) ?? SecretVolumeSource())
        case "projected": .projected(try fields.object(kind) ?? ProjectedVolumeSource())
        case "downwardAPI": .downwardAPI(try fields.object(kind) ?? DownwardAPIVolumeSource())
        case "hostPath": .hostPath(try fields.object(kind) ?? HostPathVolumeSource(path: ""))
        case "persistentVolumeClaim":
            .persistentVolumeClaim(
                try fields.object(kind) ?? PersistentVolumeClaimVolumeSource(claimName: "")
            )
        case "image": .image(try fields.object(kind) ?? ImageVolumeSource())
        case "ephemeral": .ephemeral(fields[kind] ?? .null)
        default: nil
        }
    }

    /// The name of the member that holds it.
    public var kind: String {
        switch self {
        case .emptyDir: "emptyDir"
        case .configMap: "configMap"
        case .secret: "secret"
        case .projected: "projected"
        case .downwardAPI: "downwardAPI"
        case .hostPath: "hostPath"
        case .persistentVolumeClaim: "persistentVolumeClaim"
        case .image: "image"
        case .ephemeral: "ephemeral"
        case .unsupported(let kind, _): kind
        }
    }

    func write(to members: inout Members) {
        switch self {
        case .emptyDir(let source): members.put(kind, source)
        case .configMap(let source): members.put(kind, source)
        case .secret(let source): members.put(kind, source)
        case .projected(let source): members.put(kind, source)
        case .downwardAPI(let source): members.put(kind, source)
        case .hostPath(let source): members.put(kind, source)
        case .persistentVolumeClaim(let source): members.put(kind, source)
        case .image(let source): members.put(kind, source)
        case .ephemeral(let source), .unsupported(_, let source): members.put(kind, source)
        }
    }
}
