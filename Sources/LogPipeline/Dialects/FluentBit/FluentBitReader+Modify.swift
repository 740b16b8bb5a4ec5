import Basics
import Formats

extension FluentBitReader {
    /// Rules of `modify` and how many words each takes.
    private static let rules: [String: Int] = [
        "set": 2, "add": 2, "remove": 1, "remove_wildcard": 1, "remove_regex": 1, "rename": 2,
        "hard_rename": 2, "copy": 2, "hard_copy": 2, "move_to_start": 1, "move_to_end": 1,
    ]
    /// Conditions of `modify` and how many words each takes.
    private static let conditions: [String: Int] = [
        "key_exists": 1, "key_does_not_exist": 1, "a_key_matches": 1, "no_key_matches": 1,
        "key_value_equals": 2, "key_value_does_not_equal": 2, "key_value_matches": 2,
        "key_value_does_not_match": 2, "matching_keys_have_matching_values": 2,
        "matching_keys_do_not_have_matching_values": 2,
    ]

    /// `modify`: rules in order, and conditions.
    func modify(_ keys: FluentBitKeys) -> ModifyTransform {
        var transform = ModifyTransform(rules: [])
        for key in Self.rules.keys { _ = keys.all(key) }
        _ = keys.all("condition")
        for property in keys.section.properties {
            let key = property.key.lowercased()
            if key == "condition" {
                condition(property).map { transform.conditions.append($0) }
            } else if let count = Self.rules[key] {
                let words = FluentBitValues.words(property.value, most: count)
                guard words.count == count else {
                    log.error(
                        property.valuePlace,
                        count == 1 ? "a field is expected" : "two words are expected"
                    )
                    continue
                }
                if key == "remove_regex" { checkExpression(words[0], property.valuePlace) }
                transform.rules.append(ModifyTransform.Rule(key, words))
            }
        }
        if transform.rules.isEmpty {
            log.warn(keys.place, "the filter has no rule, so it does nothing")
        }
        return transform
    }

    private func condition(_ property: FluentBitProperty) -> ModifyTransform.Rule? {
        let words = FluentBitValues.words(property.value, most: 2)
        guard let name = words.first?.lowercased() else { return nil }
        guard let count = Self.conditions[name] else {
            let nearest = NearestMatch.of(name, among: Self.conditions.keys.sorted())
            log.error(
                property.valuePlace,
                "the condition \"\(words[0])\" is not known",
                nearest.map { "did you mean \"\($0)\"?" } ?? ""
            )
            return nil
        }
        let rest = words.count == 2 ? FluentBitValues.words(words[1], most: count) : []
        guard rest.count == count else {
            log.error(
                property.valuePlace,
                "the condition \(name) needs \(count == 1 ? "a word" : "two words")"
            )
            return nil
        }
        return ModifyTransform.Rule(name, rest)
    }
}
