/// Which kinds of value an expression may have.
public struct Kinds: OptionSet, Sendable, Hashable {
    /// A bit for each kind.
    public let rawValue: UInt16

    /// Makes a set from its bits.
    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// A text.
    public static let bytes = Self(rawValue: 1)
    /// A whole number.
    public static let integer = Self(rawValue: 2)
    /// A number with a fraction.
    public static let float = Self(rawValue: 4)
    /// True or false.
    public static let boolean = Self(rawValue: 8)
    /// A map.
    public static let object = Self(rawValue: 16)
    /// A list.
    public static let array = Self(rawValue: 32)
    /// A point in time.
    public static let timestamp = Self(rawValue: 64)
    /// A regular expression.
    public static let regex = Self(rawValue: 128)
    /// Nothing.
    public static let null = Self(rawValue: 256)
    /// Any kind.
    public static let any = Self(rawValue: 511)
    /// Whole or not.
    public static let number: Self = [.integer, .float]
}
