internal import Basics
internal import Security
internal import System

extension Link {
    func finishConnecting() {
        if let error = Sockets.failure(of: descriptor, "") {
            fail(.refused(error.number))
            return
        }
        secure()
    }

    /// Goes on with the handshake if the connection speaks TLS.
    func secure() {
        if security != nil {
            state = .securing
            let first = preface
            sealed.append(first.span)
            advanceHandshake()
        } else {
            opened()
        }
    }

    func opened() {
        state = .open
        worker.timers.drop(&timer)
        unsafe owner.linkOpened(self)
        if waitingCount > 0 { touch() }
    }

    func advanceHandshake() {
        guard let security else { return }
        sealed.borrow(from: worker.blocks)
        let wasSent = sealed.isEmpty
        let result = security.handshake(&unopened, out: &sealed)
        switch result {
        case .waiting: touch()
        case .done:
            touch()
            opened()
            if state == .open, !unopened.isEmpty { openSealed() }
            // Session tickets go with the answer if a request has come already.
            isHeldBack = wasSent && receivedCount > 0 && security.sendsTicketsLast
        case .failed(let why):
            // The alert goes out if there is room; the peer learns why.
            flushNow()
            guard state == .securing, security.isServer else {
                fail(.insecure(why))
                return
            }
            // Closed at once, the connection would be reset by what the peer has sent meanwhile, and the
            // peer might never read the alert.
            linger(for: Self.alertPatience)
            unsafe owner.linkFailed(self, .insecure(why))
        }
    }

    /// How long a peer may take to read why its handshake failed.
    private static let alertPatience = Duration.seconds(1)
}
