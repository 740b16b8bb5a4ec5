public import Basics

/// A value in a record: what JSON has, and times and expressions besides.
///
/// The types are VRL's; Fluent Bit's and Fluentd's are a part of them. Texts are bytes, so that what is
/// no UTF-8 comes out as it went in.
public enum Value: Sendable, Hashable {
    /// Nothing.
    case null
    /// True or false.
    case boolean(Bool)
    /// A whole number.
    case integer(Int64)
    /// A number; never NaN.
    case float(Double)
    /// A text.
    case bytes(Bytes)
    /// A point in time.
    case timestamp(Timestamp)
    /// A list.
    case array([Value])
    /// A map.
    case object(Fields)
    /// A regular expression, as it was written.
    case regex(String)

    /// A text from a Swift string.
    @inlinable
    public static func text(_ text: String) -> Self {
        .bytes(Bytes(text))
    }
}
