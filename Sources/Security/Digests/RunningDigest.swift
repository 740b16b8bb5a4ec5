internal import COpenSSL

/// A digest of bytes that come piece by piece, by one of the named algorithms.
@safe public final class RunningDigest {
    private let context: OpaquePointer?
    private let algorithm: NamedDigest

    /// Starts the digest of nothing.
    public init(_ algorithm: NamedDigest) {
        self.algorithm = algorithm
        unsafe context = EVP_MD_CTX_new()
        restart()
    }

    deinit { unsafe EVP_MD_CTX_free(context) }

    /// Forgets what was added.
    public func restart() {
        let isReady = unsafe EVP_DigestInit_ex(context, algorithm.algorithm, nil) == 1
        precondition(isReady, "OpenSSL has no \(algorithm.rawValue), or memory ran out")
    }

    /// Adds bytes.
    public func update(_ bytes: [UInt8]) {
        _ = unsafe bytes.withUnsafeBytes { buffer in
            unsafe EVP_DigestUpdate(context, buffer.baseAddress, buffer.count)
        }
    }

    /// The digest; nothing may be added before `restart`.
    public func finish() -> [UInt8] {
        var output = [UInt8](repeating: 0, count: 64)
        var count: UInt32 = 0
        _ = unsafe EVP_DigestFinal_ex(context, &output, &count)
        return Array(output[..<Int(count)])
    }
}
