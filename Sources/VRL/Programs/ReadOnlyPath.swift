/// A path that a script may read but not change (error 315), nor what it is part of.
public struct ReadOnlyPath: Sendable, Hashable {
    /// Whether it is of the metadata (`%`), not of the event.
    let isMetadata: Bool
    let steps: [PathSegment]
    /// Whether what is below it is read-only too.
    public let isRecursive: Bool

    /// Reads a path as a script writes it: `.field`, `%vector`.
    ///
    /// - Returns: nil for a text that is no path of the event or the metadata.
    public init?(_ text: String, isRecursive: Bool = false) {
        guard let syntax = try? Parser.parse(Array(text.utf8)), syntax.count == 1 else {
            return nil
        }
        switch syntax[0].kind {
        case .query(.event, let path): (isMetadata, steps) = (false, path)
        case .query(.metadata, let path): (isMetadata, steps) = (true, path)
        default: return nil
        }
        self.isRecursive = isRecursive
    }

    /// Whether a path must not be changed on its account.
    func holds(_ path: [PathSegment]) -> Bool {
        if steps.starts(with: path) { return true }
        return isRecursive && path.starts(with: steps)
    }
}
