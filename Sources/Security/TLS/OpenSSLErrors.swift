internal import Basics
internal import COpenSSL

/// The error queue of OpenSSL, which belongs to the thread.
enum OpenSSLErrors {
    /// OpenSSL's number of why the oldest error came, which stays on the queue; 0 if there is none.
    static var oldestReason: Int32 { ERR_GET_REASON(ERR_peek_error()) }

    /// Takes the oldest error off the queue and empties it.
    static func take() -> String {
        let code = ERR_get_error()
        ERR_clear_error()
        guard code != 0 else { return "" }
        if let reason = unsafe ERR_reason_error_string(code) {
            return unsafe String(cString: reason)
        }
        var text = [CChar](repeating: 0, count: 256)
        unsafe ERR_error_string_n(code, &text, text.count)
        let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A failure with the oldest error of the queue as its cause.
    static func failure(_ what: String) -> Failure {
        Failure(.unavailable, what, cause: take())
    }
}
