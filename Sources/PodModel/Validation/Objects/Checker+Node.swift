internal import Formats

/// The rules of nodes.
///
/// Source: `ValidateNode`, `ValidateNodeUpdate` in `pkg/apis/core/validation/validation.go`.
extension Checker {
    mutating func node(_ root: Node) {
        metadata(root["metadata"], isNamespaced: false, name: NameRules.subdomain)
        var known: Set<String> = []
        for taint in root["spec"]["taints"].items {
            let effect = taint["effect"]
            check(taint["key"], NameRules.qualified, fix: "correct the key")
            check(taint["value"], NameRules.labelValue, fix: "correct the value")
            if effect.text.isEmpty, taint["effect"].exists {
                required(effect, fix: "write NoSchedule, PreferNoSchedule or NoExecute")
            } else {
                choice(effect, ["NoSchedule", "PreferNoSchedule", "NoExecute"])
            }
            let identity = taint["key"].text + ":" + effect.text
            if !known.insert(identity).inserted {
                duplicate(
                    taint,
                    value: identity,
                    fix: "taints must be unique by key and effect; keep one of them"
                )
            }
        }
    }

    mutating func nodeUpdate(_ new: Node, _ old: Node) {
        func fixed(_ spec: Node) -> JSON {
            var spec = spec.value ?? [:]
            for field in ["taints", "unschedulable", "configSource"] { spec[field] = nil }
            return spec
        }
        guard fixed(new["spec"]) != fixed(old["spec"]) else { return }
        forbidden(
            new["spec"],
            "node updates may only change labels, taints, or capacity (or configSource, if the"
                + " DynamicKubeletConfig feature gate is enabled)",
            fix: "change spec.taints or spec.unschedulable only"
        )
    }
}
