/// A part of a line that is put together as a shell's `echo` does it.
public enum TemplatePiece: Sendable, Hashable {
    /// A text as it is.
    case literal(String)
    /// The moment of writing: strftime, in UTC or the machine's zone.
    case time(format: String, isUTC: Bool)
    /// The text of a field; inside of a JSON string if `isEscaped`, so quotes, backslashes and control
    /// characters are escaped. Characters of `trimming` are taken off both ends.
    case field(String, isEscaped: Bool, trimming: String = "")
}
