public import Basics
internal import COpenSSL

/// What a certificate says, for logs, routes and checks.
public struct TLSCertificate: Sendable, Hashable {
    /// The subject, as RFC 2253 writes it.
    public var subject: String
    /// The common name of the subject; `nil` if there is none.
    public var commonName: String?
    /// The organizations of the subject, in order.
    public var organizations: [String]
    /// The issuer, as RFC 2253 writes it.
    public var issuer: String
    /// The subject as OpenSSL wrote it long ago: `/C=DE/CN=me`.
    public var subjectLine: String
    /// The issuer as OpenSSL wrote it long ago.
    public var issuerLine: String
    /// The serial number in upper-case hex.
    public var serial: String
    /// The alternative names: DNS names, URIs, mail addresses and IP addresses.
    public var names: [String]
    /// The DNS names among them.
    public var domains: [String]
    /// The URIs among them.
    public var uris: [String]
    /// The mail addresses among them.
    public var mails: [String]
    /// The IP addresses among them.
    public var addresses: [String]
    /// The DNS names among them, or the common name of a certificate without any.
    public var hosts: [String]
    /// The SHA-256 fingerprint in lower-case hex.
    public var fingerprint: String
    /// The SHA-1 fingerprint in lower-case hex.
    public var oldFingerprint: String
    /// When it begins to hold.
    public var start: Timestamp
    /// When it ends.
    public var end: Timestamp

    init(_ certificate: OpaquePointer) {
        unsafe subject = Self.text(X509_get_subject_name(certificate))
        unsafe issuer = Self.text(X509_get_issuer_name(certificate))
        unsafe subjectLine = Self.line(X509_get_subject_name(certificate))
        unsafe issuerLine = Self.line(X509_get_issuer_name(certificate))
        unsafe serial = Self.serial(certificate)
        unsafe fingerprint = Self.fingerprint(certificate)
        unsafe oldFingerprint = Self.digest(certificate, EVP_sha1())
        let found = unsafe CertificateNames.all(certificate)
        names = found.map(\.text)
        domains = found.filter { $0.kind == .domain }.map(\.text)
        uris = found.filter { $0.kind == .uri }.map(\.text)
        mails = found.filter { $0.kind == .mail }.map(\.text)
        addresses = found.filter { $0.kind == .address }.map(\.text)
        hosts = domains
        unsafe commonName = CertificateNames.common(certificate)
        unsafe organizations = CertificateNames.organizations(certificate)
        if hosts.isEmpty, let common = commonName { hosts = [common] }
        unsafe start = Self.time(X509_get0_notBefore(certificate))
        unsafe end = Self.time(X509_get0_notAfter(certificate))
    }

    static func fingerprint(_ certificate: OpaquePointer) -> String {
        unsafe digest(certificate, EVP_sha256())
    }

    private static func digest(_ certificate: OpaquePointer, _ kind: OpaquePointer?) -> String {
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        guard unsafe X509_digest(certificate, kind, &digest, &count) == 1 else { return "" }
        return Digest.hexadecimal(Array(digest.prefix(Int(count))))
    }

    private static func line(_ name: OpaquePointer?) -> String {
        guard let text = unsafe X509_NAME_oneline(name, nil, 0) else { return "" }
        defer { unsafe CRYPTO_free(text, "", 0) }
        return unsafe String(cString: text)
    }

    private static func text(_ name: OpaquePointer?) -> String {
        guard let stream = unsafe BIO_new(BIO_s_mem()) else { return "" }
        defer { _ = unsafe BIO_free(stream) }
        // XN_FLAG_RFC2253 without the escaping of UTF-8.
        let flags: UInt = 0x0111_0317 & ~0x4
        guard unsafe X509_NAME_print_ex(stream, name, 0, flags) >= 0 else { return "" }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = unsafe BIO_read(stream, &bytes, Int32(bytes.count))
        return String(decoding: bytes.prefix(max(0, Int(count))), as: UTF8.self)
    }

