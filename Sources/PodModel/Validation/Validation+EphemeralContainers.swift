public import Formats

extension Validation {
    /// Everything that is wrong with adding ephemeral containers to a pod.
    ///
    /// Both pods carry their defaults; of the new one only the list of ephemeral containers may differ.
    public static func validateEphemeralContainers(_ new: JSON, from old: JSON) -> [Finding] {
        var checker = Checker()
        let list = Node(new)["spec"]["ephemeralContainers"]
        let wanted = list.items
        for before in Node(old)["spec"]["ephemeralContainers"].items {
            let name = before["name"].text
            guard let after = wanted.first(where: { $0["name"].text == name }) else {
                checker.forbidden(
                    list,
                    "existing ephemeral containers \"\(name)\" may not be removed",
                    fix: "keep it; it goes with its pod"
                )
                continue
            }
            guard after.value != before.value else { continue }
            checker.forbidden(
                list,
                "existing ephemeral containers \"\(name)\" may not be changed",
                fix: "add another one"
            )
        }
        let rules = validate(new, kind: "Pod").filter { $0.path != "spec.ephemeralContainers" }
        return checker.findings + rules
    }
}
