import PodModel

extension VolumeStore {
    /// Where a volume of a pod is on the node.
    func path(of volume: Volume, _ pod: Pod) -> String {
        let uid = pod.metadata.uid
        switch volume.source {
        case .hostPath(let source): return source.path
        case .persistentVolumeClaim(let source):
            return claimPath(namespace: pod.metadata.namespace, name: source.claimName)
        default:
            let folder =
                volume.source.isInMemory
                ? layout.memoryVolumes(ofPod: uid) : layout.volumes(ofPod: uid)
            return folder + "/" + volume.name
        }
    }

    /// Where the data of a claim is on the node.
    func claimPath(namespace: String, name: String) -> String {
        layout.claims + "/" + namespace + "/" + name
    }

    /// The volumes that a container mounts or reads a variable from.
    static func usedVolumes(of pod: Pod) -> Set<String> {
        let containers =
            pod.spec.initContainers + pod.spec.containers
            + pod.spec.ephemeralContainers.map(\.container)
        var names: Set<String> = []
        for container in containers {
            names.formUnion(container.volumeMounts.map(\.name))
            names.formUnion(container.volumeDevices.map(\.name))
            for variable in container.env {
                if case .fileKeyRef(let key) = variable.valueFrom { names.insert(key.volumeName) }
            }
        }
        return names
    }

    /// Whether a name can stand as one part of a path.
    static func isPlainName(_ name: String) -> Bool {
        !name.isEmpty && name != "." && name != ".." && !name.contains("/") && !name.contains("\0")
    }
}

extension VolumeSource {
    /// Whether the content comes from API objects and follows them.
    var isMadeFromObjects: Bool {
        switch self {
        case .configMap, .secret, .projected, .downwardAPI: true
        default: false
        }
    }

    /// Whether it exists in memory only.
    var isInMemory: Bool {
        switch self {
        case .secret, .projected, .downwardAPI: true
        case .emptyDir(let source): !source.medium.isEmpty
        default: false
        }
    }

    /// Whether containers can only read it, whatever their mounts say.
    var isImage: Bool {
        if case .image = self { true } else { false }
    }

    var isReadOnly: Bool {
        switch self {
        case .configMap, .secret, .projected, .downwardAPI, .image: true
        case .persistentVolumeClaim(let source): source.readOnly
        default: false
        }
    }
}
