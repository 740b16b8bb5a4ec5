/// The way from a document's root to a field: `spec.containers[0].image`.
///
/// A string literal is one key or several joined by dots: `"spec.containers"`; keys that hold a
/// dot themselves are added with `+`.
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

    /// The path that continues this one with another's steps.
    public func appending(_ rest: Self) -> Self {
        Self(steps + rest.steps)
    }

    /// The path without its last step; the root is its own parent.
    public var parent: Self { Self(Array(steps.dropLast())) }

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

extension FieldPath: ExpressibleByStringLiteral {
    /// Makes a path from keys joined by dots.
    public init(stringLiteral text: String) {
        self.init(text.split(separator: ".").map { .key(String($0)) })
    }
}
