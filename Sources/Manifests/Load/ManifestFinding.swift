public import Formats

/// Something that is wrong in a manifest, or worth a warning, with its place.
public struct ManifestFinding: Sendable, Hashable, CustomStringConvertible {
    /// The file, as it was named to the loader.
    public var file: String
    /// The place in the file; nil for a file that cannot be read at all.
    public var position: Position?
    /// The path of the field in its document; nil for what concerns the text as such.
    public var path: FieldPath?
    /// What is wrong.
    public var what: String
    /// What to do about it; empty if that is obvious.
    public var remedy: String
    /// Whether the manifest is usable nevertheless.
    public var isWarning: Bool

    /// The line for the user: `FILE:LINE:COLUMN: path: what; what to do`.
    public var description: String {
        var text = file
        if let position { text += ":\(position)" }
        text += isWarning ? ": warning: " : ": "
        if let path, !path.steps.isEmpty { text += "\(path): " }
        return text + what + (remedy.isEmpty ? "" : "; \(remedy)")
    }
}
