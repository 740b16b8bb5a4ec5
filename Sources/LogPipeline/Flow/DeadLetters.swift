public import Basics
public import Reactor

/// Where records go that the other side refuses for good, with the reason.
@MainLoop public protocol DeadLetters: AnyObject {
    /// Keeps one; it is safe once `sync` has returned.
    ///
    /// - Parameters:
    ///   - record: The record as it was sent, JSON.
    ///   - sink: The sink that it was for.
    ///   - reason: What the other side said.
    ///   - code: Its code; nil if it has none.
    ///   - time: The time now.
    /// - Throws: When it cannot be kept; the record then stays in the sink's buffer.
    func keep(record: Span<UInt8>, sink: String, reason: String, code: Int?, at time: Timestamp)
        throws(Failure)
    /// Waits until what was kept is on the disk; only then does it count as rejected.
    ///
    /// - Throws: When it cannot be brought there; the records then stay in the sink's buffer.
    func sync() async throws(Failure)
}
