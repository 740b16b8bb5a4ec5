internal import Basics
internal import Formats
internal import Reactor
internal import Records

/// Changes fields by rules, if all conditions hold, as Fluent Bit's `modify` does.
///
/// Source: fluent-bit `plugins/filter_modify/modify.c`.
@MainLoop final class ModifyStage: Stage {
    private enum Rule {
        case set(String, Value)
        case add(String, Value)
        case remove(String)
        case removeWildcard(String)
        case removeRegex(Pattern)
        case rename(String, String, replaces: Bool)
        case copy(String, String, replaces: Bool)
        case move(String, toStart: Bool)
    }

    private enum Condition {
        case exists(RecordPath)
        case anyKey(Pattern)
        case equals(RecordPath, [UInt8])
        case differs(RecordPath, [UInt8])
        case fits(RecordPath, Pattern)
        case fitsNot(RecordPath, Pattern)
        case matching(keys: Pattern, values: Pattern)
        indirect case not(Condition)
    }

    private let rules: [Rule]
    private let conditions: [Condition]

    /// Compiles rules and conditions.
    ///
    /// - Throws: `invalid` for an unknown name, a wrong number of words or an expression that is none.
    init(_ settings: ModifyTransform) throws(Failure) {
        var rules: [Rule] = []
        for rule in settings.rules { rules.append(try Self.rule(rule)) }
        var conditions: [Condition] = []
        for condition in settings.conditions { conditions.append(try Self.condition(condition)) }
        self.rules = rules
        self.conditions = conditions
    }

    func process(_ events: [Event], at moment: Moment, into outlet: Outlet) {
        for event in events {
            var event = event
            let fields = event.fields
            if conditions.allSatisfy({ holds($0, fields) }) {
                for rule in rules { apply(rule, to: &event.fields) }
            }
            outlet.pass(event)
        }
    }

    // MARK: Rules

    private func apply(_ rule: Rule, to fields: inout Fields) {
        switch rule {
        case .set(let key, let value):
            fields.removeValue(forKey: key)
            fields.append(key, value)
        case .add(let key, let value):
            if fields.index(of: key) == nil { fields.append(key, value) }
        case .remove(let key): fields.removeValue(forKey: key)
        case .removeWildcard(let prefix): fields.removeAll { $0.key.hasPrefix(prefix) }
        case .removeRegex(let pattern):
            fields.removeAll { pattern.isFound(in: Array($0.key.utf8).span) }
        case .rename(let key, let name, let replaces):
            guard key != name, fields.index(of: key) != nil else { return }
            if fields.index(of: name) != nil {
                guard replaces else { return }
                fields.removeValue(forKey: name)
            }
            fields.renameInPlace(key, to: name)
        case .copy(let key, let name, let replaces):
            guard key != name, let value = fields[key] else { return }
            if fields.index(of: name) != nil {
                guard replaces else { return }
                fields.removeValue(forKey: name)
            }
            fields.insert(name, value, after: key)
        case .move(let name, let toStart):
            let moved = fields.entries.filter { NameRule.fits($0.key, name) }
            guard !moved.isEmpty else { return }
            let rest = fields.entries.filter { !NameRule.fits($0.key, name) }
            fields = Fields((toStart ? moved + rest : rest + moved).map { ($0.key, $0.value) })
        }
    }

    private static func rule(_ rule: ModifyTransform.Rule) throws(Failure) -> Rule {
        let words = rule.words
        let isPair = ["set", "add", "rename", "hard_rename", "copy", "hard_copy"].contains(
            rule.name
        )
        try check(rule, isPair ? 2 : 1)
        switch rule.name {
        case "set": return .set(words[0], .text(words[1]))
        case "add": return .add(words[0], .text(words[1]))
        case "remove": return .remove(words[0])
        case "remove_wildcard":
            return .removeWildcard(words[0].hasSuffix("*") ? String(words[0].dropLast()) : words[0])
        case "remove_regex": return .removeRegex(try Pattern(words[0]))
        case "rename": return .rename(words[0], words[1], replaces: false)
        case "hard_rename": return .rename(words[0], words[1], replaces: true)
        case "copy": return .copy(words[0], words[1], replaces: false)
        case "hard_copy": return .copy(words[0], words[1], replaces: true)
        case "move_to_start": return .move(words[0], toStart: true)
        case "move_to_end": return .move(words[0], toStart: false)
        default: throw unknown(rule.name, ruleNames)
        }
    }

