import Basics

/// The client's side of an exchange: one request of a connection, HTTP/1 or HTTP/2.
protocol Downstream: AnyObject {
    /// Sends the head of `exchange.response`; `isEnd` if no body follows.
    func sendHead(_ exchange: Exchange, isEnd: Bool)
    /// Sends an interim response: 100, 103.
    func sendInterim(_ exchange: Exchange, status: Int)
    /// Sends a part of the body.
    func sendBody(_ exchange: Exchange, _ bytes: Span<UInt8>)
    /// Sends the end of the body, with `exchange.trailers` if there are any.
    func sendEnd(_ exchange: Exchange)
    /// Tells the client that the response will not be finished.
    func abort(_ exchange: Exchange)
    /// Whether so much waits to be sent that the source should pause; the exchange is told when not.
    func isFull(_ exchange: Exchange) -> Bool
    /// Stops and goes on taking the body of the request.
    func pauseRequest(_ exchange: Exchange)
    func resumeRequest(_ exchange: Exchange)
    /// The exchange is over and is used no more after this call.
    func finished(_ exchange: Exchange)
    /// The client's and the own address, for logs and headers.
    var endpoints: Endpoints { get }
}

/// The host's side of an exchange: one request on a connection to a host.
protocol Upstream: AnyObject {
    /// Sends the head of the request; `isEnd` if no body follows.
    func sendHead(_ exchange: Exchange, isEnd: Bool)
    /// Sends a part of the body.
    func sendBody(_ exchange: Exchange, _ bytes: Span<UInt8>)
    /// Sends the end of the body.
    func sendEnd(_ exchange: Exchange)
    /// Lets go of an exchange whose answer is not whole: the connection or stream is given up.
    func abandon(_ exchange: Exchange)
    /// Whether so much waits to be sent that the source should pause; the exchange is told when not.
    func isFull(_ exchange: Exchange) -> Bool
    /// Stops and goes on taking the body of the answer.
    func pauseResponse(_ exchange: Exchange)
    func resumeResponse(_ exchange: Exchange)
}

/// Where a connection comes from and arrives, as bytes of text that are made once for a connection.
final class Endpoints {
    /// The peer's address without its port.
    var client: [UInt8] = []
    /// The peer's address with its port.
    var peer: [UInt8] = []
    /// The own address with its port.
    var local: [UInt8] = []
    /// The peer's address.
    var address = PeerAddress()
    /// The own address.
    var own = PeerAddress()
    /// The own port.
    var localPort: UInt16 = 0
    /// The number of the connection, which no other has while the program runs.
    var number: UInt64 = 0
    /// Whether the connection is secured.
    var isSecure = false
    /// The TLS of the connection, when its handshake is done.
    var security: ConnectionSecurity?
    /// The server name of the TLS hello.
    var serverName: [UInt8] = []
    /// The connection's place among those that the listener may have.
    var place: ConnectionPlace?
    /// The pools that have connections for this one only.
    private var pools: [UpstreamPool] = []
    /// Whether the connection is closed.
    private(set) var isOver = false

    /// Notes that a pool has connections for this one.
    func note(_ pool: UpstreamPool) {
        if !pools.contains(where: { $0 === pool }) { pools.append(pool) }
    }

    /// The connection is closed, and those to hosts that were for it only with it.
    func end() {
        isOver = true
        if pools.isEmpty { return }
        let all = pools
        pools = []
        for pool in all { pool.clientEnded(self) }
    }
}

/// What became of the wish for a connection to a host.
enum Acquisition {
    /// There is one, or there will be.
    case taken
    /// A limit of the cluster refuses it.
    case overflow
    /// None can be made, and why.
    case failed(UpstreamFailure)
}

/// How an exchange with a host ended without a whole answer.
enum UpstreamFailure: Equatable {
    /// No connection could be made.
    case connect
    /// No connection could be made for want of descriptors, memory or ports here: the host is not to
    /// blame.
    case shortage
    /// No connection was made in time.
    case connectTimeout
    /// The connection ended before the answer did.
    case reset(wasSent: Bool)
    /// The host broke the protocol.
    case protocolError
    /// The host reset the stream.
    case streamReset
    /// The host refused the stream.
    case refused
    /// The host's connection ends, and it has not looked at the stream.
    case unprocessed
}
