internal import Formats

extension Checker {
    /// Every kind of volume that the API knows.
    static let volumeKinds: [String] =
        Schema.shared.type(named: "VolumeSource")?.fields.keys.sorted() ?? []

    mutating func volumes(_ node: Node) {
        var names: Set<String> = []
        for volume in node.items {
            let name = volume["name"]
            if !name.text.isEmpty {
                check(name, NameRules.label, fix: Self.nameHint(name.text, isLabel: true))
                if !names.insert(name.text).inserted {
                    duplicate(name, fix: "give every volume of the pod its own name")
                }
            }
            let kind = exactlyOne(
                volume,
                of: Self.volumeKinds,
                more: "may not specify more than 1 volume type"
            )
            guard let kind else {
                required(volume, "must specify a volume type", fix: "add emptyDir: {}")
                continue
            }
            source(volume[kind], kind)
        }
    }

    private mutating func source(_ node: Node, _ kind: String) {
        switch kind {
        case "emptyDir": emptyDir(node)
        case "hostPath":
            check(node["path"], PathRules.noBacksteps, fix: "write the path without ..")
            choice(node["type"], HostPathType.allCases.map(\.rawValue))
        case "secret", "configMap":
            fileMode(node["defaultMode"])
            for item in node["items"].items { keyToPath(item) }
        case "downwardAPI":
            fileMode(node["defaultMode"])
            for item in node["items"].items { downwardFile(item) }
        case "projected": projected(node)
        case "image":
            if node["reference"].text.isEmpty { required(node["reference"]) }
            choice(node["pullPolicy"], ["Always", "IfNotPresent", "Never"])
        case "ephemeral": claimSpec(node["volumeClaimTemplate"]["spec"])
        case "nfs":
            if !node["path"].text.isEmpty, !node["path"].text.hasPrefix("/") {
                invalid(node["path"], "must be an absolute path", fix: "begin it with /")
            }
        default: break
        }
    }

    private mutating func emptyDir(_ node: Node) {
        if let limit = node["sizeLimit"].quantity, limit.nanos < 0 {
            forbidden(node["sizeLimit"], "SizeLimit field must be a valid resource quantity")
        }
        let medium = node["medium"]
        if !medium.text.hasPrefix("HugePages-") { choice(medium, ["", "HugePages", "Memory"]) }
    }

    mutating func fileMode(_ node: Node) {
        guard let mode = node.int, !(0...0o777).contains(mode) else { return }
        // 644 written in decimal is the classic mistake.
        let digits = "\(mode)"
        let isOctal = digits.allSatisfy { ("0"..."7").contains($0) }
        invalid(
            node,
            "must be a number between 0 and 0777 (octal), both inclusive",
            fix: isOctal ? "write it in octal: 0\(digits)" : "write it in octal, such as 0644"
        )
    }

    mutating func keyToPath(_ node: Node) {
        check(node["path"], PathRules.unreserved, fix: "write a path inside the volume")
        fileMode(node["mode"])
    }

    mutating func downwardFile(_ node: Node) {
        check(node["path"], PathRules.unreserved, fix: "write a path inside the volume")
        fileMode(node["mode"])
        let field = node["fieldRef"]
        let resource = node["resourceFieldRef"]
        if field.exists {
            fieldReference(field, in: .volume)
            if resource.exists {
                invalid(
                    Node("resource", node.path),
                    "fieldRef and resourceFieldRef can not be specified simultaneously",
                    fix: "keep one of the two"
                )
            }
        } else if resource.exists {
            resourceReference(resource, isVolume: true)
        } else {
            required(
                node,
                "one of fieldRef and resourceFieldRef is required",
                fix: "add one of the two"
            )
        }
    }
}
