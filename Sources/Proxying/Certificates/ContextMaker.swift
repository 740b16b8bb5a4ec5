import Basics
import Formats
import Security

/// Makes TLS of settings and the files that they name.
struct ContextMaker: Sendable {
    /// The keys of sessions that may be resumed: those of now and those of the time before.
    let tickets = TLSTicketKeys(keepsMaximum: 2)
    /// Reads a file.
    let read: @Sendable (String) throws(Failure) -> [UInt8]

    func make(
        _ settings: ServerTLSSettings,
        at time: Timestamp,
        _ warnings: inout [String]
    ) throws(Failure) -> TLSServerContext {
        var identities: [TLSIdentity] = []
        for certificate in settings.certificates {
            identities.append(try identity(certificate, &warnings))
        }
        var clients: TLSTrust?
        if let settings = settings.clients { clients = try trust(settings) }
        let context = try TLSServerContext(
            TLSServerOptions(
                identities: identities,
                choices: settings.parameters.choices,
                clients: clients,
                requiresCertificate: settings.requiresClientCertificate,
                sessionSeconds: settings.sessionSeconds,
                staples: settings.staples.choice,
                tickets: tickets
            ),
            at: time
        )
        warnings += context.warnings
        return context
    }

    func make(
        _ settings: ClientTLSSettings,
        at time: Timestamp,
        _ warnings: inout [String]
    ) throws(Failure) -> TLSClientContext {
        var own: TLSIdentity?
        if let certificate = settings.certificate {
            let shown = try identity(certificate, &warnings)
            warnings += try shown.check(at: time).warnings
            own = shown
        }
        var whom: TLSTrust?
        if let settings = settings.trust { whom = try trust(settings) }
        return try TLSClientContext(
            TLSClientOptions(
                trust: whom,
                identity: own,
                choices: settings.parameters.choices,
                checksServerName: settings.followsHost
            )
        )
    }

    private func identity(
        _ settings: CertificateSettings,
        _ warnings: inout [String]
    ) throws(Failure) -> TLSIdentity {
        var identity = TLSIdentity(
            certificates: try text(settings.chain),
            privateKey: try text(settings.privateKey),
            certificatesPath: settings.chain.path,
            privateKeyPath: settings.privateKey.path
        )
        if let source = settings.staple {
            identity.staplePath = source.path
            let bytes = try staple(source)
            if bytes.isEmpty {
                warnings.append("\(source.path) is empty: no OCSP response is stapled")
            } else {
                identity.staple = bytes
            }
        }
        return identity
    }

    private func trust(_ settings: TrustSettings) throws(Failure) -> TLSTrust {
        var names: [TLSNameTest] = []
        for name in settings.names { names.append(try name.certificateTest()) }
        let authorities: TLSTrust.Authorities
        if let source = settings.authorities {
            authorities = .these(pem: try text(source))
        } else if !settings.fingerprints.isEmpty {
            // A fingerprint says more than a signature.
            authorities = .anybody
        } else {
            authorities = .system
        }
        return TLSTrust(
            authorities,
            names: names,
            fingerprints: settings.fingerprints,
            acceptsUntrusted: settings.acceptsUntrusted
        )
    }

    private func text(_ source: TextSource) throws(Failure) -> String {
        switch source {
        case .inline(let text): return text
        case .file(let path): return String(decoding: try read(path), as: UTF8.self)
        }
    }

    private func staple(_ source: TextSource) throws(Failure) -> [UInt8] {
        switch source {
        case .file(let path): return try read(path)
        case .inline(let text):
            if let bytes = Base64.decode(text) { return bytes }
            throw Failure(.invalid, "cannot use the OCSP response", cause: "it is not base64")
        }
    }

    /// The files' texts now; `nil` for one that cannot be read.
    func texts(_ sources: [TextSource]) -> [String: [UInt8]?] {
        var texts: [String: [UInt8]?] = [:]
        for case .file(let path) in sources {
            texts[path] = .some(try? read(path))
        }
        return texts
    }
}

extension TextSource {
    /// The path, or nothing.
    fileprivate var path: String {
        if case .file(let path) = self { path } else { "" }
    }
}

extension ServerTLSSettings: MadeOfTexts {
    var sources: [TextSource] {
        certificates.flatMap(\.sources)
            + (clients?.authorities.map { [$0] } ?? [])
    }
}

extension ClientTLSSettings: MadeOfTexts {
    var sources: [TextSource] {
        (certificate?.sources ?? [])
            + (trust?.authorities.map { [$0] } ?? [])
    }
}
