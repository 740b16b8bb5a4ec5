internal import Basics
internal import HTTP

/// What is known of a request (or a relayed connection) besides its heads, for access logs and header
/// values.
///
/// Texts are bytes; empty is unknown.
protocol AccessFacts {
    /// When it began.
    var start: Timestamp { get }
    /// Nanoseconds from the start to the last byte of the request; -1 is not yet.
    var requestEnd: Int64 { get }
    /// Nanoseconds from the start to the first byte from the upstream.
    var upstreamFirst: Int64 { get }
    /// Nanoseconds from the start to the last byte to the client.
    var end: Int64 { get }
    /// The version that the client speaks; `nil` for relayed connections.
    var version: HTTPVersion? { get }
    /// The version that the upstream speaks.
    var upstreamVersion: HTTPVersion? { get }
    /// The status; 0 is none.
    var status: Int { get }
    /// Where the status comes from, in Envoy's words (`via_upstream`).
    var details: StaticString { get }
    var flags: ResponseFlags { get }
    /// Bytes of bodies.
    var bytesReceived: Int { get }
    var bytesSent: Int { get }
    /// How often it was sent to an upstream.
    var attempts: Int { get }
    /// The number of the client's connection, which no other has while the program runs.
    var connectionID: UInt64 { get }
    var isTLS: Bool { get }
    /// `address:port`.
    var upstreamHost: [UInt8] { get }
    var upstreamLocal: [UInt8] { get }
    /// The client as trusted headers say; `address:port`, port 0 if only the address is known.
    var downstreamRemote: [UInt8] { get }
    /// The peer of the connection.
    var downstreamDirect: [UInt8] { get }
    var downstreamLocal: [UInt8] { get }
    var upstreamCluster: [UInt8] { get }
    var routeName: [UInt8] { get }
    var virtualHost: [UInt8] { get }
    /// The name that the TLS hello asked for.
    var serverName: [UInt8] { get }
    /// The TLS of the client's connection; `nil` if it has none.
    var security: ConnectionSecurity? { get }
    var transportFailure: [UInt8] { get }
    /// Who the gateway found the client to be.
    var userName: [UInt8] { get }
    /// What a service has answered that was asked whether the request may pass.
    var authorization: AuthorizationCheck? { get }
    /// The body of an answer of the proxy's own, while its form is made.
    var localReply: [UInt8] { get }
}
