public import Basics
internal import COpenSSL

/// A certificate chain and its private key, both PEM texts.
public struct TLSIdentity: Sendable, Hashable {
    /// The certificates, the own first.
    public var certificates: String
    /// The private key.
    public var privateKey: String
    /// Where the certificates come from, for messages; empty if they have no file.
    public var certificatesPath: String
    /// Where the key comes from, for messages.
    public var privateKeyPath: String
    /// The authorities (PEM) that clients' certificates must come from; `nil` asks for none.
    ///
    /// Of use to sessions of servers only.
    public var clientAuthorities: String?
    /// Whether a client without a certificate is refused; of use with `clientAuthorities`.
    public var requiresClientCertificate = true
    /// The password of a private key that is encrypted.
    public var privateKeyPassword: String?
    /// What the authority says about the own certificate (OCSP, DER), for clients that ask; `nil` tells nothing.
    ///
    /// Of use to contexts of servers only. It is sent as long as it holds.
    public var staple: [UInt8]?
    /// Where the staple comes from, for messages.
    public var staplePath = ""

    /// Makes an identity.
    public init(
        certificates: String,
        privateKey: String,
        certificatesPath: String = "",
        privateKeyPath: String = ""
    ) {
        self.certificates = certificates
        self.privateKey = privateKey
        self.certificatesPath = certificatesPath
        self.privateKeyPath = privateKeyPath
    }

    /// What an identity was found to be.
    public struct Report: Sendable, Hashable {
        /// The own certificate.
        public var certificate: TLSCertificate
        /// What the authority says about it; `nil` without a staple.
        public var staple: OCSPResponse?
        /// What works and should still be known: an end that has passed, a chain out of order.
        public var warnings: [String]
    }

    /// Checks that the texts are whole and fit each other.
    ///
    /// - Parameter time: The time at which the certificates should hold.
    /// - Returns: What it is, and what to warn about.
    /// - Throws: `Failure` in one sentence with the path, if a server could not use it.
    public func check(at time: Timestamp) throws(Failure) -> Report {
        try LoadedIdentity(self).report(at: time)
    }
}

extension TLSIdentity {
    /// Why a response that can be read is not stapled.
    fileprivate func warning(about staple: OCSPResponse, at time: Timestamp) -> String? {
        let place = staplePlace
        if staple.status == .revoked { return "\(place) says that the certificate is revoked" }
        if staple.status == .unknown { return "\(place) does not know the certificate" }
        if let end = staple.end, time >= end {
            return "\(place) has expired on \(end.day) and is not sent"
        }
        return time < staple.start - .seconds(OCSPStaple.skew)
            ? "\(place) is not valid before \(staple.start.day) and is not sent" : nil
    }

    fileprivate var staplePlace: String {
        staplePath.isEmpty ? "the OCSP response" : "the OCSP response \(staplePath)"
    }
}

/// An identity as OpenSSL holds it.
final class LoadedIdentity {
    private let identity: TLSIdentity
    let own: PEM.Certificate
    let chain: [PEM.Certificate]
    let key: PEM.Key
    /// The hosts it is good for, normal.
    let hosts: [String]
    /// The kind of the key (RSA, EC, ...): a context holds one identity of each.
    let kind: Int32
    /// What is stapled for it.
    let staple: OCSPStaple?
    /// Whether it tells clients to insist on a staple (RFC 7633).
    let wantsStaple: Bool

    init(_ identity: TLSIdentity) throws(Failure) {
        self.identity = identity
        let path = identity.certificatesPath
        let place = path.isEmpty ? "the TLS certificate" : "the TLS certificate \(path)"
        let keyPath = identity.privateKeyPath
        let keyPlace = keyPath.isEmpty ? "the TLS private key" : "the TLS private key \(keyPath)"
        let found: [PEM.Certificate]
        do throws(Failure) {
            found = try PEM.certificates(identity.certificates)
        } catch {
            throw Failure(.invalid, "cannot use \(place)", cause: error.description)
        }
        guard let first = found.first else {
            throw Failure(.invalid, "cannot use \(place)", cause: "it holds no PEM certificate")
        }
        let key: PEM.Key
        do throws(Failure) {
            key = try PEM.privateKey(identity.privateKey, password: identity.privateKeyPassword)
        } catch {
            throw Failure(
                .invalid,
                "cannot use \(keyPlace)",
                cause: error.cause,
                remedy: error.remedy
            )
        }
        guard unsafe X509_check_private_key(first.pointer, key.pointer) == 1 else {
            let other = found.firstIndex {
                unsafe X509_check_private_key($0.pointer, key.pointer) == 1
            }
            ERR_clear_error()
            if let other {
                throw Failure(
                    .invalid,
                    "cannot use \(place)",
                    cause: "the own certificate is number \(other + 1)",
                    remedy: "put it first"
                )
            }
            throw Failure(
                .invalid,
                "cannot use \(keyPlace)",
                cause: "it does not belong to "
                    + (path.isEmpty ? "the certificate" : "the certificate \(path)")
            )
        }
        self.key = key
        own = first
        chain = Array(found.dropFirst())
        hosts = unsafe TLSCertificate(first.pointer).hosts.map(ServerNames.normal)
        kind = unsafe EVP_PKEY_get_base_id(key.pointer)
        wantsStaple = unsafe X509_get_ext_by_NID(first.pointer, NID_tlsfeature, -1) >= 0
        do throws(Failure) {
            staple = try identity.staple.map { bytes throws(Failure) in
                try OCSPStaple(bytes, for: first, chain: Array(found.dropFirst()))
            }
        } catch {
            throw Failure(
                .invalid,
                "cannot use \(identity.staplePlace)",
                cause: error.description
            )
        }
    }

    /// What it is, and what to warn about at a time.
    func report(at time: Timestamp) -> TLSIdentity.Report {
        let facts = unsafe TLSCertificate(own.pointer)
        var warnings: [String] = []
        let path = identity.certificatesPath
        let place = path.isEmpty ? "the TLS certificate" : path
        let all = [own] + chain
        for (index, certificate) in all.enumerated() {
            let which = index == 0 ? place : "\(place) (certificate \(index + 1))"
            let facts = index == 0 ? facts : unsafe TLSCertificate(certificate.pointer)
            if time >= facts.end {
                warnings.append("\(which) has expired on \(facts.end.day)")
            } else if time < facts.start {
                warnings.append("\(which) is not valid before \(facts.start.day)")
            }
            guard index > 0 else { continue }
            let lower = all[index - 1]
            if unsafe X509_check_issued(certificate.pointer, lower.pointer) != X509_V_OK {
                warnings.append("\(which) did not sign the one before it")
            }
        }
        ERR_clear_error()
        if let staple = staple?.facts {
            warnings += identity.warning(about: staple, at: time).map { [$0] } ?? []
        } else if wantsStaple {
            warnings.append("\(place) says that clients should refuse it without an OCSP response")
        }
        return TLSIdentity.Report(certificate: facts, staple: staple?.facts, warnings: warnings)
    }

    /// Whether it is good for a host, given normal.
    func covers(_ host: String) -> Bool {
        hosts.contains { ServerNames.covers($0, host) }
    }
}

extension Timestamp {
    /// The day (UTC) as `2026-11-21`, for messages.
    fileprivate var day: String {
        // Howard Hinnant's civil_from_days, years from March.
        let days = Int((seconds - ((seconds % 86_400) + 86_400) % 86_400) / 86_400) + 719_468
        let era = (days >= 0 ? days : days - 146_096) / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shifted + 2) / 5 + 1
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(year)-\(two(month))-\(two(day))"
    }
}
