/// TOML 1.0, as Vector and many others are configured with it.
///
/// A document becomes the same tree as one of YAML or JSON. Dates and times are texts as they were written;
/// so are `inf` and `nan`, which JSON does not have. Both are plain scalars.
public enum TOML {
    /// Reads a document; a text without keys is an empty mapping.
    ///
    /// - Parameters:
    ///   - bytes: The text.
    ///   - limits: What is accepted.
    ///   - hasVariables: Whether a value may be `${NAME}` or `$NAME` without quotes, which becomes a plain text.
    /// - Returns: The document.
    /// - Throws: where and why the text cannot be read, or which limit it exceeds.
    public static func document(
        in bytes: some Collection<UInt8>,
        limits: FormatLimits = .standard,
        hasVariables: Bool = false
    ) throws(FormatError) -> PositionedTree {
        try limits.check(size: bytes.count)
        var reader = TOMLReader(Array(bytes), limits: limits)
        reader.hasVariables = hasVariables
        return try reader.document()
    }

    /// Reads a document; see the form for bytes.
    ///
    /// - Throws: where and why the text cannot be read, or which limit it exceeds.
    public static func document(
        in text: String,
        limits: FormatLimits = .standard
    ) throws(FormatError) -> PositionedTree {
        try document(in: text.utf8, limits: limits)
    }
}
