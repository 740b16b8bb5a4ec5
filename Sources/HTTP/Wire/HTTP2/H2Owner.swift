/// What an HTTP/2 connection tells.
///
/// All calls come from within `receive`, `flush` or `closeAll`. The owner may call everything but those
/// three from within. After `h2Closed` and `h2Refused` a stream is gone.
public protocol H2Owner: AnyObject {
    /// A client's request began; the head may be swapped for another one that is used again.
    func h2Request(_ connection: H2Connection, _ stream: H2Stream, _ head: inout RequestHead)
    /// A server's response, or an interim one, began; the head may be swapped.
    func h2Response(_ connection: H2Connection, _ stream: H2Stream, _ head: inout ResponseHead)
    /// Bytes of a body; they count against the window until they are given to `consume`.
    func h2Body(_ connection: H2Connection, _ stream: H2Stream, _ bytes: Span<UInt8>)
    /// The peer's message is complete.
    func h2Ended(_ connection: H2Connection, _ stream: H2Stream, _ trailers: inout HeaderBlock)
    /// A stream that was full has room again.
    func h2Drained(_ connection: H2Connection, _ stream: H2Stream)
    /// The stream is gone: done, reset by the peer, or refused.
    func h2Closed(_ connection: H2Connection, _ stream: H2Stream, _ code: H2ErrorCode)
    /// A client's request was refused; the head holds what was read of it, and may be swapped.
    ///
    /// `h2Refused` follows.
    func h2RefusedHead(
        _ connection: H2Connection,
        _ head: inout RequestHead,
        _ violation: WireViolation
    )
    /// The peer sent a head that is not taken; it was answered or reset, and the stream is gone.
    func h2Refused(_ connection: H2Connection, _ stream: H2Stream, _ violation: WireViolation)
    /// The peer takes no new streams; those after its last one are closed as `refused`.
    func h2GoAway(_ connection: H2Connection, _ code: H2ErrorCode)
    /// The peer's settings came: how many streams it takes.
    func h2Settings(_ connection: H2Connection)
    /// The answer to a ping.
    func h2Pong(_ connection: H2Connection)
}

extension H2Owner {
    /// Nothing is done.
    public func h2Request(_: H2Connection, _: H2Stream, _: inout RequestHead) {}
    /// Nothing is done.
    public func h2Response(_: H2Connection, _: H2Stream, _: inout ResponseHead) {}
    /// Nothing is done.
    public func h2RefusedHead(_: H2Connection, _: inout RequestHead, _: WireViolation) {}
    /// Nothing is done.
    public func h2Drained(_: H2Connection, _: H2Stream) {}
    /// Nothing is done.
    public func h2GoAway(_: H2Connection, _: H2ErrorCode) {}
    /// Nothing is done.
    public func h2Settings(_: H2Connection) {}
    /// Nothing is done.
    public func h2Pong(_: H2Connection) {}
}
