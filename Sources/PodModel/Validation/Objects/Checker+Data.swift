internal import Formats

extension Checker {
    private static let dataBytesMaximum = 1 << 20

    mutating func configMap(_ root: Node) {
        metadata(root["metadata"], name: NameRules.subdomain)
        let data = root["data"]
        let binary = root["binaryData"]
        var size = 0
        for (key, value) in data.members {
            keyRule(key, value)
            size += value.text.utf8.count
            if binary[key].exists {
                invalid(
                    Node(.string(key), value.path),
                    "duplicate of key present in binaryData",
                    fix: "rename one of the two"
                )
            }
        }
        for (key, value) in binary.members {
            keyRule(key, value)
            size += Base64.decode(value.text)?.count ?? 0
        }
        if size > Self.dataBytesMaximum { tooLong(data, most: Self.dataBytesMaximum) }
    }

    mutating func secret(_ root: Node) {
        metadata(root["metadata"], name: NameRules.subdomain)
        let data = root["data"]
        var size = 0
        for (key, value) in data.members {
            keyRule(key, value)
            size += Base64.decode(value.text)?.count ?? 0
        }
        if size > Self.dataBytesMaximum { tooLong(data, most: Self.dataBytesMaximum) }
        switch root["type"].text {
        case "kubernetes.io/service-account-token":
            let account = root["metadata"]["annotations"]["kubernetes.io/service-account.name"]
            if account.text.isEmpty { required(account) }
        case "kubernetes.io/dockercfg": jsonKey(data[".dockercfg"])
        case "kubernetes.io/dockerconfigjson": jsonKey(data[".dockerconfigjson"])
        case "kubernetes.io/basic-auth":
            if !data["username"].exists, !data["password"].exists {
                required(data["username"])
                required(data["password"])
            }
        case "kubernetes.io/ssh-auth":
            if data["ssh-privatekey"].text.isEmpty { required(data["ssh-privatekey"]) }
        case "kubernetes.io/tls":
            for key in ["tls.crt", "tls.key"] where !data[key].exists { required(data[key]) }
        default: break
        }
    }

    private mutating func keyRule(_ key: String, _ value: Node) {
        for complaint in NameRules.configKey(key) {
            invalid(Node(.string(key), value.path), complaint, fix: "rename the key")
        }
    }

    /// A key that must be there and hold JSON; its content is never repeated.
    private mutating func jsonKey(_ node: Node) {
        guard node.exists else {
            required(node, fix: "add the key, as kubectl create secret docker-registry does")
            return
        }
        let bytes = Base64.decode(node.text) ?? []
        if (try? JSON.parse(bytes)) == nil {
            add(
                .invalid,
                node,
                "Invalid value: \"<secret contents redacted>\": not JSON",
                "encode the content of ~/.docker/config.json"
            )
        }
    }

    mutating func namespace(_ root: Node) {
        metadata(root["metadata"], isNamespaced: false, name: NameRules.label)
        for item in root["spec"]["finalizers"].items {
            check(item, NameRules.qualified, fix: "rename the finalizer")
        }
    }

    mutating func claim(_ root: Node) {
        metadata(root["metadata"], name: NameRules.subdomain)
        claimSpec(root["spec"])
    }

    /// The spec of a claim, on its own or in an ephemeral volume.
    mutating func claimSpec(_ spec: Node) {
        let modes = spec["accessModes"]
        if modes.items.isEmpty {
            required(
                modes,
                "at least 1 access mode is required",
                fix: "write [ReadWriteOnce]"
            )
        }
        for mode in modes.items {
            choice(
                mode,
                ["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"]
            )
        }
        if modes.texts.contains("ReadWriteOncePod"), modes.items.count > 1 {
            forbidden(modes, "may not use ReadWriteOncePod with other access modes")
        }
        selector(spec["selector"])
        let storage = spec["resources"]["requests"]["storage"]
        if !storage.exists {
            required(storage, fix: "say how much is needed, such as 1Gi")
        } else if let amount = storage.quantity, amount.nanos <= 0 {
            invalid(storage, "must be greater than zero", fix: "choose an amount such as 1Gi")
        }
        choice(spec["volumeMode"], ["Filesystem", "Block"])
    }
}
