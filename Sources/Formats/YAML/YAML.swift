/// YAML as Kubernetes reads and kubectl writes it.
///
/// The reader is libyaml with the core tags of YAML 1.1, anchors, aliases and merge keys; a
/// mapping's keys are strings. Booleans are `true` and `false`; the other YAML 1.1 words (`yes`,
/// `on`, ...) resolve to strings that know their boolean meaning (`PositionedScalar.bool`).
public enum YAML {
    /// Reads all documents of a text; empty ones are left out.
    ///
    /// A text that begins with a brace is read as JSON first, like kubectl does.
    ///
    /// - Throws: where and why the text cannot be read, or which limit it exceeds.
    public static func documents(
        in bytes: some Collection<UInt8>,
        limits: FormatLimits = .standard
    ) throws(FormatError) -> [PositionedTree] {
        try limits.check(size: bytes.count)
        let text = withoutMark(Array(bytes))
        let first = text.first { !Self.blanks.contains($0) }
        guard first == UInt8(ascii: "{") else { return try read(text, limits: limits) }
        do throws(FormatError) {
            return try PositionedTree.parseJSONStream(text, limits: limits)
        } catch let error {
            // A flow mapping such as `{a: b}` is YAML only; a quote after the brace means JSON.
            let second = text.drop { Self.blanks.contains($0) }.dropFirst()
                .first { !Self.blanks.contains($0) }
            if second == UInt8(ascii: "\"") { throw error }
            return try read(text, limits: limits)
        }
    }

    /// Reads all documents of a text; see the form for bytes.
    ///
    /// - Throws: where and why the text cannot be read, or which limit it exceeds.
    public static func documents(
        in text: String,
        limits: FormatLimits = .standard
    ) throws(FormatError) -> [PositionedTree] {
        try documents(in: text.utf8, limits: limits)
    }

    /// Reads a text of one document; an empty text is `null`.
    ///
    /// - Throws: where and why the text cannot be read, or that it holds several documents.
    public static func parse(
        _ text: String,
        limits: FormatLimits = .standard
    ) throws(FormatError) -> JSON {
        let trees = try documents(in: text, limits: limits)
        if trees.count > 1 {
            throw FormatError("one document is expected", at: trees[1].position)
        }
        return trees.first?.json ?? .null
    }

    private static let blanks: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0D]

    private static func withoutMark(_ bytes: [UInt8]) -> [UInt8] {
        bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
    }

    private static func read(
        _ bytes: [UInt8],
        limits: FormatLimits
    ) throws(FormatError) -> [PositionedTree] {
        var reader = YAMLReader(bytes, limits: limits)
        return try reader.documents()
    }
}
