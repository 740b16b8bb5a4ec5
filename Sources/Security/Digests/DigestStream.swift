internal import COpenSSL

/// A SHA-256 digest of bytes that arrive in pieces.
@safe public final class DigestStream {
    private let context: OpaquePointer

    /// Starts a digest.
    public init() {
        guard let context = unsafe EVP_MD_CTX_new(),
            unsafe EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1
        else { preconditionFailure("OpenSSL has no SHA-256") }
        unsafe self.context = context
    }

    deinit {
        unsafe EVP_MD_CTX_free(context)
    }

    /// Adds bytes.
    public func update(_ bytes: [UInt8]) {
        let result = unsafe EVP_DigestUpdate(context, bytes, bytes.count)
        precondition(result == 1)
    }

    /// The digest of everything that was added, 32 bytes; starts again from nothing.
    public func finish() -> [UInt8] {
        var output = [UInt8](repeating: 0, count: 32)
        let result = unsafe EVP_DigestFinal_ex(context, &output, nil)
        precondition(result == 1)
        let restart = unsafe EVP_DigestInit_ex(context, EVP_sha256(), nil)
        precondition(restart == 1)
        return output
    }
}
