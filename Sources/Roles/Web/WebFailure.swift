package import Basics
import HTTP

/// Why something could not be had over HTTP.
package struct WebFailure: Error, Sendable, CustomStringConvertible {
    /// What went wrong, as far as somebody acts on it.
    package enum Kind: Sendable, Hashable {
        /// The address is none.
        case address
        /// This scheme is not allowed.
        case scheme(String)
        /// The name of the host is not known.
        case resolve
        /// Nobody takes connections there.
        case connect
        /// Time ran out.
        case timedOut
        /// There is no TLS with the server.
        case handshake
        /// The server's certificate is not trusted.
        case certificate
        /// The server closed without an answer.
        case empty
        /// The answer cannot be understood.
        case malformed
        /// The body ended early.
        case partial
        /// The server cannot go on where the last try ended.
        case range
        /// A status of 400 or more.
        case status(Int)
        /// Too many redirects.
        case redirects
        /// The body is larger than allowed.
        case tooLarge
        /// It is not what was expected: a checksum, a form.
        case content
        /// It cannot be written here.
        case write
        /// A local file cannot be read.
        case read
        /// It was cancelled.
        case cancelled
    }

    /// What went wrong.
    package var kind: Kind
    /// The sentence.
    package var failure: Failure
    /// How long the server wants to be left alone.
    package var retryAfter: Duration?

    /// Makes one.
    package init(_ kind: Kind, _ failure: Failure, retryAfter: Duration? = nil) {
        self.kind = kind
        self.failure = failure
        self.retryAfter = retryAfter
    }

    /// Makes one of a failure that has no kind of its own yet.
    package init(_ kind: Kind, _ what: String, cause: String = "", remedy: String = "") {
        let code: Failure.Code =
            switch kind {
            case .address, .content, .scheme: .invalid
            case .timedOut: .timedOut
            case .tooLarge, .write: .exhausted
            case .status(404), .status(410), .read: .notFound
            case .status(401), .status(403), .certificate: .forbidden
            case .cancelled: .cancelled
            default: .unavailable
            }
        self.init(kind, Failure(code, what, cause: cause, remedy: remedy))
    }

    package var description: String { failure.description }

    /// Whether another try may help: the network, a server that is busy, starting or broken for now.
    package var isTransient: Bool {
        switch kind {
        case .resolve, .connect, .timedOut, .handshake, .empty, .malformed, .partial, .range: true
        case .status(let status): [408, 425, 429, 500, 502, 503, 504].contains(status)
        default: false
        }
    }

    /// A failure of the connection or of an answer, by its code.
    static func transport(_ failure: Failure, _ kind: Kind) -> WebFailure {
        switch failure.code {
        case .timedOut: WebFailure(.timedOut, failure)
        case .cancelled: WebFailure(.cancelled, failure)
        default: WebFailure(kind, failure)
        }
    }
}

/// How often something is tried, and when.
package struct RetryRule: Sendable, Hashable {
    /// How often it is tried at most; 0 without an end.
    package var tries = 5
    /// The pauses between.
    package var backoff = Backoff.Policy(
        initial: .seconds(1),
        cap: .seconds(60),
        resetAfter: .seconds(3600),
        jitterPercent: 20
    )
    /// How long all tries may take together.
    package var total: Duration?
    /// Whether every failure is tried again, those of the caller's own fault too.
    package var takesAll = false
    /// The longest wait that a server may ask for.
    package static let longestRequest = Duration.seconds(600)

    /// Five tries.
    package init() {}

    /// The pause before another try; `nil` if there is to be none.
    ///
    /// - Parameters:
    ///   - failure: Why the last one failed.
    ///   - tries: How many there were.
    ///   - pause: What the back-off says.
    ///   - elapsed: How long they took.
    /// - Returns: The pause.
    package func pause(
        after failure: WebFailure,
        tries: Int,
        pause: Duration,
        elapsed: Duration
    ) -> Duration? {
        guard failure.kind != .cancelled, self.tries == 0 || tries < self.tries else { return nil }
        guard failure.isTransient || takesAll else { return nil }
        var wait = pause
        if let asked = failure.retryAfter {
            guard asked <= Self.longestRequest else { return nil }
            wait = max(wait, asked)
        }
        if let total, elapsed + wait > total { return nil }
        return wait
    }
}