    // MARK: Conditions

    private func holds(_ condition: Condition, _ fields: Fields) -> Bool {
        switch condition {
        case .exists(let path): return path.value(in: fields) != nil
        case .anyKey(let pattern):
            return fields.entries.contains { pattern.isFound(in: Array($0.key.utf8).span) }
        case .equals(let path, let text): return Self.text(path, fields) == text
        case .differs(let path, let text):
            return path.value(in: fields) != nil && Self.text(path, fields) != text
        case .fits(let path, let pattern):
            return Self.text(path, fields).map { pattern.isFound(in: $0.span) } ?? false
        case .fitsNot(let path, let pattern):
            guard path.value(in: fields) != nil else { return false }
            return !(Self.text(path, fields).map { pattern.isFound(in: $0.span) } ?? false)
        case .matching(let keys, let values):
            return fields.entries.allSatisfy { entry in
                guard keys.isFound(in: Array(entry.key.utf8).span) else { return true }
                guard case .bytes(let bytes) = entry.value else { return false }
                return values.isFound(in: bytes.span)
            }
        case .not(let inner): return !holds(inner, fields)
        }
    }

    private static func text(_ path: RecordPath, _ fields: Fields) -> [UInt8]? {
        guard case .bytes(let bytes)? = path.value(in: fields) else { return nil }
        return bytes.array
    }

    private static func condition(_ rule: ModifyTransform.Rule) throws(Failure) -> Condition {
        let words = rule.words
        let isPair = rule.name.hasPrefix("key_value_") || rule.name.hasPrefix("matching_keys_")
        try check(rule, isPair ? 2 : 1)
        let path = RecordPath(accessor: words[0])
        switch rule.name {
        case "key_exists": return .exists(path)
        case "key_does_not_exist": return .not(.exists(path))
        case "a_key_matches": return .anyKey(try Pattern(words[0]))
        case "no_key_matches": return .not(.anyKey(try Pattern(words[0])))
        case "key_value_equals": return .equals(path, Array(words[1].utf8))
        case "key_value_does_not_equal": return .differs(path, Array(words[1].utf8))
        case "key_value_matches": return .fits(path, try Pattern(words[1]))
        case "key_value_does_not_match": return .fitsNot(path, try Pattern(words[1]))
        case "matching_keys_have_matching_values":
            return .matching(
                keys: try Pattern(words[0]),
                values: try Pattern(words[1])
            )
        case "matching_keys_do_not_have_matching_values":
            return .not(
                .matching(
                    keys: try Pattern(words[0]),
                    values: try Pattern(words[1])
                )
            )
        default: throw unknown(rule.name, conditionNames)
        }
    }

    // MARK: Complaints

    private static let ruleNames = [
        "set", "add", "remove", "remove_wildcard", "remove_regex", "rename", "hard_rename", "copy",
        "hard_copy", "move_to_start", "move_to_end",
    ]
    private static let conditionNames = [
        "key_exists", "key_does_not_exist", "a_key_matches", "no_key_matches", "key_value_equals",
        "key_value_does_not_equal", "key_value_matches", "key_value_does_not_match",
        "matching_keys_have_matching_values", "matching_keys_do_not_have_matching_values",
    ]

    private static func check(_ rule: ModifyTransform.Rule, _ count: Int) throws(Failure) {
        let known = ruleNames + conditionNames
        guard known.contains(rule.name) else { throw unknown(rule.name, known) }
        guard rule.words.count == count else {
            throw Failure(
                .invalid,
                "modify: \(rule.name) takes \(count == 1 ? "one word" : "two words"), not \(rule.words.count)"
            )
        }
    }

    private static func unknown(_ name: String, _ known: [String]) -> Failure {
        let nearest = NearestMatch.of(name, among: known)
        return Failure(
            .invalid,
            "modify has no \"\(name)\"",
            remedy: nearest.map { "did you mean \"\($0)\"?" } ?? ""
        )
    }
}
