public import Basics

/// What an authority has said about a certificate, for servers that staple it (RFC 6960, RFC 6066 section 8).
public struct OCSPResponse: Sendable, Hashable {
    /// What became of the certificate.
    public enum Status: String, Sendable, Hashable {
        /// It holds.
        case good
        /// The authority has taken it back.
        case revoked
        /// The authority does not know it.
        case unknown
    }

    /// What became of the certificate.
    public var status: Status
    /// From when on this is true.
    public var start: Timestamp
    /// When newer words are to be had; `nil` if the authority does not say.
    public var end: Timestamp?
}
