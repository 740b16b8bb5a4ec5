import Basics
import COpenSSL

/// Which OCSP response is sent with which certificate of a server.
@safe final class StapleTable {
    private struct Entry {
        let staple: OCSPStaple?
        let policy: TLSServerOptions.StaplePolicy
    }

    /// By the certificate, which belongs to the contexts of the server.
    private var entries: [OpaquePointer: Entry] = unsafe [:]

    /// `nil` if there is nothing to send, and nobody to be refused.
    init?(_ identities: [LoadedIdentity], _ policy: TLSServerOptions.StaplePolicy) {
        for identity in identities where identity.staple != nil || policy == .required {
            unsafe entries[identity.own.pointer] = Entry(
                staple: identity.staple,
                policy: identity.wantsStaple ? .required : policy
            )
        }
        if unsafe entries.isEmpty { return nil }
    }

    /// Lets a context ask this table, which must outlive it.
    func attach(to context: TLSContext) {
        let callback = unsafe unsafeBitCast(Self.asked, to: (@convention(c) () -> Void).self)
        let pointer = unsafe context.pointer
        _ = unsafe SSL_CTX_callback_ctrl(pointer, SSL_CTRL_SET_TLSEXT_STATUS_REQ_CB, callback)
        _ = unsafe SSL_CTX_ctrl(
            pointer,
            SSL_CTRL_SET_TLSEXT_STATUS_REQ_CB_ARG,
            0,
            Unmanaged.passUnretained(self).toOpaque()
        )
    }

    /// A client asks for the response of the certificate that it is about to be shown.
    private static let asked: @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?) -> Int32 = {
        session,
        argument in
        guard let session = unsafe session, let argument = unsafe argument,
            let certificate = unsafe SSL_get_certificate(session)
        else { return SSL_TLSEXT_ERR_NOACK }
        let table = unsafe Unmanaged<StapleTable>.fromOpaque(argument).takeUnretainedValue()
        guard let entry = unsafe table.entries[certificate] else { return SSL_TLSEXT_ERR_NOACK }
        if let staple = entry.staple, staple.isCurrent {
            return unsafe send(staple.bytes, session)
                ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK
        }
        switch entry.policy {
        case .lenient: return SSL_TLSEXT_ERR_NOACK
        case .strict:
            return entry.staple == nil ? SSL_TLSEXT_ERR_NOACK : SSL_TLSEXT_ERR_ALERT_FATAL
        case .required: return SSL_TLSEXT_ERR_ALERT_FATAL
        }
    }

    private static func send(_ bytes: [UInt8], _ session: OpaquePointer) -> Bool {
        // The session frees it.
        guard let copy = unsafe CRYPTO_malloc(bytes.count, "", 0) else { return false }
        unsafe copy.copyMemory(from: bytes, byteCount: bytes.count)
        let command = SSL_CTRL_SET_TLSEXT_STATUS_REQ_OCSP_RESP
        return unsafe SSL_ctrl(session, command, bytes.count, copy) == 1
    }
}
