package import Basics
package import Security
import System

/// How a session is secured.
package enum PostgresSecurity: Sendable, Hashable {
    /// Without TLS.
    case off
    /// With TLS if the server refuses a session without.
    case fallback(TLSOptions)
    /// With TLS if the server can.
    case preferred(TLSOptions)
    /// With TLS.
    case required(TLSOptions)

    /// What settings ask for; their files are read.
    ///
    /// As libpq: the usual mode is `prefer`; `require` with authorities checks them; `system` authorities
    /// ask for `verify-full`. Unlike libpq, `verify-ca` and `verify-full` without a file trust the
    /// authorities of the machine.
    /// - Throws: `Failure` for a file that cannot be read, or a certificate without its key.
    package init(_ settings: PostgresSettings) throws(Failure) {
        var mode = settings.sslMode ?? .prefer
        let root = settings.rootCertificate.flatMap { $0.isEmpty ? nil : $0 }
        if root == "system" {
            guard settings.sslMode == nil || mode == .verifyFull else {
                throw Failure(
                    .invalid,
                    "sslmode=\(mode.rawValue) is too weak for sslrootcert=system",
                    cause: "anybody can have a certificate of a public authority",
                    remedy: "write sslmode=verify-full"
                )
            }
            mode = .verifyFull
        }
        if mode == .disable {
            self = .off
            return
        }
        var options = TLSOptions.unverified
        let isChecked = mode == .verifyCA || mode == .verifyFull || mode == .require && root != nil
        if isChecked {
            options.verification = .system
            if let root, root != "system" {
                options.verification = .authorities(pem: try Self.text(root, "sslrootcert"))
            }
            options.checksServerName = mode == .verifyFull
        }
        options.identity = try Self.identity(settings)
        switch mode {
        case .allow: self = .fallback(options)
        case .prefer: self = .preferred(options)
        default: self = .required(options)
        }
    }

    private static func identity(_ settings: PostgresSettings) throws(Failure) -> TLSIdentity? {
        guard let certificate = settings.certificate, !certificate.isEmpty else { return nil }
        guard let key = settings.key, !key.isEmpty else {
            throw Failure(
                .invalid,
                "sslcert is given without sslkey",
                remedy: "name the key's file"
            )
        }
        return TLSIdentity(
            certificates: try text(certificate, "sslcert"),
            privateKey: try text(key, "sslkey"),
            certificatesPath: certificate,
            privateKeyPath: key
        )
    }

    private static func text(_ path: String, _ name: String) throws(Failure) -> String {
        do throws(SystemError) {
            return try Files.text(path, limit: 1 << 20)
        } catch {
            throw Failure("cannot read \(path) of \(name)", error)
        }
    }
}
