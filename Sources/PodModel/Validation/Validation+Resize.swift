public import Formats

extension Validation {
    /// Everything that is wrong with giving a running pod other resources.
    ///
    /// Both pods carry their defaults; of the new one only resources and resize policies may differ.
    public static func validateResize(_ new: JSON, from old: JSON) -> [Finding] {
        var checker = Checker()
        let (spec, before) = (Node(new)["spec"], Node(old)["spec"])
        for list in ["containers", "initContainers"] {
            for (container, old) in zip(spec[list].items, before[list].items) {
                checker.resize(container, old, isInit: list == "initContainers")
            }
        }
        let rules = validate(new, kind: "Pod").filter { $0.path != "spec.ephemeralContainers" }
        return quality(new, old) + checker.findings + rules
    }

    private static func quality(_ new: JSON, _ old: JSON) -> [Finding] {
        guard let after = try? Pod(json: new), let before = try? Pod(json: old),
            QualityOfService.of(after) != QualityOfService.of(before)
        else { return [] }
        let quality = QualityOfService.of(after).rawValue
        return [
            Finding(
                .invalid,
                "spec",
                "Invalid value: \"\(quality)\": Pod QOS Class may not change as a result of resizing",
                remedy: "keep limits equal to requests where they were, and different where not"
            )
        ]
    }
}

extension Checker {
    fileprivate mutating func resize(_ new: Node, _ old: Node, isInit: Bool) {
        let (after, before) = (new["resources"], old["resources"])
        if new["resizePolicy"].value != old["resizePolicy"].value {
            forbidden(
                new["resizePolicy"],
                "only cpu and memory resources are mutable",
                fix: "delete the pod and create it again"
            )
        }
        guard after.value ?? [:] != before.value ?? [:] else { return }
        if isInit, old["restartPolicy"].text != "Always" {
            forbidden(
                after,
                "resources for non-sidecar init containers are immutable",
                fix: "delete the pod and create it again"
            )
            return
        }
        for part in ["requests", "limits"] {
            let (wanted, had) = (after[part].value?.object, before[part].value?.object)
            for name in had?.keys ?? [] where wanted?[name] == nil {
                guard name == "cpu" || name == "memory" else { continue }
                forbidden(
                    after[part],
                    "resource \(part) cannot be removed",
                    fix: "keep \(name), or delete the pod and create it again"
                )
            }
            let names = Set((wanted?.keys ?? []) + (had?.keys ?? []))
            for name in names.sorted() where name != "cpu" && name != "memory" {
                guard wanted?[name] != had?[name] else { continue }
                forbidden(
                    after[part],
                    "only cpu and memory resources are mutable",
                    fix: "keep \(name), or delete the pod and create it again"
                )
            }
        }
        if after["claims"].value != before["claims"].value {
            forbidden(after["claims"], "only cpu and memory resources are mutable")
        }
    }
}
