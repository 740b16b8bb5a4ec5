import Basics
import Formats

/// The members of a mapping while they are read: what nobody asked for is reported at the end.
final class Fields {
    let node: Node
    private let members: [PositionedTree.Member]
    /// The keys that were asked for, in the spelling of the reader.
    private var asked: Set<String> = []
    /// Keys that have an effect after all.
    private var settled: Set<String> = []
    /// Which members were asked for.
    private var taken: Set<String> = []

    init(_ node: Node) {
        self.node = node
        members = node.tree.mapping ?? []
    }

    var log: FindingLog { node.log }
    var path: FieldPath { node.path }
    var isEmpty: Bool { members.isEmpty }
    var keys: [String] { members.map(\.key) }
    var place: Place { node.place }

    /// The place of a key, for errors about it.
    func place(_ key: String) -> Place {
        guard let member = member(key) else {
            return Place(node.file, node.tree.position, (path + key).description)
        }
        return Place(node.file, member.keyPosition, (path + member.key).description)
    }

    private func member(_ key: String) -> PositionedTree.Member? {
        if let exact = members.first(where: { $0.key == key }) { return exact }
        guard node.style == .protobuf else { return nil }
        let camel = Self.camel(key)
        return members.first { $0.key == camel }
    }

    /// The value of a key; `nil` if it is absent or null.
    func value(_ key: String) -> Node? {
        asked.insert(key)
        guard let member = member(key) else { return nil }
        taken.insert(member.key)
        let value = node.at(member.value, path + member.key)
        return value.isNull ? nil : value
    }

    func has(_ key: String) -> Bool { value(key) != nil }

    func text(_ key: String) -> String? { value(key)?.text() }
    func bool(_ key: String) -> Bool? { value(key)?.bool() }
    func integer(_ key: String, _ range: ClosedRange<Int> = 0...Int(UInt32.max)) -> Int? {
        value(key)?.integer(range)
    }
    func number(_ key: String) -> Double? { value(key)?.number() }
    func duration(_ key: String) -> Duration? { value(key)?.duration() }
    func choice(_ key: String, _ words: [String]) -> Int? { value(key)?.choice(words) }
    func fields(_ key: String) -> Fields? { value(key)?.fields() }
    func list(_ key: String) -> [Node] { value(key)?.elements() ?? [] }
    func texts(_ key: String) -> [String] { list(key).compactMap { $0.text() } }

    /// The members of a mapping whose keys are the user's own.
    func entries() -> [(key: String, node: Node)] {
        members.map { member in
            taken.insert(member.key)
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
    func required(_ key: String) -> Node? {
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
        for key in keys where has(key) && !settled.contains(key) {
            log.warn(place(key), "it has no effect here: \(reason)")
        }
    }

    /// Says that a key was read, so that it is not reported again as having no effect.
    func settle(_ key: String) { settled.insert(key) }

    /// Keys of the language that this proxy does not have.
    func unsupported(_ keys: String..., instead remedy: String = "") {
        for key in keys where has(key) {
            log.unsupported(place(key), "it is not supported", remedy)
        }
    }

    /// Reports what nobody asked for.
    func finish() {
        for member in members where !taken.contains(member.key) {
            log.unknown(
                Place(node.file, member.keyPosition, path.description),
                "the key",
                member.key,
                among: asked.sorted()
            )
        }
    }

    /// `lowerCamelCase` of a `snake_case` name, as protobuf makes it.
    static func camel(_ name: String) -> String {
        var camel = ""
        var raises = false
        for character in name {
            if character == "_" {
                raises = true
            } else {
                camel += raises ? character.uppercased() : String(character)
                raises = false
            }
        }
        return camel
    }
}
