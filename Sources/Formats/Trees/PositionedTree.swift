/// A document as it was written: values with the place of each, as YAML or JSON texts give them.
///
/// Keys of a mapping are unique; readers refuse duplicates.
public struct PositionedTree: Sendable {
    /// A member of a mapping; `keyPosition` is where the key stands.
    public typealias Member = (key: String, keyPosition: Position, value: PositionedTree)

    /// What stands at a place.
    public indirect enum Content: Sendable {
        /// A scalar: its resolved value and its text.
        case scalar(PositionedScalar)
        /// A sequence.
        case sequence([PositionedTree])
        /// A mapping.
        case mapping([Member])
    }

    /// What stands here.
    public var content: Content
    /// Where it begins.
    public var position: Position

    /// Makes a node of the tree.
    public init(_ content: Content, at position: Position) {
        self.content = content
        self.position = position
    }

    /// Makes a tree of a plain value, with the same place for all of it.
    public init(_ json: JSON, at position: Position = .start) {
        self.position = position
        switch json {
        case .array(let elements):
            content = .sequence(elements.map { Self($0, at: position) })
        case .object(let members):
            content = .mapping(members.map { ($0.key, position, Self($0.value, at: position)) })
        default:
            content = .scalar(
                PositionedScalar(
                    json,
                    text: json.string ?? json.text(),
                    isPlain: json.string == nil
                )
            )
        }
    }

    /// The plain value; `yes`, `on` and their like are strings.
    public var json: JSON {
        switch content {
        case .scalar(let scalar): return scalar.value
        case .sequence(let elements): return .array(elements.map(\.json))
        case .mapping(let members):
            var object = JSONObject()
            for member in members { object.add(member.key, member.value.json) }
            return .object(object)
        }
    }

    /// The members if this is a mapping.
    public var mapping: [Member]? {
        if case .mapping(let members) = content { members } else { nil }
    }

    /// The elements if this is a sequence.
    public var sequence: [PositionedTree]? {
        if case .sequence(let elements) = content { elements } else { nil }
    }

    /// The scalar if this is one.
    public var scalar: PositionedScalar? {
        if case .scalar(let scalar) = content { scalar } else { nil }
    }

    /// The value of a member; `nil` if this is no mapping or has no such member.
    public subscript(key: String) -> PositionedTree? {
        mapping?.first { $0.key == key }?.value
    }

    /// The element of a sequence; `nil` if this is no sequence or has no such element.
    public subscript(index: Int) -> PositionedTree? {
        guard let elements = sequence, elements.indices.contains(index) else { return nil }
        return elements[index]
    }

    /// Where the value at the end of a path stands, or else its nearest ancestor that exists.
    ///
    /// For a member this is the place of its key, which is what a reader looks for.
    public func position(of path: FieldPath) -> Position {
        var tree = self
        var found = position
        for step in path.steps {
            switch step {
            case .key(let key):
                guard let member = tree.mapping?.first(where: { $0.key == key }) else {
                    return found
                }
                found = member.keyPosition
                tree = member.value
            case .index(let index):
                guard let element = tree[index] else { return found }
                found = element.position
                tree = element
            }
        }
        return found
    }
}
