public import Basics
public import Reactor
public import Security

/// Makes channels for protocols other than HTTP.
@MainLoop public enum Channels {
    /// A channel without TLS.
    public static func plain(_ stream: ByteStream) -> any ByteChannel {
        PlainChannel(stream)
    }

    /// Does the client's handshake over a connected stream.
    ///
    /// - Throws: `unavailable` if the peer is not trusted or speaks no TLS; the failures of the stream.
    public static func client(
        over stream: ByteStream,
        options: TLSOptions,
        host: String,
        deadline: Instant
    ) async throws(Failure) -> any ByteChannel {
        try await TLSChannel.client(
            over: stream,
            options: options,
            host: host,
            deadline: deadline
        )
    }

    /// Does the server's handshake over an accepted stream.
    ///
    /// - Throws: `unavailable` if the peer speaks no TLS; the failures of the stream.
    public static func server(
        over stream: ByteStream,
        identity: TLSIdentity,
        deadline: Instant
    ) async throws(Failure) -> any ByteChannel {
        try await TLSChannel.server(over: stream, identity: identity, deadline: deadline)
    }
}
