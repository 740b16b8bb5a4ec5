/// The tag of a record (Fluent Bit's, Fluentd's): what rules match it by.
///
/// One object for each text (`TagTable`), so that what was found out for a tag is kept by its identity.
public final class Tag: Sendable {
    /// The text.
    public let text: String

    init(_ text: String) {
        self.text = text
    }
}
