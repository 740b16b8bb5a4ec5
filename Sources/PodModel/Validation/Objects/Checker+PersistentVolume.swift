internal import Formats

extension Checker {
    mutating func persistentVolume(_ root: Node) {
        metadata(root["metadata"], isNamespaced: false, name: NameRules.subdomain)
        let spec = root["spec"]
        let modes = spec["accessModes"]
        if modes.items.isEmpty { required(modes, fix: "write [ReadWriteOnce]") }
        for mode in modes.items {
            choice(
                mode,
                ["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"]
            )
        }
        if spec["capacity"].members.isEmpty {
            required(spec["capacity"], fix: "write storage: 1Gi")
        }
        for (name, amount) in spec["capacity"].members {
            if let value = amount.quantity, value <= .zero {
                invalid(amount, "must be greater than zero", fix: "choose an amount such as 1Gi")
            }
            if name != "storage" { choice(Node(.string(name), amount.path), ["storage"]) }
        }
        choice(spec["persistentVolumeReclaimPolicy"], ["Delete", "Recycle", "Retain"])
        choice(spec["volumeMode"], ["Filesystem", "Block"])
        let sources = ["hostPath", "local", "nfs", "csi"].filter { spec[$0].exists }
        switch sources.count {
        case 0: required(spec, "must specify a volume type", fix: "add hostPath or local")
        case 1: break
        default: forbidden(spec[sources[1]], "may not specify more than 1 volume type")
        }
        for source in ["nfs", "csi"] where spec[source].exists {
            forbidden(
                spec[source],
                "\(source) volumes are not mounted on a single node; use hostPath or local"
            )
        }
        for source in ["hostPath", "local"] {
            let path = spec[source]["path"]
            if path.exists, path.text.split(separator: "/").contains("..") {
                invalid(path, "must not contain '..'", fix: "write the path without ..")
            }
        }
    }

    mutating func persistentVolumeUpdate(_ new: Node, _ old: Node) {
        for source in ["hostPath", "local"] where new[source].value != old[source].value {
            forbidden(
                new[source],
                "spec.persistentvolumesource is immutable after creation"
            )
        }
    }
}
