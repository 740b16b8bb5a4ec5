internal import Formats

extension Checker {
    mutating func mounts(_ container: Node, _ context: PodContext) {
        let devices = container["volumeDevices"].items
        var seen: Set<String> = []
        for mount in container["volumeMounts"].items {
            let name = mount["name"]
            if !name.text.isEmpty {
                if context.volumes[name.text] == nil {
                    notFound(name, fix: Self.volumeHint(name.text, context))
                }
                if devices.contains(where: { $0["name"].text == name.text }) {
                    invalid(
                        name,
                        "must not already exist in volumeDevices",
                        fix: "keep one of the two"
                    )
                }
            }
            let path = mount["mountPath"]
            if !path.text.isEmpty {
                if !seen.insert(path.text).inserted {
                    invalid(path, "must be unique", fix: "mount one of the two elsewhere")
                }
                if path.text.contains(":") {
                    invalid(path, "must not contain ':'", fix: "choose a path without a colon")
                }
                if devices.contains(where: { $0["devicePath"].text == path.text }) {
                    invalid(
                        path,
                        "must not already exist as a path in volumeDevices",
                        fix: "choose another path"
                    )
                }
            }
            subPaths(mount)
            propagation(mount, container)
        }
    }

    static func volumeHint(_ name: String, _ context: PodContext) -> String {
        Spelling.nearest(to: name, among: context.volumes.keys.sorted())
            .map { "did you mean \"\($0)\"?" } ?? "add a volume of that name to spec.volumes"
    }

    private mutating func subPaths(_ mount: Node) {
        let plain = mount["subPath"]
        let expression = mount["subPathExpr"]
        check(plain, PathRules.descending, fix: "write a path inside the volume")
        check(expression, PathRules.descending, fix: "write a path inside the volume")
        if !plain.text.isEmpty, !expression.text.isEmpty {
            invalid(
                expression,
                "subPathExpr and subPath are mutually exclusive",
                fix: "keep one of the two"
            )
        }
    }

    private mutating func propagation(_ mount: Node, _ container: Node) {
        let mode = mount["mountPropagation"]
        choice(mode, ["Bidirectional", "HostToContainer", "None"])
        if mode.text == "Bidirectional", !container["securityContext"]["privileged"].isTrue {
            forbidden(
                mode,
                "Bidirectional mount propagation is available only to privileged containers",
                fix: "use HostToContainer, or make the container privileged"
            )
        }
        let recursive = mount["recursiveReadOnly"]
        choice(recursive, ["Disabled", "Enabled", "IfPossible"])
        guard ["Enabled", "IfPossible"].contains(recursive.text) else { return }
        if !mount["readOnly"].isTrue {
            forbidden(
                recursive,
                "may only be specified when readOnly is true",
                fix: "add readOnly: true"
            )
        }
        if !["", "None"].contains(mode.text) {
            forbidden(
                recursive,
                "may only be specified when mountPropagation is None or not specified"
            )
        }
    }

    mutating func devices(_ container: Node, _ context: PodContext) {
        let mounts = container["volumeMounts"].items
        var names: Set<String> = []
        var paths: Set<String> = []
        for device in container["volumeDevices"].items {
            let name = device["name"]
            if let volume = context.volumes[name.text] {
                if !volume["persistentVolumeClaim"].exists, !volume["ephemeral"].exists {
                    invalid(
                        name,
                        "can only use volume source type of PersistentVolumeClaim or Ephemeral for"
                            + " block mode",
                        fix: "mount it with volumeMounts"
                    )
                }
            } else if !name.text.isEmpty {
                notFound(name, fix: Self.volumeHint(name.text, context))
            }
            if !name.text.isEmpty, !names.insert(name.text).inserted {
                invalid(name, "must be unique", fix: "remove one of the two")
            }
            let path = device["devicePath"]
            if !path.text.isEmpty, !paths.insert(path.text).inserted {
                invalid(path, "must be unique", fix: "choose another path")
            }
            check(path, PathRules.noBacksteps, fix: "write the path without ..")
            if mounts.contains(where: { $0["name"].text == name.text }) {
                invalid(name, "must not already exist in volumeMounts", fix: "keep one of the two")
            }
            if mounts.contains(where: { $0["mountPath"].text == path.text }) {
                invalid(
                    path,
                    "must not already exist as a path in volumeMounts",
                    fix: "choose another path"
                )
            }
        }
    }
}
