public import Formats

/// One object of a manifest: valid, with its defaults, and ready to be sent to the API.
public struct ManifestObject: Sendable {
    /// The kind: `Pod`, `ConfigMap`, ...
    public var kind: String
    /// The namespace; empty for kinds that live in none.
    public var namespace: String
    /// The name.
    public var name: String
    /// The object with its defaults.
    public var json: JSON
    /// The object as it is written, without what only a server sets: what is applied.
    public var written: JSON
    /// The file it stands in, as it was named to the loader.
    public var file: String
    /// The document as it was written, with the place of every field.
    public var tree: PositionedTree

    /// How people refer to it: `pod/web`.
    public var label: String { "\(kind.lowercased())/\(name)" }

    /// Where it begins: `pod.yaml:3:1`.
    public var place: String { "\(file):\(tree.position)" }
}
