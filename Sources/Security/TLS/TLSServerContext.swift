public import Basics

/// What all sessions of a TLS server have in common; from any thread.
///
/// Safe to share because OpenSSL locks its contexts, and nothing is changed after they are made.
public final class TLSServerContext: @unchecked Sendable {
    let context: TLSContext

    /// Makes a context of one identity.
    ///
    /// - Throws: `Failure` if the certificate or key cannot be used.
    public init(_ identity: TLSIdentity) throws(Failure) {
        context = try TLSContext(server: identity)
    }
}
