public import Formats

/// Why an object could not be read as the type it should have.
public struct ModelError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The field at fault, from the root of what was read.
    public var path: FieldPath
    /// What is wrong with it.
    public var what: String

    /// Makes an error about the value at a path.
    public init(_ what: String, at path: FieldPath = FieldPath()) {
        self.path = path
        self.what = what
    }

    /// The same error as seen from one level further out.
    func within(_ step: FieldPath.Step) -> Self {
        Self(what, at: FieldPath([step] + path.steps))
    }

    /// The sentence: `path: what`.
    public var description: String { "\(path): \(what)" }
}
