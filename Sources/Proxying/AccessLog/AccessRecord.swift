internal import Basics
internal import HTTP

/// The facts of an access as they were at one moment.
///
/// The texts are of the worker's own, so that filling a record allocates nothing.
package struct AccessRecord: AccessFacts {
    var start = Timestamp(nanoseconds: 0)
    var requestEnd: Int64 = -1
    var upstreamFirst: Int64 = -1
    var end: Int64 = -1
    var version: HTTPVersion?
    var upstreamVersion: HTTPVersion?
    var status = 0
    var details: StaticString = ""
    var flags: ResponseFlags = []
    var bytesReceived = 0
    var bytesSent = 0
    var attempts = 0
    var connectionID: UInt64 = 0
    var isTLS = false
    var upstreamHost: [UInt8] = []
    var upstreamLocal: [UInt8] = []
    var downstreamRemote: [UInt8] = []
    var downstreamDirect: [UInt8] = []
    var downstreamLocal: [UInt8] = []
    var upstreamCluster: [UInt8] = []
    var routeName: [UInt8] = []
    var virtualHost: [UInt8] = []
    var serverName: [UInt8] = []
    var security: ConnectionSecurity?
    var transportFailure: [UInt8] = []
    var userName: [UInt8] = []
    var authorization: AuthorizationCheck?
    /// The body of an answer of the proxy's own, while its form is made.
    var localReply: [UInt8] = []

    /// Nothing is known.
    package init() {}

    /// Copies what is known of an access.
    init(_ facts: some AccessFacts) {
        start = facts.start
        requestEnd = facts.requestEnd
        upstreamFirst = facts.upstreamFirst
        end = facts.end
        version = facts.version
        upstreamVersion = facts.upstreamVersion
        status = facts.status
        details = facts.details
        flags = facts.flags
        bytesReceived = facts.bytesReceived
        bytesSent = facts.bytesSent
        attempts = facts.attempts
        connectionID = facts.connectionID
        isTLS = facts.isTLS
        upstreamHost = facts.upstreamHost
        upstreamLocal = facts.upstreamLocal
        downstreamRemote = facts.downstreamRemote
        downstreamDirect = facts.downstreamDirect
        downstreamLocal = facts.downstreamLocal
        upstreamCluster = facts.upstreamCluster
        routeName = facts.routeName
        virtualHost = facts.virtualHost
        serverName = facts.serverName
        security = facts.security
        transportFailure = facts.transportFailure
        userName = facts.userName
        authorization = facts.authorization
        localReply = facts.localReply
    }
}
