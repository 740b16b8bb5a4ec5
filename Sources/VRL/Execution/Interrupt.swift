internal import Records

/// What ends an expression before it has a value.
enum Interrupt: Error {
    /// An error that may be handled: its text and the byte of the script where it arose.
    case failed(String, at: Int)
    /// `abort`.
    case aborted(String?)
    /// `return`.
    case returned(Value)
    /// `break`.
    case broke
    /// `continue`.
    case continued
    /// A limit: it cannot be handled by the script.
    case exhausted(String, at: Int)
}
