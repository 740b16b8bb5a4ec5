internal import Basics
internal import NodeAPI
internal import Security
internal import System

/// The keys of one root, in `<root>/pki` (mode 0700, each file 0600): made once, kept until they end.
enum EngineKeys {
    /// How long an authority lives.
    private static let life = Duration.seconds(10 * 365 * 86_400)
    /// How long before its end an authority is replaced.
    private static let reserve = Duration.seconds(30 * 86_400)

    /// The keys of a root; made if there are none.
    ///
    /// - Throws: `Failure` if they are broken or cannot be written.
    static func load(_ root: String, at now: Timestamp) throws(Failure) -> NodeCredentials {
        let directory = root + "/pki"
        do {
            try Files.makeDirectories(directory, mode: 0o700)
        } catch {
            throw Failure("cannot make \(directory)", error)
        }
        return NodeCredentials(
            authority: try authority(directory, at: now),
            tokenKey: try tokenKey(directory)
        )
    }

    private static func authority(
        _ directory: String,
        at now: Timestamp
    ) throws(Failure) -> CertificateAuthority {
        let (certificate, key) = (directory + "/ca.crt", directory + "/ca.key")
        if Files.exists(certificate) || Files.exists(key) {
            let authority = try CertificateAuthority(
                certificate: try text(certificate),
                privateKey: try text(key)
            )
            if try authority.end > now + reserve { return authority }
        }
        // A name of its own, so that no client takes a new authority for an old one.
        let name = "remora " + Random.hexadecimal(8)
        let authority = try CertificateAuthority(named: name, life: life, at: now)
        // The certificate is last: what is half-written has none.
        try write(authority.key.pem, to: key)
        try write(authority.certificate, to: certificate)
        return authority
    }

    private static func tokenKey(_ directory: String) throws(Failure) -> SigningKey {
        let path = directory + "/sa.key"
        if Files.exists(path) { return try SigningKey(pem: try text(path)) }
        let key = try SigningKey()
        try write(key.pem, to: path)
        return key
    }

    private static func text(_ path: String) throws(Failure) -> String {
        do { return try Files.text(path) } catch {
            throw Failure(
                "cannot read \(path)",
                error,
                remedy: "remove \(Files.parent(of: path)), and new keys are made"
            )
        }
    }

    private static func write(_ text: String, to path: String) throws(Failure) {
        do {
            try Files.writeAtomically(path, Array(text.utf8), mode: 0o600)
        } catch { throw Failure("cannot write \(path)", error) }
    }
}
