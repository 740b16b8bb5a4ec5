import Basics
import HTTP
import Reactor
import Security

/// A connection that has no service yet: its first bytes are looked at, or its handshake is going on.
final class OpeningLink: LinkOwner {
    private let listener: WorkerListener
    var endpoints: Endpoints
    var link: Link?
    /// Its place among those of its worker.
    var rosterIndex = 0
    var expectsHeader = false
    private var questions = 0
    var timer = TimerWheel.ID.none
    /// Known when the handshake begins.
    var service: ChainService?

    init(_ listener: WorkerListener, _ endpoints: Endpoints) {
        self.listener = listener
        self.endpoints = endpoints
    }

    func linkOpened(_ link: Link) {
        listener.handshakeEnded(link, nil, endpoints)
        if let service { listener.hand(link, service, endpoints) }
        end()
    }

    func linkReceived(_ link: Link) {
        guard service == nil else { return }
        if expectsHeader, !takeHeader(link) { return }
        if listener.answersPostgres, !answerPostgres(link) { return }
        guard listener.needsHello else {
            listener.chosen(self, link, nil)
            return
        }
        switch Self.hello(link.input) {
        case .needsMore: break
        case .notTLS: listener.chosen(self, link, nil)
        case .hello(let hello): listener.chosen(self, link, hello)
        case .malformed: refuse(link)
        }
    }

    /// Takes the header of the PROXY protocol; false if it is not whole, or bad.
    private func takeHeader(_ link: Link) -> Bool {
        do throws(ProxyViolation) {
            guard let (header, length) = try Self.header(link.input) else { return false }
            link.input.consume(length)
            expectsHeader = false
            if !header.isLocal { endpoints.take(header) }
            return true
        } catch {
            refuse(link)
            return false
        }
    }

    /// Answers what a PostgreSQL client asks before its hello; true if the hello is there.
    private func answerPostgres(_ link: Link) -> Bool {
        switch Self.greeting(link.input) {
        case .other: return true
        case .needsMore: break
        case .tls: answer(link, "S")
        case .gss: answer(link, "N")
        }
        return false
    }

    private func answer(_ link: Link, _ text: String) {
        link.input.consume(PostgresGreeting.length)
        questions += 1
        // What stands behind a question in plain text was put there by somebody else (CVE-2021-23214).
        guard link.input.isEmpty, questions <= 2 else { return refuse(link) }
        link.output.append(text: text)
        link.touch()
    }

    private static func greeting(_ input: borrowing ByteBuffer) -> PostgresGreeting {
        PostgresGreeting.look(input.readable)
    }

    private func refuse(_ link: Link?) {
        link?.close()
        end()
    }

    private func end() {
        listener.proxy.remove(self)
    }

    /// It is waited for no longer.
    func stopWaiting() {
        listener.proxy.worker.timers.drop(&timer)
        link = nil
    }

    /// Hangs up if the client has sent nothing yet, at the end of the proxy: it has asked for nothing.
    func drain() {
        if link?.isSilent ?? true { refuse(link) }
    }

    private static func hello(_ input: borrowing ByteBuffer) -> HelloSniffer.Finding {
        HelloSniffer.look(input.readable)
    }

    private static func header(
        _ input: borrowing ByteBuffer
    ) throws(ProxyViolation) -> (header: ProxyHeader, length: Int)? {
        try ProxyHeader.decode(input.readable)
    }

    func linkEnded(_ link: Link) {
        refuse(link)
    }

    func linkDrained(_ link: Link) {}

    func linkFailed(_ link: Link, _ failure: LinkFailure) {
        if service != nil { listener.handshakeEnded(link, failure, endpoints) }
        end()
    }
}

extension OpeningLink: TimerTarget {
    func timerFired(_ tag: Int) {
        timer = .none
        if service == nil { refuse(link) }
    }
}
