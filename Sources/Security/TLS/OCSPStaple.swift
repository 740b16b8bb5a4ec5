import Basics
import COpenSSL

/// A response that may be stapled to handshakes that show its certificate.
///
/// Nothing changes it after it is made, so that handshakes of all threads can use it.
@safe final class OCSPStaple: @unchecked Sendable {
    /// The response as it is sent, DER.
    let bytes: [UInt8]
    /// What it says.
    let facts: OCSPResponse
    private let basic: Basic
    private let start: UnsafeMutablePointer<ASN1_TIME>?
    private let end: UnsafeMutablePointer<ASN1_TIME>?

    /// The owner of a response that was read.
    @safe private final class Basic {
        let pointer: OpaquePointer
        init(_ pointer: OpaquePointer) { unsafe self.pointer = pointer }
        deinit { unsafe OCSP_BASICRESP_free(pointer) }
    }

    /// Reads a response for a certificate.
    ///
    /// - Parameters:
    ///   - bytes: The response, DER.
    ///   - certificate: The certificate that it must be for.
    ///   - chain: The certificates above it: the signature is checked if its issuer is among them.
    /// - Throws: `Failure` with the reason if a client could not use it.
    init(
        _ bytes: [UInt8],
        for certificate: PEM.Certificate,
        chain: [PEM.Certificate]
    ) throws(Failure) {
        defer { ERR_clear_error() }
        let basic = try Self.basic(bytes)
        var single: OpaquePointer?
        for index in 0..<(unsafe OCSP_resp_count(basic.pointer)) {
            guard let other = unsafe OCSP_resp_get0(basic.pointer, index) else { continue }
            if unsafe Self.isFor(certificate, other) { unsafe single = other }
        }
        guard let single = unsafe single else {
            throw Failure(.invalid, "the response is for another certificate")
        }
        var start: UnsafeMutablePointer<ASN1_TIME>?
        var end: UnsafeMutablePointer<ASN1_TIME>?
        let status = unsafe OCSP_single_get0_status(single, nil, nil, &start, &end)
        facts = OCSPResponse(
            status: status == V_OCSP_CERTSTATUS_GOOD
                ? .good : status == V_OCSP_CERTSTATUS_REVOKED ? .revoked : .unknown,
            start: unsafe TLSCertificate.time(start),
            end: unsafe end.map { unsafe TLSCertificate.time($0) }
        )
        self.bytes = bytes
        self.basic = basic
        unsafe self.start = start
        unsafe self.end = end
        // An old one may be signed by a responder whose own certificate has ended since.
        guard isCurrent else { return }
        let issuer = chain.first {
            unsafe X509_check_issued($0.pointer, certificate.pointer) == X509_V_OK
        }
        if let issuer { try Self.verify(basic, issuer) }
    }

    /// Whether it may be sent now: good, and neither too early nor too late.
    var isCurrent: Bool {
        guard facts.status == .good else { return false }
        if let start = unsafe start, unsafe Self.seconds(until: start) > Self.skew { return false }
        if let end = unsafe end { return unsafe X509_cmp_current_time(end) > 0 }
        return true
    }

    /// How many seconds the responder's clock may be ahead, as OpenSSL's own programs allow.
    static let skew = 300

    private static func seconds(until time: UnsafePointer<ASN1_TIME>) -> Int {
        var days: Int32 = 0
        var seconds: Int32 = 0
        // Without a beginning it counts from now.
        guard unsafe ASN1_TIME_diff(&days, &seconds, nil, time) == 1 else { return 0 }
        return Int(days) * 86_400 + Int(seconds)
    }

    private static func basic(_ bytes: [UInt8]) throws(Failure) -> Basic {
        var rest = bytes.count
        let response = unsafe bytes.withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return unsafe OpaquePointer?.none }
            var position: UnsafePointer<UInt8>? = unsafe start
            let response = unsafe d2i_OCSP_RESPONSE(nil, &position, buffer.count)
            if let position = unsafe position { rest -= unsafe position - start }
            return unsafe response
        }
        guard let response = unsafe response else {
            throw Failure(.invalid, "it is no OCSP response in DER form")
        }
        defer { unsafe OCSP_RESPONSE_free(response) }
        guard rest == 0 else {
            throw Failure(.invalid, "there are \(rest) bytes after its end")
        }
        let status = unsafe OCSP_response_status(response)
        guard status == OCSP_RESPONSE_STATUS_SUCCESSFUL else {
            let words = unsafe OCSP_response_status_str(Int(status))
            let text = unsafe words.map { unsafe String(cString: $0) } ?? "\(status)"
            throw Failure(.invalid, "the responder gave no answer but \"\(text)\"")
        }
        guard let basic = unsafe OCSP_response_get1_basic(response) else {
            throw Failure(.invalid, "it is of a kind that no client knows")
        }
        return unsafe Basic(basic)
    }

    private static func isFor(_ certificate: PEM.Certificate, _ single: OpaquePointer) -> Bool {
        var serial: UnsafeMutablePointer<ASN1_INTEGER>?
        let id = unsafe OCSP_SINGLERESP_get0_id(single)
        guard unsafe OCSP_id_get0_info(nil, nil, nil, &serial, id) == 1 else {
            return false
        }
        let own = unsafe X509_get0_serialNumber(certificate.pointer)
        return unsafe ASN1_INTEGER_cmp(serial, own) == 0
    }

    /// Checks that the issuer, or a responder that it has named, has signed.
    private static func verify(_ basic: Basic, _ issuer: PEM.Certificate) throws(Failure) {
        guard let store = unsafe X509_STORE_new(), let list = unsafe OPENSSL_sk_new_null() else {
            throw OpenSSLErrors.failure("cannot check who has signed the response")
        }
        defer {
            unsafe OPENSSL_sk_free(list)
            unsafe X509_STORE_free(store)
        }
        _ = unsafe X509_STORE_add_cert(store, issuer.pointer)
        _ = unsafe X509_STORE_set_flags(store, UInt(X509_V_FLAG_PARTIAL_CHAIN))
        _ = unsafe OPENSSL_sk_push(list, UnsafeRawPointer(issuer.pointer))
        guard unsafe OCSP_basic_verify(basic.pointer, list, store, 0) == 1 else {
            throw Failure(
                .invalid,
                "the certificate's issuer has not signed the response",
                cause: OpenSSLErrors.take()
            )
        }
    }
}
