/// A JSON value.
///
/// Objects keep the order of their keys.
/// This is the form in which every API object is stored and sent: fields that Remora does not know
/// are kept. Integers and floating-point numbers are distinct, so `1` never becomes `1.0`.
public enum JSON: Sendable, Hashable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A number without fraction or exponent that fits 64 bits.
    case int(Int64)
    /// Any other number.
    case double(Double)
    /// A string.
    case string(String)
    /// An array.
    case array([JSON])
    /// An object.
    case object(JSONObject)
}
