internal import Formats

extension PodDescription {
    /// Every volume of a pod, with what its kind is about.
    mutating func writeVolumes(_ pod: JSON) {
        let volumes = pod["spec"]?["volumes"]?.array ?? []
        line(0, volumes.isEmpty ? "Volumes:\t<none>" : "Volumes:")
        for volume in volumes {
            line(1, (volume["name"]?.string ?? "") + ":")
            writeSource(volume)
        }
    }

    private mutating func field(_ title: String, _ value: String) {
        line(2, title + ":\t" + value)
    }

    private mutating func optional(_ source: JSON) {
        field("Optional", source["optional"]?.bool == true ? "true" : "false")
    }

    private mutating func writeSource(_ volume: JSON) {
        if let source = volume["emptyDir"] {
            field("Type", "EmptyDir (a temporary directory that shares a pod's lifetime)")
            field("Medium", source["medium"]?.string ?? "")
            field("SizeLimit", source["sizeLimit"].map { $0.string ?? $0.text() } ?? "<unset>")
        } else if let source = volume["hostPath"] {
            field("Type", "HostPath (bare host directory volume)")
            field("Path", source["path"]?.string ?? "")
            field("HostPathType", source["type"]?.string ?? "")
        } else if let source = volume["configMap"] {
            field("Type", "ConfigMap (a volume populated by a ConfigMap)")
            field("Name", source["name"]?.string ?? "")
            optional(source)
        } else if let source = volume["secret"] {
            field("Type", "Secret (a volume populated by a Secret)")
            field("SecretName", source["secretName"]?.string ?? "")
            optional(source)
        } else if let source = volume["downwardAPI"] {
            field("Type", "DownwardAPI (a volume populated by information about the pod)")
            line(2, "Items:")
            for item in source["items"]?.array ?? [] {
                let field = item["fieldRef"]?["fieldPath"] ?? item["resourceFieldRef"]?["resource"]
                line(3, "\(field?.string ?? "") -> \(item["path"]?.string ?? "")")
            }
        } else if let source = volume["persistentVolumeClaim"] {
            let text = "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same "
            field("Type", text + "namespace)")
            field("ClaimName", source["claimName"]?.string ?? "")
            field("ReadOnly", source["readOnly"]?.bool == true ? "true" : "false")
        } else if let source = volume["image"] {
            field("Type", "Image (a container image or OCI artifact)")
            field("Reference", source["reference"]?.string ?? "")
            field("PullPolicy", source["pullPolicy"]?.string ?? "")
        } else if let sources = volume["projected"]?["sources"]?.array {
            let text = "Projected (a volume that contains injected data from multiple sources)"
            field("Type", text)
            for source in sources { writeProjected(source) }
        } else {
            line(2, "<unknown>")
        }
    }

    private mutating func writeProjected(_ source: JSON) {
        if let secret = source["secret"] {
            field("SecretName", secret["name"]?.string ?? "")
            optional(secret)
        } else if let map = source["configMap"] {
            field("ConfigMapName", map["name"]?.string ?? "")
            optional(map)
        } else if source["downwardAPI"] != nil {
            field("DownwardAPI", "true")
        } else if let token = source["serviceAccountToken"] {
            field("TokenExpirationSeconds", "\(token["expirationSeconds"]?.int ?? 3600)")
        }
    }
}
