public import Basics

/// Makes the sessions of a server with one identity, whose certificates and key are read once for all.
///
/// They give out no tickets, so that each client is asked for its certificate.
public final class TLSServerSessions {
    private let context: TLSContext

    /// Reads an identity.
    ///
    /// - Throws: `Failure` if it cannot be used.
    public init(_ identity: TLSIdentity) throws(Failure) {
        context = try TLSContext(server: identity)
        context.refuseResumption()
    }

    /// Starts the server's side of a connection.
    ///
    /// - Throws: `Failure` if OpenSSL has no memory for it.
    public func next() throws(Failure) -> TLSSession {
        try TLSSession(serverIn: context)
    }
}
