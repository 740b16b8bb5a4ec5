internal import Basics

/// A message that breaks the protocol: what a server answers to it, and the text for the user.
struct ProtocolViolation: Error, Equatable {
    /// The status of the answer to a request of this kind.
    let status: Int
    /// What is wrong, without a full stop.
    let what: String

    init(_ status: Int, _ what: String) {
        self.status = status
        self.what = what
    }

    /// A violation that is answered with 400 Bad Request.
    init(_ what: String) {
        self.init(400, what)
    }

    /// The failure that the user of a connection sees.
    func failure(_ attempted: String) -> Failure {
        Failure(.unavailable, attempted, cause: what)
    }
}
