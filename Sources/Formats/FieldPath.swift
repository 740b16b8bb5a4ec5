/// The way from a document's root to a field: `spec.containers[0].image`.
public struct FieldPath: Sendable, Hashable, CustomStringConvertible {
    /// One step of a path.
    public enum Step: Sendable, Hashable {
        /// Into the member of an object.
        case key(String)
        /// Into the element of an array, counted from 0.
        case index(Int)
    }

    /// The steps from the root.
    public var steps: [Step]

    /// Makes a path from its steps; none means the document itself.
    public init(_ steps: [Step] = []) {
        self.steps = steps
    }

    /// The path of a member below this one.
    public static func + (path: Self, key: String) -> Self {
        Self(path.steps + [.key(key)])
    }

    /// The path of an element below this one.
    public subscript(index: Int) -> Self {
        Self(steps + [.index(index)])
    }

    /// The Kubernetes spelling; keys that hold a dot are written `[a.b/c]`.
    public var description: String {
        var text = ""
        for step in steps {
            switch step {
            case .index(let index): text += "[\(index)]"
            case .key(let key) where key.contains(".") || key.contains("/"): text += "[\(key)]"
            case .key(let key): text += text.isEmpty ? key : "." + key
            }
        }
        return text.isEmpty ? "<document>" : text
    }
}

/// A place in a text file, both counted from 1; columns count Unicode scalars.
public struct Position: Sendable, Hashable, Comparable {
    /// The line, from 1.
    public var line: Int
    /// The column, from 1.
    public var column: Int

    /// Makes a position from line and column.
    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    /// Orders by line, then column.
    public static func < (left: Self, right: Self) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}

/// A document as it was written: values with the place of each, as YAML or JSON texts give them.
public struct PositionedTree: Sendable {
    /// What stands at a place.
    public indirect enum Content: Sendable {
        /// A scalar, already resolved to null, bool, number or string.
        case scalar(JSON)
        /// A sequence.
        case sequence([PositionedTree])
        /// A mapping; `keyPosition` is where the key stands.
        case mapping([(key: String, keyPosition: Position, value: PositionedTree)])
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
}
