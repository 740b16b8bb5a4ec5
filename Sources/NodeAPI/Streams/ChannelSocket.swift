public import Basics
public import Reactor

/// The WebSocket of a channel session, as far as it needs it.
@MainLoop public protocol ChannelSocket: AnyObject {
    /// The subprotocol that was chosen.
    var subprotocol: String? { get }

    /// The next binary message; `nil` when the client has closed.
    ///
    /// - Throws: that the connection broke, or that a message is no binary one.
    func receive() async throws(Failure) -> [UInt8]?

    /// Sends a binary message.
    ///
    /// - Throws: that the client has left.
    func send(_ bytes: [UInt8]) async throws(Failure)

    /// Sends a ping; the client's answer does not matter.
    ///
    /// - Throws: that the client has left.
    func ping() async throws(Failure)

    /// Closes properly and waits for the client's close.
    func close() async
}
