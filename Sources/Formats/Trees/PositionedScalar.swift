/// A scalar of a document: what it resolves to, and how it was written.
///
/// YAML 1.1 reads a plain `yes` as true. Here it resolves to the string, and whoever wants a
/// boolean asks for `bool`; so neither meaning is lost before the schema is known.
public struct PositionedScalar: Sendable, Hashable {
    /// The resolved value: null, boolean, number or string.
    public var value: JSON
    /// The text as written, without quotes and with escapes resolved: `0644`, `1.0`, `~`.
    public var text: String
    /// Whether it was written without quotes, so that its text decides its type.
    public var isPlain: Bool

    /// Makes a scalar.
    public init(_ value: JSON, text: String, isPlain: Bool) {
        self.value = value
        self.text = text
        self.isPlain = isPlain
    }

    /// The boolean meant: `true` and `false`, and if plain the YAML 1.1 words for them.
    public var bool: Bool? {
        if let truth = value.bool { return truth }
        guard isPlain else { return nil }
        return switch text {
        case "y", "Y", "yes", "Yes", "YES", "on", "On", "ON": true
        case "n", "N", "no", "No", "NO", "off", "Off", "OFF": false
        default: nil
        }
    }
}
