/// What a reader accepts before it refuses a text.
public struct FormatLimits: Sendable, Hashable {
    /// The largest text, in bytes.
    public var bytes: Int
    /// The deepest nesting of arrays and objects.
    public var depth: Int
    /// The most nodes that aliases of a YAML text may add to its tree.
    public var aliasedNodes: Int

    /// Makes limits; the defaults suit manifests and API bodies.
    ///
    /// The defaults are 8 MiB, 512 levels and 100,000 nodes.
    public init(bytes: Int = 8 << 20, depth: Int = 512, aliasedNodes: Int = 100_000) {
        self.bytes = bytes
        self.depth = depth
        self.aliasedNodes = aliasedNodes
    }

    /// The limits for manifests and API bodies.
    public static let standard = Self()

    func check(size: Int) throws(FormatError) {
        guard size > bytes else { return }
        throw FormatError(
            "the text has \(size) bytes, more than the \(bytes) that are read",
            remedy: "split it into several files",
            at: .start
        )
    }

    func check(depth found: Int, at position: Position) throws(FormatError) {
        guard found > depth else { return }
        throw FormatError(
            "values are nested more than \(depth) levels deep",
            remedy: "flatten the document",
            at: position
        )
    }
}
