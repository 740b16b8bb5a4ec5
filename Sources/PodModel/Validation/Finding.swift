public import Formats

/// One thing that is wrong with an object, or worth a warning.
public struct Finding: Error, Sendable, Hashable, CustomStringConvertible {
    /// The class of a finding, as the causes of an API status name it.
    public enum Kind: String, Sendable, Hashable {
        /// The field does not exist; the API server refuses the body before it validates.
        case unknownField = "StrictDecodingError"
        /// The field is of another type.
        case type = "FieldValueTypeInvalid"
        /// The field must be there.
        case required = "FieldValueRequired"
        /// The value breaks a rule.
        case invalid = "FieldValueInvalid"
        /// The value stands there already.
        case duplicate = "FieldValueDuplicate"
        /// The value is none of those allowed.
        case notSupported = "FieldValueNotSupported"
        /// The field may not be used here.
        case forbidden = "FieldValueForbidden"
        /// What the value refers to does not exist.
        case notFound = "FieldValueNotFound"
        /// The value is too long.
        case tooLong = "FieldValueTooLong"
        /// There are too many values.
        case tooMany = "FieldValueTooMany"
        /// Accepted, with a remark.
        case remark = "Remark"
    }

    /// The class.
    public var kind: Kind
    /// The field, from the root of the object.
    public var path: FieldPath
    /// What is wrong, in the words of the API server: `Required value`.
    public var what: String
    /// What to do about it; empty if that is obvious.
    public var remedy: String
    /// Whether the object is accepted nevertheless.
    public var isWarning: Bool

    /// Makes a finding from its parts.
    public init(
        _ kind: Kind,
        _ path: FieldPath,
        _ what: String,
        remedy: String = "",
        isWarning: Bool = false
    ) {
        self.kind = kind
        self.path = path
        self.what = what
        self.remedy = remedy
        self.isWarning = isWarning
    }

    /// The sentence: `path: what; remedy`.
    public var description: String {
        "\(path): \(what)" + (remedy.isEmpty ? "" : "; \(remedy)")
    }
}
