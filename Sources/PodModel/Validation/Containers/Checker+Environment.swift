internal import Formats

extension Checker {
    mutating func environment(_ container: Node, _ context: PodContext) {
        var seen: Set<String> = []
        for variable in container["env"].items {
            let name = variable["name"]
            if !name.text.isEmpty {
                check(name, NameRules.variable, fix: "rename the variable")
                if !seen.insert(name.text).inserted {
                    warn(
                        name,
                        "hides previous definition of \"\(name.text)\", which may be dropped when"
                            + " using apply",
                        fix: "remove one of the two"
                    )
                }
            }
            if variable["valueFrom"].exists { valueSource(variable, context) }
        }
        for source in container["envFrom"].items {
            if !source["prefix"].text.isEmpty {
                check(source["prefix"], NameRules.variable, fix: "choose another prefix")
            }
            let present = ["configMapRef", "secretRef"].filter { source[$0].exists }
            if present.isEmpty {
                invalid(
                    Node("", source.path),
                    "must specify one of: `configMapRef` or `secretRef`",
                    fix: "name a ConfigMap or a Secret"
                )
            } else if present.count > 1 {
                invalid(
                    Node("", source.path),
                    "may not have more than one field specified at a time",
                    fix: "give each its own entry of the list"
                )
            }
            for field in present { reference(source[field]["name"]) }
        }
    }

    private static let sources = [
        "fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef",
    ]

    private mutating func valueSource(_ variable: Node, _ context: PodContext) {
        let node = variable["valueFrom"]
        fieldReference(node["fieldRef"], in: .variable)
        resourceReference(node["resourceFieldRef"], isVolume: false)
        for field in ["configMapKeyRef", "secretKeyRef"] where node[field].exists {
            reference(node[field]["name"])
            let key = node[field]["key"]
            if !key.text.isEmpty {
                check(key, NameRules.configKey, fix: "name a key of the object")
            }
        }
        fileReference(node["fileKeyRef"], context)
        let present = Self.sources.filter { node[$0].exists }
        if present.isEmpty {
            invalid(
                Node("", node.path),
                "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`,"
                    + " `secretKeyRef` or `fileKeyRef`",
                fix: "name one source"
            )
        } else if !variable["value"].text.isEmpty {
            invalid(
                Node("", node.path),
                "may not be specified when `value` is not empty",
                fix: "keep either value or valueFrom"
            )
        } else if present.count > 1 {
            invalid(
                Node("", node.path),
                "may not have more than one field specified at a time",
                fix: "keep one of \(present.joined(separator: ", "))"
            )
        }
    }

    /// The name of a ConfigMap or Secret.
    private mutating func reference(_ node: Node) {
        if node.text.isEmpty {
            required(node, fix: "name the object")
        } else {
            check(node, NameRules.subdomain, fix: Self.nameHint(node.text))
        }
    }

    private mutating func fileReference(_ node: Node, _ context: PodContext) {
        guard node.exists else { return }
        if !node["key"].text.isEmpty {
            check(node["key"], NameRules.variable, fix: "name a variable of the file")
        }
        check(node["path"], PathRules.noBacksteps, fix: "write a path inside the volume")
        let name = node["volumeName"]
        guard !name.text.isEmpty else { return }
        check(name, NameRules.label, fix: "name a volume of the pod")
        if let volume = context.volumes[name.text] {
            if !volume["emptyDir"].exists {
                invalid(
                    name,
                    "referenced volume must be of type emptyDir",
                    fix: "name an emptyDir volume"
                )
            }
        } else {
            notFound(name, fix: Self.volumeHint(name.text, context))
        }
    }
}
