import Basics

/// A failure as curl tells it: its exit code and its words.
struct CurlFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// The exit code.
    var code: Int32
    /// The words behind `curl: (CODE)`.
    var text: String

    /// Makes one.
    init(_ code: Int32, _ text: String) {
        self.code = code
        self.text = text
    }

    var description: String { "curl: (\(code)) \(text)" }

    /// What curl makes of a failure.
    init(_ failure: WebFailure, _ request: WebRequest, received: Int = 0) {
        let address = request.address
        switch failure.kind {
        case .address: self.init(3, "URL using bad/illegal format or missing URL")
        case .scheme(let scheme): self.init(1, Self.unsupported(scheme))
        case .resolve: self.init(6, "Could not resolve host: \(address.host)")
        case .connect:
            let place = "\(address.host) port \(address.port)"
            self.init(7, "Failed to connect to \(place): Couldn't connect to server")
        case .timedOut: self.init(28, "Operation timed out with \(received) bytes received")
        case .handshake: self.init(35, "\(failure.failure.cause)")
        case .certificate:
            self.init(60, "SSL certificate problem: \(failure.failure.cause)")
        case .empty: self.init(52, "Empty reply from server")
        case .malformed: self.init(56, "Failure when receiving data: \(failure.failure.cause)")
        case .partial: self.init(18, "transfer closed with outstanding read data remaining")
        case .range:
            self.init(33, "HTTP server doesn't seem to support byte ranges. Cannot resume.")
        case .status(let status): self.init(22, "The requested URL returned error: \(status)")
        case .redirects: self.init(47, "Maximum (\(request.redirects)) redirects followed")
        case .tooLarge: self.init(63, "Maximum file size exceeded")
        case .content: self.init(61, "\(failure.failure)")
        case .write:
            self.init(23, "Failure writing output to destination: \(failure.failure.cause)")
        case .read: self.init(26, "Failed to open/read local data from file/application")
        case .cancelled: self.init(42, "Operation was aborted")
        }
    }

    /// What curl says of a scheme that it does not do, or may not.
    static func unsupported(_ scheme: String) -> String {
        "Protocol \"\(scheme)\" not supported or disabled in libcurl"
    }

    /// Whether curl tries again.
    func isTransient(connectionRefused: Bool, allErrors: Bool) -> Bool {
        if allErrors { return true }
        switch code {
        case 6, 28: return true
        case 7: return connectionRefused
        default: return false
        }
    }
}
