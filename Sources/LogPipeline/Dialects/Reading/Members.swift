import Basics
import Formats

/// The members of a mapping while they are read: what nobody asked for is reported at the end.
final class Members {
    let node: TreeNode
    private let members: [PositionedTree.Member]
    private let places: [String: Int]
    /// The keys that were asked for: those that are known here.
    private(set) var asked: Set<String> = []

    init(_ node: TreeNode) {
        self.node = node
        members = node.tree.mapping ?? []
        places = Dictionary(
            members.enumerated().map { ($0.element.key, $0.offset) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    var log: FindingLog { node.log }
    var path: FieldPath { node.path }
    var isEmpty: Bool { members.isEmpty }
    var keys: [String] { members.map(\.key) }
    var place: Place { node.place }

    /// The place of a key, for errors about it.
    func place(_ key: String) -> Place {
        let position = places[key].map { members[$0].keyPosition } ?? node.tree.position
        return Place(node.file, position, (path + key).description)
    }

    /// The value of a key; nil if it is absent or null.
    func value(_ key: String) -> TreeNode? {
        asked.insert(key)
        guard let index = places[key] else { return nil }
        let value = node.at(members[index].value, path + key)
        return value.isNull ? nil : value
    }

    func has(_ key: String) -> Bool { value(key) != nil }

    func text(_ key: String) -> String? { value(key)?.text() }
    func bool(_ key: String) -> Bool? { value(key)?.bool() }
    func integer(_ key: String, _ range: ClosedRange<Int> = 0...Int(UInt32.max)) -> Int? {
        value(key)?.integer(range)
    }
    func number(_ key: String) -> Double? { value(key)?.number() }
    func duration(_ key: String, unit: Duration = .seconds(1)) -> Duration? {
        value(key)?.duration(unit: unit)
    }
    func choice(_ key: String, _ words: [String]) -> String? { value(key)?.choice(words) }
    func members(_ key: String) -> Members? { value(key)?.members() }
    func list(_ key: String) -> [TreeNode] { value(key)?.elements() ?? [] }
    func texts(_ key: String) -> [String] { list(key).compactMap { $0.text() } }
    /// The texts of a list, or one text alone.
    func oneOrMoreTexts(_ key: String) -> [String] {
        value(key)?.oneOrMore().compactMap { $0.text() } ?? []
    }

    /// The members of a mapping whose keys are the user's own.
    func entries() -> [(key: String, node: TreeNode)] {
        members.map { member in
            asked.insert(member.key)
            return (member.key, node.at(member.value, path + member.key))
        }
    }

    /// A text that must be there and not be empty.
    func requiredText(_ key: String) -> String? {
        guard let value = required(key), let text = value.text() else { return nil }
        if text.isEmpty {
            log.error(place(key), "it must not be empty")
            return nil
        }
        return text
    }

    /// A value that must be there.
    func required(_ key: String) -> TreeNode? {
        guard let value = value(key) else {
            log.error(place, "\"\(key)\" is missing")
            return nil
        }
        return value
    }

    /// At most one of several keys; which one is there.
    func oneOf(_ keys: [String], isRequired: Bool = false) -> String? {
        let present = keys.filter(has)
        if present.count > 1 {
            log.error(
                place(present[1]),
                "\"\(present[0])\" and \"\(present[1])\" exclude each other",
                "remove one"
            )
        }
        if present.isEmpty, isRequired {
            log.error(place, "one of \(keys.map { "\"\($0)\"" }.joined(separator: ", ")) is needed")
        }
        return present.first
    }

    /// Keys that have no effect here, and why.
    func ignored(_ keys: String..., because reason: String) {
        for key in keys where has(key) {
            log.warn(place(key), "it has no effect here: \(reason)")
        }
    }

    /// Keys of the language that this program does not have.
    func unsupported(_ keys: String..., instead remedy: String = "") {
        for key in keys where has(key) {
            log.unsupported(place(key), "it is not supported", remedy)
        }
    }

    /// Reports what nobody asked for.
    func finish() {
        for member in members where !asked.contains(member.key) {
            log.unknown(
                Place(node.file, member.keyPosition, path.steps.isEmpty ? "" : path.description),
                "the key",
                member.key,
                among: asked.sorted()
            )
        }
    }
}
