public import Formats

/// A whole number, or a string that names or relates to one: a port's name, a percentage.
public enum IntOrString: Sendable, Hashable, CustomStringConvertible {
    /// The number itself.
    case int(Int)
    /// A name or percentage.
    case string(String)

    /// The JSON form.
    public var json: JSON {
        switch self {
        case .int(let number): .int(Int64(number))
        case .string(let text): .string(text)
        }
    }

    /// The value as it is written in a manifest.
    public var description: String {
        switch self {
        case .int(let number): "\(number)"
        case .string(let text): text
        }
    }
}
