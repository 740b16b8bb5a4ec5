internal import Basics
internal import HTTP

/// What is known of a request (or a relayed connection) besides its heads, for access logs and header
/// values.
///
/// Texts are bytes; empty is unknown. They are of the worker's own, so that filling a record allocates
/// nothing.
package struct AccessRecord {
    /// When it began.
    var start = Timestamp(nanoseconds: 0)
    /// Nanoseconds from the start to the last byte of the request; -1 is not yet.
    var requestEnd: Int64 = -1
    /// Nanoseconds from the start to the first byte from the upstream.
    var upstreamFirst: Int64 = -1
    /// Nanoseconds from the start to the last byte to the client.
    var end: Int64 = -1
    /// The version that the client speaks; `nil` for relayed connections.
    var version: HTTPVersion?
    /// The version that the upstream speaks.
    var upstreamVersion: HTTPVersion?
    /// The status; 0 is none.
    var status = 0
    /// Where the status comes from, in Envoy's words (`via_upstream`).
    var details: StaticString = ""
    var flags: ResponseFlags = []
    /// Bytes of bodies.
    var bytesReceived = 0
    var bytesSent = 0
    /// Bytes of heads as they came and went.
    var requestHeadBytes = 0
    var responseHeadBytes = 0
    /// How often it was sent to an upstream.
    var attempts = 0
    var connectionID: UInt64 = 0
    var isTLS = false
    /// `address:port`.
    var upstreamHost: [UInt8] = []
    var upstreamLocal: [UInt8] = []
    /// The client as trusted headers say; `address:port`, port 0 if only the address is known.
    var downstreamRemote: [UInt8] = []
    /// The peer of the connection.
    var downstreamDirect: [UInt8] = []
    var downstreamLocal: [UInt8] = []
    var upstreamCluster: [UInt8] = []
    var routeName: [UInt8] = []
    var virtualHost: [UInt8] = []
    /// The name that the TLS hello asked for.
    var serverName: [UInt8] = []
    var tlsVersion: [UInt8] = []
    var tlsCipher: [UInt8] = []
    var peerSubject: [UInt8] = []
    var transportFailure: [UInt8] = []
    /// Who the gateway found the client to be.
    var userName: [UInt8] = []
    /// The body of an answer of the proxy's own, while its form is made.
    var localReply: [UInt8] = []

    package init() {}
}
