public import Basics
internal import COpenSSL

/// An authority of its own: signs certificates for the servers and clients of one engine.
public struct CertificateAuthority: Sendable {
    /// The authority's certificate as PEM.
    public let certificate: String
    /// The authority's key.
    public let key: SigningKey

    /// A certificate that the authority signed, and its key; both PEM.
    public struct Leaf: Sendable, Hashable {
        /// The certificate.
        public var certificate: String
        /// The private key; secret.
        public var privateKey: String
    }

    /// Makes an authority that signs itself.
    ///
    /// - Throws: `invalid` for a name that cannot be written.
    public init(named name: String, life: Duration, at now: Timestamp) throws(Failure) {
        let request = CertificateRequest(commonName: name, use: .server, life: life)
        try request.check()
        let key = try SigningKey()
        let draft = try CertificateDraft(request, key: key, from: now, until: now + life)
        try draft.extend(NID_basic_constraints, "critical,CA:TRUE", issuer: nil)
        try draft.extend(
            NID_key_usage,
            "critical,digitalSignature,keyCertSign,cRLSign",
            issuer: nil
        )
        try draft.extend(NID_subject_key_identifier, "hash", issuer: nil)
        certificate = try draft.signed(by: key, issuer: nil)
        self.key = key
    }

    /// Takes an authority that was made before.
    ///
    /// - Throws: `invalid` if the texts are broken or do not belong to each other.
    public init(certificate: String, privateKey: String) throws(Failure) {
        _ = try LoadedIdentity(TLSIdentity(certificates: certificate, privateKey: privateKey))
        self.certificate = certificate
        key = try SigningKey(pem: privateKey)
    }

    /// When the authority's certificate ends.
    ///
    /// - Throws: `invalid` if it cannot be read.
    public var end: Timestamp {
        get throws(Failure) { try Self.facts(certificate).end }
    }

    /// Signs a certificate for a new key; it begins a minute ago, for clocks that are late.
    ///
    /// - Throws: `invalid` for names that cannot be written.
    public func issue(_ request: CertificateRequest, at now: Timestamp) throws(Failure) -> Leaf {
        try request.check()
        let leafKey = try SigningKey()
        let issuer = try PEM.certificates(certificate)[0]
        let draft = try CertificateDraft(
            request,
            key: leafKey,
            from: now + .seconds(-60),
            until: min(now + request.life, try end)
        )
        try draft.extend(NID_basic_constraints, "critical,CA:FALSE", issuer: issuer)
        try draft.extend(NID_key_usage, "critical,digitalSignature", issuer: issuer)
        let use = request.use == .server ? "serverAuth" : "clientAuth"
        try draft.extend(NID_ext_key_usage, use, issuer: issuer)
        try draft.extend(NID_subject_key_identifier, "hash", issuer: issuer)
        try draft.extend(NID_authority_key_identifier, "keyid:always", issuer: issuer)
        if !request.hosts.isEmpty {
            let names = request.hosts.map { (IPText.isAddress($0) ? "IP:" : "DNS:") + $0 }
            try draft.extend(NID_subject_alt_name, names.joined(separator: ","), issuer: issuer)
        }
        let text = try draft.signed(by: key, issuer: issuer)
        return Leaf(certificate: text, privateKey: leafKey.pem)
    }

    /// What the first certificate of a text says.
    ///
    /// - Throws: `invalid` if there is none.
    public static func facts(_ pem: String) throws(Failure) -> TLSCertificate {
        guard let first = try PEM.certificates(pem).first else {
            throw Failure(.invalid, "cannot read a certificate", cause: "the text holds none")
        }
        return unsafe TLSCertificate(first.pointer)
    }
}

/// A certificate that is not signed yet.
@safe private final class CertificateDraft {
    private let pointer: OpaquePointer

    init(
        _ request: CertificateRequest,
        key: SigningKey,
        from start: Timestamp,
        until end: Timestamp
    ) throws(Failure) {
        guard let made = unsafe X509_new() else { throw Self.failure }
        unsafe pointer = made
        // Version 3 is written as 2.
        var isGood = unsafe X509_set_version(pointer, 2) == 1
        isGood = unsafe isGood && X509_set_pubkey(pointer, key.pointer) == 1
        isGood = isGood && setSerial() && setTimes(start, end)
        let subject = unsafe X509_get_subject_name(pointer)
        for organization in request.organizations {
            isGood = unsafe isGood && Self.add("O", organization, to: subject)
        }
        isGood = unsafe isGood && Self.add("CN", request.commonName, to: subject)
        guard isGood else { throw Self.failure }
    }

    deinit { unsafe X509_free(pointer) }

    /// Adds an extension, written as in openssl.cnf.
    func extend(
        _ kind: Int32,
        _ value: String,
        issuer: PEM.Certificate?
    ) throws(Failure) {
        var context = unsafe X509V3_CTX()
        unsafe X509V3_set_ctx(&context, issuer?.pointer ?? pointer, pointer, nil, nil, 0)
        guard let made = unsafe X509V3_EXT_conf_nid(nil, &context, kind, value) else {
            throw Self.failure
        }
        defer { unsafe X509_EXTENSION_free(made) }
        guard unsafe X509_add_ext(pointer, made, -1) == 1 else { throw Self.failure }
    }

    /// Signs it and gives it as PEM; without an issuer it is its own.
    func signed(by key: SigningKey, issuer: PEM.Certificate?) throws(Failure) -> String {
        let name = unsafe X509_get_subject_name(issuer?.pointer ?? pointer)
        guard unsafe X509_set_issuer_name(pointer, name) == 1,
            unsafe X509_sign(pointer, key.pointer, EVP_sha256()) > 0,
            let text = unsafe PEM.text(pointer)
        else { throw Self.failure }
        return text
    }

    private static var failure: Failure { OpenSSLErrors.failure("cannot make a certificate") }

    private func setSerial() -> Bool {
        // 127 random bits: positive, as RFC 5280 wants it.
        var bytes = SecureRandom.bytes(16)
        bytes[0] &= 0x7F
        let number = unsafe BN_bin2bn(bytes, Int32(bytes.count), nil)
        defer { unsafe BN_free(number) }
        return unsafe BN_to_ASN1_INTEGER(number, X509_get_serialNumber(pointer)) != nil
    }

    private func setTimes(_ start: Timestamp, _ end: Timestamp) -> Bool {
        unsafe ASN1_TIME_set(X509_getm_notBefore(pointer), Int(start.seconds)) != nil
            && ASN1_TIME_set(X509_getm_notAfter(pointer), Int(end.seconds)) != nil
    }

    private static func add(_ field: String, _ text: String, to name: OpaquePointer?) -> Bool {
        let bytes = Array(text.utf8)
        return unsafe X509_NAME_add_entry_by_txt(
            name,
            field,
            Int32(MBSTRING_FLAG | 0),
            bytes,
            Int32(bytes.count),
            -1,
            0
        ) == 1
    }
}
