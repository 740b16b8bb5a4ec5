import Basics
import Reactor

/// One request on a connection and what has become of it; the body's source and the responder's
/// memory.
@MainLoop final class RequestExchange: BodySource {
    /// How far the response is.
    enum Progress: Equatable {
        case waiting
        case streaming
        /// The rest of the answer is a feed's.
        case fed
        case complete
        case upgraded
        case broken
    }

    let connection: ServerConnection
    let head: ReceivedRequest
    var progress = Progress.waiting
    /// Whether the connection can take another request after this one.
    var keepsAlive: Bool
    /// The WebSocket or raw stream that the connection has become.
    var upgraded: (any Closable)?
    /// What goes on with the answer when the handler has returned.
    var feed: BodyFeed?
    private(set) var isBodyComplete = false
    private var hasInvitedBody = false

    init(_ connection: ServerConnection, _ head: ReceivedRequest) {
        self.connection = connection
        self.head = head
        keepsAlive = head.keepsAlive
    }

    var announcedLength: Int? {
        if case .length(let length) = head.framing { length } else { nil }
    }

    func nextPiece() async throws(Failure) -> [UInt8]? {
        let what = "cannot read the request body"
        while !isBodyComplete {
            do throws(ProtocolViolation) {
                switch try connection.decoder.next() {
                case .body(let piece): return piece
                case .end:
                    isBodyComplete = true
                    return nil
                case .request, .response: preconditionFailure("a head inside a body")
                case nil: break
                }
            } catch {
                keepsAlive = false
                throw Failure(.invalid, what, cause: error.what)
            }
            try await inviteBody()
            guard try await connection.fill(deadline: Loop.main.now + connection.limits.reading)
            else { throw Failure(.unavailable, what, cause: "the client has left") }
        }
        return nil
    }

    /// Reads and drops what the handler has left of the body, if that is not much.
    ///
    /// - Returns: Whether the body is at its end, so that the connection can be used again.
    func drainBody() async -> Bool {
        // A client that waits for an invitation may or may not send the body after a final answer.
        if awaitsInvitation { return false }
        var dropped = 0
        do {
            while let piece = try await nextPiece() {
                dropped += piece.count
                if dropped > connection.limits.drainedBytes { return false }
            }
            return true
        } catch {
            return false
        }
    }

    /// Whether the client still waits to be invited to send the body.
    var awaitsInvitation: Bool { head.expectsContinue && !hasInvitedBody && !isBodyComplete }

    /// Brings the answer to its end after the handler has returned.
    ///
    /// - Returns: Whether the connection can take another request; if not, it is closed.
    func conclude(_ responder: HTTPResponder, _ failure: (any Error)?) async -> Bool {
        do throws(Failure) {
            switch progress {
            case .waiting: try await excuse(responder, failure)
            case .streaming where failure == nil:
                try await BodyWriter(self, head.minor > 0 ? .chunked : .plain).finish()
            case .upgraded: await upgraded?.end(isFailed: failure != nil)
            case .streaming, .fed, .complete, .broken: break
            }
        } catch {
            progress = .broken
        }
        await connection.stopWatching()
        guard progress == .complete, !connection.isPeerGone else {
            connection.abort()
            return false
        }
        if keepsAlive, await drainBody() { return true }
        await connection.closeGently()
        return false
    }

    /// Answers for a handler that has failed, or has forgotten to.
    private func excuse(_ responder: HTTPResponder, _ error: (any Error)?) async throws(Failure) {
        let failure = error as? Failure
        if failure?.code == .cancelled || error is CancellationError { throw ServerConnection.gone }
        let status =
            switch failure?.code {
            case .invalid: 400
            case .forbidden: 403
            case .notFound: 404
            case .conflict: 409
            case .exhausted: 413
            case .unavailable: 503
            case .timedOut: 504
            case .cancelled, .internalError, nil: 500
            }
        let text = error.map { "\($0)" } ?? "the request was not answered"
        try await responder.respond(status, text: text + "\n")
    }

    private func inviteBody() async throws(Failure) {
        guard head.expectsContinue, !hasInvitedBody, progress == .waiting else { return }
        hasInvitedBody = true
        let interim = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)
        try await connection.send(interim, within: connection.limits.writing)
    }
}

/// Something that a connection has become, to be closed when its handler returns.
@MainLoop protocol Closable: AnyObject {
    /// Ends it in order; `isFailed` if the handler has failed.
    func end(isFailed: Bool) async
}
