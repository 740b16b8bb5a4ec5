internal import Basics
internal import Reactor

/// The connection over which SPDY runs: a socket, or the messages of a WebSocket.
@MainLoop protocol ByteLink: AnyObject {
    /// The next bytes; empty when the client has left.
    ///
    /// - Throws: that the connection broke.
    func read() async throws(Failure) -> [UInt8]

    /// Sends bytes; several tasks may, in the order of their calls.
    ///
    /// - Throws: that the client has left.
    func write(_ bytes: [UInt8]) async throws(Failure)

    /// Closes properly.
    func close() async
}
