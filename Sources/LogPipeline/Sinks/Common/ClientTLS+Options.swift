import Basics
import Security
import System

extension ClientTLS {
    /// What a TLS client expects and shows, with the files read.
    ///
    /// - Throws: `notFound` or `forbidden` for a file.
    func options() throws(Failure) -> TLSOptions {
        var options = TLSOptions()
        if !verifies {
            options.verification = .none
        } else if let authorities {
            options.verification = .authorities(pem: try Self.text(authorities))
        }
        options.serverName = serverName
        options.checksServerName = verifiesName
        if let certificate, let key {
            var identity = TLSIdentity(
                certificates: try Self.text(certificate),
                privateKey: try Self.text(key),
                certificatesPath: certificate,
                privateKeyPath: key
            )
            identity.privateKeyPassword = keyPassword
            options.identity = identity
        }
        return options
    }

    private static func text(_ path: String) throws(Failure) -> String {
        do throws(SystemError) {
            return try Files.text(path)
        } catch {
            throw Failure("cannot read \(path)", error)
        }
    }
}
