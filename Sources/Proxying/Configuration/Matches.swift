/// A test of a text.
public indirect enum TextMatch: Sendable, Hashable {
    /// Equal; with `ignoresCase` in ASCII.
    case exact(String, ignoresCase: Bool = false)
    /// Starts with.
    case prefix(String, ignoresCase: Bool = false)
    /// Ends with.
    case suffix(String, ignoresCase: Bool = false)
    /// Contains.
    case contains(String, ignoresCase: Bool = false)
    /// The whole text fits a regular expression (PCRE2).
    case regex(String)
}

/// A test of a header field; several fields of one name are joined by commas first.
public struct HeaderMatch: Sendable, Hashable {
    /// What is asked of the value.
    public enum Test: Sendable, Hashable {
        /// The field is there.
        case present
        /// The value passes a test.
        case text(TextMatch)
        /// The value is a whole number from `lower` up to but without `upper`.
        case range(lower: Int64, upper: Int64)
    }

    /// The name in lower case; `:path`, `:method` and `:authority` stand for the request line, and a
    /// command of access logs about TLS (`%DOWNSTREAM_TLS_VERSION%`) for what the connection tells.
    public var name: String
    /// What is asked of it.
    public var test: Test
    /// Whether the answer is turned round.
    public var isInverted: Bool
    /// Whether an absent field is tested as an empty text.
    public var treatsMissingAsEmpty: Bool

    /// Makes a test.
    public init(
        name: String,
        test: Test,
        isInverted: Bool = false,
        treatsMissingAsEmpty: Bool = false
    ) {
        self.name = name
        self.test = test
        self.isInverted = isInverted
        self.treatsMissingAsEmpty = treatsMissingAsEmpty
    }
}

/// A test of a parameter of the query.
public struct QueryMatch: Sendable, Hashable {
    /// The parameter's name, case-sensitive.
    public var name: String
    /// What is asked of the value; `nil` asks only that it is there.
    public var test: TextMatch?

    /// Makes a test.
    public init(name: String, test: TextMatch? = nil) {
        self.name = name
        self.test = test
    }
}

/// A test of a path; the query is left out.
public enum PathMatch: Sendable, Hashable {
    /// Any path.
    case any
    /// Equal.
    case exact(String)
    /// Starts with.
    case prefix(String)
    /// Equal, or starts with it followed by `/`.
    case separatedPrefix(String)
    /// A regular expression (PCRE2) that must fit the whole path, or with `anywhere` a part of it.
    case regex(String, anywhere: Bool = false, ignoresCase: Bool = false)
}

/// A range of addresses (CIDR): IPv4 or IPv6.
public struct AddressRange: Sendable, Hashable {
    /// The first address: 4 or 16 bytes.
    public var address: [UInt8]
    /// How many leading bits must be equal.
    public var prefixLength: Int

    /// Makes a range.
    public init(address: [UInt8], prefixLength: Int) {
        self.address = address
        self.prefixLength = prefixLength
    }
}