    private static func serial(_ certificate: OpaquePointer) -> String {
        let number = unsafe X509_get0_serialNumber(certificate)
        guard let number = unsafe number, let big = unsafe ASN1_INTEGER_to_BN(number, nil) else {
            return ""
        }
        defer { unsafe BN_free(big) }
        guard let text = unsafe BN_bn2hex(big) else { return "" }
        defer { unsafe CRYPTO_free(text, "", 0) }
        return unsafe String(cString: text)
    }

    static func time(_ moment: UnsafePointer<ASN1_TIME>?) -> Timestamp {
        guard let moment = unsafe moment, let epoch = unsafe ASN1_TIME_set(nil, 0) else {
            return Timestamp(nanoseconds: 0)
        }
        defer { unsafe ASN1_STRING_free(epoch) }
        var days: Int32 = 0
        var seconds: Int32 = 0
        guard unsafe ASN1_TIME_diff(&days, &seconds, epoch, moment) == 1 else {
            return Timestamp(nanoseconds: 0)
        }
        let whole = Int64(days) * 86_400 + Int64(seconds)
        // The year 9999, "no end", is beyond what nanoseconds can count.
        let (nanoseconds, isTooFar) = whole.multipliedReportingOverflow(by: 1_000_000_000)
        return Timestamp(nanoseconds: isTooFar ? (whole > 0 ? .max : .min) : nanoseconds)
    }
}

/// The names that a certificate carries.
enum CertificateNames {
    /// What a name is.
    enum Kind {
        case domain
        case uri
        case mail
        case address
    }

    /// The alternative names, and what each is.
    static func all(_ certificate: OpaquePointer) -> [(text: String, kind: Kind)] {
        let found = unsafe X509_get_ext_d2i(certificate, NID_subject_alt_name, nil, nil)
        guard let found = unsafe found else { return [] }
        let list = OpaquePointer(found)
        defer { unsafe GENERAL_NAMES_free(list) }
        var names: [(text: String, kind: Kind)] = []
        for index in 0..<(unsafe OPENSSL_sk_num(list)) {
            guard let value = unsafe OPENSSL_sk_value(list, index) else { continue }
            let name = unsafe value.assumingMemoryBound(to: GENERAL_NAME.self)
            var kind: Int32 = 0
            guard let content = unsafe GENERAL_NAME_get0_value(name, &kind) else { continue }
            let known: Kind
            switch kind {
            case GEN_DNS: known = .domain
            case GEN_URI: known = .uri
            case GEN_EMAIL: known = .mail
            case GEN_IPADD: known = .address
            default: continue
            }
            let bytes = unsafe Self.bytes(content.assumingMemoryBound(to: ASN1_STRING.self))
            if known == .address {
                names.append((IPText.text(bytes), known))
            } else if !bytes.contains(0) {
                // A zero inside is an attack on readers of C strings.
                names.append((String(decoding: bytes, as: UTF8.self), known))
            }
        }
        return names
    }

    /// The common name of the subject.
    static func common(_ certificate: OpaquePointer) -> String? {
        unsafe subject(certificate, NID_commonName).first
    }

    /// The organizations of the subject.
    static func organizations(_ certificate: OpaquePointer) -> [String] {
        unsafe subject(certificate, NID_organizationName)
    }

    /// The parts of the subject of one kind, up to the first that a reader of C strings would cut.
    private static func subject(_ certificate: OpaquePointer, _ kind: Int32) -> [String] {
        let subject = unsafe X509_get_subject_name(certificate)
        var parts: [String] = []
        var index: Int32 = -1
        while true {
            unsafe index = X509_NAME_get_index_by_NID(subject, kind, index)
            guard index >= 0, let entry = unsafe X509_NAME_get_entry(subject, index),
                let text = unsafe X509_NAME_ENTRY_get_data(entry)
            else { return parts }
            let bytes = unsafe Self.bytes(text)
            guard !bytes.contains(0) else { return parts }
            parts.append(String(decoding: bytes, as: UTF8.self))
        }
    }

    private static func bytes(_ text: UnsafePointer<ASN1_STRING>) -> [UInt8] {
        let count = unsafe Int(ASN1_STRING_length(text))
        return unsafe Array(
            UnsafeBufferPointer(start: ASN1_STRING_get0_data(text), count: count)
        )
    }
}
