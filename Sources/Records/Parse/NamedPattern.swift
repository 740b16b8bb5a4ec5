public import Basics
import Formats

/// A regular expression whose named groups are fields.
///
/// Owned and used by one thread.
public final class NamedPattern {
    /// The expression as it was written.
    public let text: String
    private let pattern: Pattern
    private let groups: [(name: String, number: Int)]

    /// Compiles an expression in Onigmo's writing, as Fluent Bit's and Fluentd's parsers have it.
    ///
    /// - Throws: `invalid` with the place of the mistake.
    public init(onigmo text: String) throws(Failure) {
        let translated = OnigmoPattern(text)
        do {
            pattern = try Pattern(
                translated.text,
                mode: translated.isUnicode ? .unicode : .bytes
            )
        } catch {
            throw Failure(
                .invalid,
                "the regular expression \"\(text)\" is not understood",
                cause: error.cause
            )
        }
        self.text = text
        groups = pattern.names.map { (translated.names[$0.name] ?? $0.name, $0.number) }
    }

    /// The names of the fields, in the order of their groups.
    public var names: [String] { groups.map(\.name) }

    /// Whether the expression is found anywhere in a text.
    public func isFound(in bytes: Span<UInt8>) -> Bool { pattern.isFound(in: bytes) }

    /// The fields that a text gives.
    ///
    /// - Parameters:
    ///   - bytes: The text.
    ///   - skipsEmpty: Whether groups that match nothing, or took no part, give no field.
    /// - Returns: nil if the expression is not found.
    public func fields(_ bytes: Span<UInt8>, skipsEmpty: Bool = true) -> Fields? {
        guard pattern.find(in: bytes) else { return nil }
        var fields = Fields(capacity: groups.count)
        for (name, number) in groups {
            let range = pattern.range(of: number) ?? 0..<0
            if range.isEmpty, skipsEmpty { continue }
            fields.update(name, .bytes(Bytes(copying: bytes.extracting(range))))
        }
        return fields
    }
}
