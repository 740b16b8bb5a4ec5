public import Basics
internal import COpenSSL

/// What all sessions of a TLS client have in common; from any thread.
///
/// Safe to share because OpenSSL locks its contexts, and nothing is changed after they are made.
public final class TLSClientContext: @unchecked Sendable {
    let context: TLSContext
    private let isVerifying: Bool

    /// Makes a context.
    ///
    /// - Throws: `Failure` if an option cannot be used.
    public init(_ options: TLSOptions) throws(Failure) {
        context = try TLSContext(client: options)
        isVerifying = options.verification != .none
    }

    func prepare(_ session: OpaquePointer, serverName: String) throws(Failure) {
        guard !IPText.isAddress(serverName) else { return }
        var name = Array(serverName.utf8CString)
        let command = Int32(SSL_CTRL_SET_TLSEXT_HOSTNAME)
        _ = unsafe SSL_ctrl(session, command, Int(TLSEXT_NAMETYPE_host_name), &name)
        if isVerifying { _ = unsafe SSL_set1_host(session, serverName) }
    }
}
