import Basics
import HTTP
import Reactor

/// A question to a service whether a request may pass: the client's side of the exchange that asks it.
final class AuthorizationCheck {
    /// The most bytes of a refusal's body; one that is longer is a failure of the service.
    static let bodyMaximum = 64 * 1024

    let endpoints: Endpoints
    let gate: AuthorizationGate
    /// The answer, as far as it came.
    private(set) var head = ResponseHead()
    private(set) var body: [UInt8] = []
    /// Whether the service answered, or did not.
    private(set) var isOver = false
    private var exchange: Exchange?
    private var asker: Exchange?
    private let proxyReference: Unretained<ProxyWorker>
    private var hasHead = false
    private var isWhole = false
    private var isWaitedFor = false

    init(_ gate: AuthorizationGate, for asker: Exchange) {
        self.gate = gate
        self.asker = asker
        endpoints = asker.endpoints
        proxyReference = Unretained(asker.proxy)
    }

    /// The status of the answer; `nil` if none came whole.
    var status: Int? { isWhole ? head.status : nil }

    /// Asks; the request goes on later if there is no answer at once.
    func begin() {
        guard let asker, let service = asker.service else { return }
        let exchange = asker.proxy.takeExchange()
        self.exchange = exchange
        exchange.begin(self, service)
        exchange.request.copy(asker.request)
        gate.prepare(&exchange.request)
        exchange.client = asker.client
        if gate.path != nil {
            exchange.asksWithGet = true
            // The path that was asked for is known while fields are written, and is not sent.
            exchange.rerouteCount = 1
        }
        exchange.requestIsWhole = true
        exchange.requestEndTime = asker.proxy.worker.now
        if let plan = gate.plan(exchange) {
            exchange.plan = plan
            service.perform(plan, exchange)
        } else {
            exchange.replyNoRoute()
        }
        isWaitedFor = !isOver
    }

    /// Hands out the fields of the answer, but those that tell only of their own message or who sent it.
    func forEachField(_ body: (HeaderID, Span<UInt8>, Span<UInt8>) -> Void) {
        Self.forEach(head.fields, body)
    }

    private static func forEach(
        _ fields: borrowing HeaderBlock,
        _ body: (HeaderID, Span<UInt8>, Span<UInt8>) -> Void
    ) {
        for index in 0..<fields.count {
            switch fields.id(index) {
            case .connection, .contentLength, .date, .host, .keepAlive, .server, .te, .trailer,
                .transferEncoding, .upgrade, .xEnvoyUpstreamServiceTime:
                continue
            case let id: body(id, fields.name(index), fields.value(index))
            }
        }
    }

    /// Nobody waits for the answer any more.
    func end() {
        asker = nil
        guard let exchange else { return }
        exchange.releaseUpstream()
        exchange.finish()
    }
}

extension AuthorizationCheck: Downstream {
    func sendHead(_ exchange: Exchange, isEnd: Bool) {
        hasHead = true
        head.copy(exchange.response)
    }

    func sendBody(_ exchange: Exchange, _ bytes: Span<UInt8>) {
        guard body.count + bytes.count <= Self.bodyMaximum else { return end(exchange) }
        body += Array(copying: bytes)
    }

    private func end(_ exchange: Exchange) {
        hasHead = false
        exchange.releaseUpstream()
        exchange.finish()
    }

    func sendEnd(_ exchange: Exchange) { isWhole = hasHead }
    func sendInterim(_ exchange: Exchange, status: Int) {}
    func abort(_ exchange: Exchange) {}
    func isFull(_ exchange: Exchange) -> Bool { false }
    func pauseRequest(_ exchange: Exchange) {}
    func resumeRequest(_ exchange: Exchange) {}

    func finished(_ exchange: Exchange) {
        let proxy = proxyReference.object
        proxy.recycle(exchange)
        self.exchange = nil
        isOver = true
        proxy.worker.retire(self)
        let asker = asker
        self.asker = nil
        if isWaitedFor, let asker { asker.resumeFilters() }
    }
}
