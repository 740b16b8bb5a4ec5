import Basics
import Security
import System

extension ServerTLS {
    /// The certificate and key that the files hold.
    ///
    /// - Throws: `notFound` or `forbidden` for a file, `invalid` for what it holds.
    func identity(at now: Timestamp) throws(Failure) -> TLSIdentity {
        var identity = TLSIdentity(
            certificates: try Self.text(certificate),
            privateKey: try Self.text(key),
            certificatesPath: certificate,
            privateKeyPath: key
        )
        identity.privateKeyPassword = keyPassword
        if let authorities { identity.clientAuthorities = try Self.text(authorities) }
        _ = try identity.check(at: now)
        return identity
    }

    private static func text(_ path: String) throws(Failure) -> String {
        do throws(SystemError) {
            return try Files.text(path)
        } catch {
            throw Failure("cannot read \(path)", error)
        }
    }
}
