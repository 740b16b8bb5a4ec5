import Basics
import HTTP
import Reactor

extension Exchange: AccessFacts {
    var start: Timestamp {
        let elapsed = proxy.worker.now.nanoseconds(since: startTime)
        return Timestamp(nanoseconds: proxy.worker.wall.nanoseconds - elapsed)
    }
    var requestEnd: Int64 {
        requestEndTime > .zero ? requestEndTime.nanoseconds(since: startTime) : -1
    }
    var upstreamFirst: Int64 {
        firstAnswerTime > .zero ? firstAnswerTime.nanoseconds(since: startTime) : -1
    }
    var end: Int64 { isFinished ? proxy.worker.now.nanoseconds(since: startTime) : -1 }
    var version: HTTPVersion? { request.version }
    var upstreamVersion: HTTPVersion? {
        if upstreamPool == nil { return nil }
        if upstreamIsHTTP2 { return .http2 }
        return route?.settings.usesHTTP10 == true ? .http10 : .http11
    }
    var status: Int { answerHasBegun ? response.status : 0 }
    var bytesReceived: Int { Int(receivedBytes) }
    var bytesSent: Int { Int(sentBytes) }
    var attempts: Int { attemptCount }
    var connectionID: UInt64 { endpoints.number }
    var isTLS: Bool { endpoints.isSecure }
    var upstreamHost: [UInt8] { upstreamPool?.addressText ?? [] }
    var upstreamLocal: [UInt8] { [] }
    var downstreamRemote: [UInt8] {
        var client = client.address
        client.port = endpoints.address.port
        return client.family == .none || client == endpoints.address
            ? endpoints.peer : client.textWithoutPort
    }
    var downstreamDirect: [UInt8] { endpoints.peer }
    var downstreamLocal: [UInt8] { endpoints.local }
    var upstreamCluster: [UInt8] { $cluster?.object.nameBytes ?? [] }
    var routeName: [UInt8] { plan?.name ?? [] }
    var virtualHost: [UInt8] { plan?.hostName ?? [] }
    var serverName: [UInt8] { endpoints.serverName }
    var security: ConnectionSecurity? { endpoints.security }
    var transportFailure: [UInt8] { [] }
    var userName: [UInt8] { isFiltered ? filtering.userName : [] }
    var authorization: AuthorizationCheck? { isFiltered ? filtering.authorization : nil }
    var localReply: [UInt8] { [] }

    /// What is known now, for values of header fields, which change the heads themselves.
    func record() -> AccessRecord { AccessRecord(self) }

    /// How many milliseconds the host took to begin its answer.
    var waited: Int64 {
        max(0, firstAnswerTime.nanoseconds(since: requestEndTime)) / 1_000_000
    }

    /// The peer of the connection.
    var peer: PeerAddress { endpoints.address }

    /// Whether the client's connection is secured.
    var isSecure: Bool { endpoints.isSecure }

    /// Closes the client's connection without an answer.
    func hangUp() {
        details = "direct_response"
        abortAnswer()
    }
}
