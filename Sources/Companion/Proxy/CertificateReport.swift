internal import Basics
internal import Formats
internal import Proxying
internal import Reactor
internal import Security
internal import System

/// The certificates that listeners show, for `/certs`.
@MainLoop enum CertificateReport {
    /// One object for each certificate, in Envoy's words.
    static func of(_ configuration: ProxyConfiguration?) -> [JSON] {
        let now = Loop.main.moment.wall
        var found: [JSON] = []
        for listener in configuration?.listeners ?? [] {
            for certificate in listener.chains.compactMap(\.tls).flatMap(\.certificates) {
                found.append(entry(certificate, listener.name, now))
            }
        }
        return found
    }

    private static func entry(
        _ settings: CertificateSettings,
        _ listener: String,
        _ now: Timestamp
    ) -> JSON {
        var path = "<inline>"
        if case .file(let file) = settings.chain { path = file }
        var identity = TLSIdentity(
            certificates: text(settings.chain),
            privateKey: text(settings.privateKey),
            certificatesPath: path
        )
        switch settings.staple {
        case .file(let file): identity.staple = try? Files.read(file, limit: 1 << 20)
        case .inline(let inline): identity.staple = Base64.decode(inline)
        case nil: break
        }
        if identity.staple?.isEmpty == true { identity.staple = nil }
        guard let report = try? identity.check(at: now) else {
            return ["listener": .string(listener), "path": .string(path), "error": "not usable"]
        }
        let certificate = report.certificate
        let days = (certificate.end - now).components.seconds / 86_400
        var shown: JSON = [
            "path": .string(path), "serial_number": .string(certificate.serial),
            "subject": .string(certificate.subject),
            "subject_alt_names": .strings(certificate.names),
            "days_until_expiration": .string("\(days)"),
            "valid_from": .string(certificate.start.rfc3339),
            "expiration_time": .string(certificate.end.rfc3339),
        ]
        if let staple = report.staple {
            shown["ocsp_details"] = [
                "valid_from": .string(staple.start.rfc3339),
                "expiration": .string(staple.end?.rfc3339 ?? ""),
            ]
        }
        return ["listener": .string(listener), "cert_chain": [shown]]
    }

    private static func text(_ source: TextSource) -> String {
        switch source {
        case .file(let file): (try? Files.text(file, limit: 1 << 20)) ?? ""
        case .inline(let inline): inline
        }
    }
}
