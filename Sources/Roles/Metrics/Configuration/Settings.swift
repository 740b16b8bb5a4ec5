import Basics
import Formats

/// The members of a mapping while they are read: what nobody asked for is reported at the end.
final class Settings {
    let tree: PositionedTree
    let path: FieldPath
    let file: String
    let log: FindingLog
    private var asked: Set<String> = []

    init(_ tree: PositionedTree, _ path: FieldPath, _ file: String, _ log: FindingLog) {
        (self.tree, self.path, self.file, self.log) = (tree, path, file, log)
        if tree.mapping == nil, !isNothing(tree) { wrong(tree, path, "a mapping") }
    }

    private func isNothing(_ tree: PositionedTree) -> Bool { tree.scalar?.value.isNull ?? false }

    /// Where this stands.
    var place: Place { Place(file, tree.position, path.steps.isEmpty ? "" : path.description) }

    /// Where a key stands.
    func place(_ key: String) -> Place {
        Place(file, tree.position(of: FieldPath([.key(key)])), (path + key).description)
    }

    /// The value of a key; nil if it is absent or null.
    func value(_ key: String) -> PositionedTree? {
        asked.insert(key)
        guard let value = tree[key], !isNothing(value) else { return nil }
        return value
    }

    func has(_ key: String) -> Bool { value(key) != nil }

    private func wrong(_ tree: PositionedTree, _ path: FieldPath, _ wish: String) {
        log.error(Place(file, tree.position, path.description), "\(wish) is expected")
    }

    func text(_ key: String) -> String? {
        guard let value = value(key) else { return nil }
        return text(value, path + key)
    }

    private func text(_ tree: PositionedTree, _ path: FieldPath) -> String? {
        guard let scalar = tree.scalar else {
            wrong(tree, path, "a text")
            return nil
        }
        return scalar.text
    }

    func requiredText(_ key: String) -> String? {
        guard let found = text(key), !found.isEmpty else {
            log.error(place, "\"\(key)\" is missing")
            return nil
        }
        return found
    }

    func bool(_ key: String) -> Bool? {
        guard let value = value(key) else { return nil }
        guard let truth = value.scalar?.bool else {
            wrong(value, path + key, "true or false")
            return nil
        }
        return truth
    }

    func number(_ key: String) -> Double? {
        guard let value = value(key) else { return nil }
        guard let number = value.scalar.flatMap({ Double($0.text) }), number.isFinite else {
            wrong(value, path + key, "a number")
            return nil
        }
        return number
    }

    func integer(_ key: String, _ range: ClosedRange<Int>) -> Int? {
        guard let value = value(key) else { return nil }
        guard let number = value.scalar.flatMap({ Int($0.text) }), range.contains(number) else {
            wrong(
                value,
                path + key,
                "a whole number from \(range.lowerBound) to \(range.upperBound)"
            )
            return nil
        }
        return number
    }

    /// A number of bytes: `65536`, `64KiB`, `10MiB`.
    func size(_ key: String) -> Int? {
        guard let value = value(key), let text = value.scalar?.text else { return nil }
        let bare = text.hasSuffix("B") ? String(text.dropLast()) : text
        guard let quantity = try? Quantity(bare), quantity.value > 0 else {
            wrong(value, path + key, "a size such as 65536, 64KiB or 10MiB")
            return nil
        }
        return quantity.value
    }

    func duration(_ key: String) -> Duration? {
        guard let value = value(key) else { return nil }
        let text = value.scalar?.text ?? ""
        let seconds = Double(text).map { Duration.nanoseconds(Int64(min($0, 1e9) * 1e9)) }
        guard let found = seconds ?? Duration(text: text), found >= .zero else {
            wrong(value, path + key, "a duration such as 500ms, 15s or 1m")
            return nil
        }
        return found
    }

    func choice<Choice: RawRepresentable & CaseIterable>(_ key: String, _ type: Choice.Type)
        -> Choice?
    where Choice.RawValue == String {
        guard let word = text(key) else { return nil }
        guard let choice = Choice(rawValue: word) else {
            let known = Choice.allCases.map(\.rawValue)
            let nearest = NearestMatch.of(word, among: known)
            log.error(
                place(key),
                "\"\(word)\" is none of \(known.joined(separator: ", "))",
                nearest.map { "did you mean \"\($0)\"?" } ?? ""
            )
            return nil
        }
        return choice
    }

    /// The elements of a list, or the value alone.
    func list(_ key: String) -> [(tree: PositionedTree, path: FieldPath)] {
        guard let value = value(key) else { return [] }
        guard let elements = value.sequence else { return [(value, path + key)] }
        return elements.enumerated().map { ($0.element, (path + key)[$0.offset]) }
    }

    func texts(_ key: String) -> [String] {
        list(key).compactMap { text($0.tree, $0.path) }
    }

    func numbers(_ key: String) -> [Double]? {
        guard has(key) else { return nil }
        return list(key).compactMap { tree, path in
            guard let number = tree.scalar.flatMap({ Double($0.text) }) else {
                wrong(tree, path, "a number")
                return nil
            }
            return number
        }
    }

    /// The mappings of a list, or one alone.
    func settings(_ key: String) -> [Settings] {
        list(key).map { Settings($0.tree, $0.path, file, log) }
    }

    /// A mapping; nil if it is absent.
    func section(_ key: String) -> Settings? {
        value(key).map { Settings($0, path + key, file, log) }
    }

    /// The members of a mapping whose keys are the user's own.
    func entries(_ key: String) -> [(key: String, tree: PositionedTree)] {
        guard let value = value(key) else { return [] }
        guard let members = value.mapping else {
            wrong(value, path + key, "a mapping")
            return []
        }
        return members.map { ($0.key, $0.value) }
    }

    /// Members that are texts.
    func pairs(_ key: String) -> [LabelText.Pair] {
        entries(key).compactMap { name, tree in
            text(tree, path + key + name).map { .init(name, $0) }
        }
    }

    /// Members that are labels: their names must be such.
    func labels(_ key: String) -> [LabelText.Pair] {
        pairs(key).filter { pair in
            if MetricName.isLabel(pair.name) { return true }
            log.error(
                place(key),
                "\"\(pair.name)\" is no name of a label",
                "take letters, digits and underscores"
            )
            return false
        }
    }

    /// Members that are users with the hashes of their passwords: only bcrypt, as Prometheus's exporters take it.
    func users(_ key: String) -> [String: String] {
        var users: [String: String] = [:]
        for pair in pairs(key) {
            if pair.name.isEmpty || !BasicUsers.isHash(pair.value) {
                log.error(
                    place(key),
                    "the password of \"\(pair.name)\" is no hash of bcrypt",
                    "make one with htpasswd -nB \(pair.name.isEmpty ? "NAME" : pair.name)"
                )
            }
            users[pair.name] = pair.value
        }
        return users
    }

    /// A path into JSON.
    func tapePath(_ key: String) -> TapePath? {
        guard let text = text(key) else { return nil }
        do throws(ReadProblem) {
            return try TapePath(text)
        } catch {
            log.error(place(key), error.what)
            return nil
        }
    }

    /// Reports what nobody asked for.
    func finish() {
        for member in tree.mapping ?? [] where !asked.contains(member.key) {
            log.unknown(
                Place(file, member.keyPosition, path.steps.isEmpty ? "" : path.description),
                "the key",
                member.key,
                among: asked.sorted()
            )
        }
    }
}
