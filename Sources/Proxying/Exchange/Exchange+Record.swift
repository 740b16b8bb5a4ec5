import Basics
import HTTP
import Reactor

extension Exchange {
    /// What is known of the exchange, for header values and access logs.
    func record() -> AccessRecord {
        var record = AccessRecord()
        let now = proxy.worker.now
        let began = proxy.worker.wall.nanoseconds - (now - startTime).nanoseconds
        record.start = Timestamp(nanoseconds: began)
        record.requestEnd = requestEndTime > .zero ? (requestEndTime - startTime).nanoseconds : -1
        record.upstreamFirst =
            firstAnswerTime > .zero ? (firstAnswerTime - startTime).nanoseconds : -1
        record.version = request.version
        record.upstreamVersion = upstreamPool == nil ? nil : upstreamIsHTTP2 ? .http2 : .http11
        record.status = answerHasBegun ? response.status : 0
        record.details = details
        record.flags = flags
        record.bytesReceived = Int(receivedBytes)
        record.bytesSent = Int(sentBytes)
        record.attempts = attemptCount
        record.isTLS = isSecure
        if let upstreamPool {
            record.upstreamHost = upstreamPool.addressText
            record.upstreamCluster = upstreamPool.cluster.nameBytes
        }
        if isFiltered { record.userName = filtering.userName }
        if let plan {
            record.routeName = plan.name
            record.virtualHost = plan.hostName
        }
        let endpoints = endpoints
        record.downstreamRemote = endpoints.peer
        record.downstreamDirect = endpoints.peer
        record.downstreamLocal = endpoints.local
        record.serverName = endpoints.serverName
        return record
    }

    /// How long the host took to begin its answer.
    var waited: Duration {
        firstAnswerTime > requestEndTime ? firstAnswerTime - requestEndTime : .zero
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
