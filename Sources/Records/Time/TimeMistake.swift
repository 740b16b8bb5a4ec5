/// Why a text is no time of a format, in chrono's words, which VRL shows.
public enum TimeMistake: Error, Sendable, Hashable, CustomStringConvertible {
    /// A number is too large or too small.
    case outOfRange
    /// The parts contradict each other, or there is no such time.
    case impossible
    /// Something is missing: a year, a minute, an offset.
    case notEnough
    /// The text is another than the format says.
    case invalid
    /// The text ends too early.
    case tooShort
    /// There is more text than the format says.
    case tooLong
    /// The format itself is wrong.
    case badFormat

    /// The words.
    public var description: String {
        switch self {
        case .outOfRange: "input is out of range"
        case .impossible: "no possible date and time matching input"
        case .notEnough: "input is not enough for unique date and time"
        case .invalid: "input contains invalid characters"
        case .tooShort: "premature end of input"
        case .tooLong: "trailing input"
        case .badFormat: "bad or unsupported format string"
        }
    }
}
