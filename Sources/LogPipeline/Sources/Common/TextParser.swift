public import Basics
public import Reactor
public import Records

/// Turns texts into records: what a parser's name in a source stands for.
@MainLoop public protocol TextParser: AnyObject {
    /// Takes a text apart.
    ///
    /// - Parameters:
    ///   - text: The text.
    ///   - now: The time now, for texts that say only a part of theirs.
    /// - Returns: What it says, and when it happened if it says so; nil if it does not fit.
    func parse(_ text: Span<UInt8>, at now: Timestamp) -> (fields: Fields, time: Timestamp?)?
}
