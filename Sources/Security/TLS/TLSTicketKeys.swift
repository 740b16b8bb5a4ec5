public import Basics
internal import COpenSSL
import Synchronization

/// The keys that seal sessions for their resumption (tickets), shared by all workers and contexts.
///
/// New tickets are sealed with the newest key; those of older keys are still opened, and renewed.
/// Whoever owns the keys calls `rotate` now and then: a stolen key opens what was recorded since.
public final class TLSTicketKeys: Sendable {
    struct Key: Sendable {
        let name: [UInt8]
        let cipher: [UInt8]
        let digest: [UInt8]

        init() {
            name = Self.random(16)
            cipher = Self.random(32)
            digest = Self.random(32)
        }

        /// Bytes of the kernel's: who serves no TLS needs no generator of OpenSSL's, which costs its start.
        private static func random(_ count: Int) -> [UInt8] {
            var kernel = SystemRandomNumberGenerator()
            return (0..<count).map { _ in UInt8(truncatingIfNeeded: kernel.next()) }
        }
    }

    private let keys: Mutex<[Key]>
    /// When `rotate(at:every:)` is due.
    private let due = Mutex<Instant?>(nil)
    private let keepsMaximum: Int

    /// Makes keys of which the first is used at once; `keepsMaximum` is how many are known at a time.
    public init(keepsMaximum: Int = 3) {
        precondition(keepsMaximum > 0)
        self.keepsMaximum = keepsMaximum
        keys = Mutex([Key()])
    }

    /// Makes a new key for new tickets; the oldest is forgotten.
    public func rotate() {
        let fresh = Key()
        keys.withLock { keys in
            keys.insert(fresh, at: 0)
            if keys.count > keepsMaximum { keys.removeLast() }
        }
    }

    /// Makes new keys if a period has passed since the last ones, as many as periods have passed.
    ///
    /// The first call begins the first period. Whoever sleeps through several periods has no key that is
    /// older than they allow.
    /// - Returns: When to call again.
    public func rotate(at now: Instant, every period: Duration) -> Instant {
        let (count, next) = due.withLock { due -> (Int, Instant) in
            var count = 0
            var next = due ?? now + period
            while next <= now, count < keepsMaximum {
                count += 1
                next = next + period
            }
            if next <= now { next = now + period }
            due = next
            return (count, next)
        }
        for _ in 0..<count { rotate() }
        return next
    }

    /// The key for new tickets.
    var newest: Key { keys.withLock { $0[0] } }

    /// The key of a name, and whether it is the newest.
    func find(_ name: UnsafeBufferPointer<UInt8>) -> (key: Key, isNewest: Bool)? {
        keys.withLock { keys in
            for (index, key) in keys.enumerated() where unsafe name.elementsEqual(key.name) {
                return (key, index == 0)
            }
            return nil
        }
    }

    /// OpenSSL's question for a key: 0 for a ticket of an unknown key, 2 to renew it, -1 for trouble.
    static let callback:
        @convention(c) (
            OpaquePointer?, UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<UInt8>?,
            OpaquePointer?, OpaquePointer?, Int32
        ) -> Int32 = { session, name, vector, cipher, digest, seals in
            guard let session = unsafe session, let name = unsafe name,
                let vector = unsafe vector,
                let state = unsafe ServerState.of(session)
            else { return -1 }
            let answer = unsafe state.tickets.prepare(
                name,
                vector,
                cipher,
                digest,
                seals: seals == 1
            )
            // A client of TLS 1.3 uses a ticket once: without a new one it could not come back.
            let renews = unsafe answer == 1 && seals == 0 && SSL_version(session) == TLS1_3_VERSION
            return renews ? 2 : answer
        }

    private func prepare(
        _ name: UnsafeMutablePointer<UInt8>,
        _ vector: UnsafeMutablePointer<UInt8>,
        _ cipher: OpaquePointer?,
        _ digest: OpaquePointer?,
        seals: Bool
    ) -> Int32 {
        if seals {
            let key = newest
            guard unsafe RAND_bytes(vector, 16) == 1 else { return -1 }
            unsafe name.update(from: key.name, count: 16)
            let result = unsafe EVP_EncryptInit_ex(
                cipher,
                EVP_aes_256_cbc(),
                nil,
                key.cipher,
                vector
            )
            return unsafe result == 1 && Self.set(digest, key.digest) ? 1 : -1
        }
        let shown = unsafe UnsafeBufferPointer(start: name, count: 16)
        guard let (key, isNewest) = unsafe find(shown) else { return 0 }
        let result = unsafe EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), nil, key.cipher, vector)
        guard unsafe result == 1 && Self.set(digest, key.digest) else { return -1 }
        return isNewest ? 1 : 2
    }

    private static func set(_ digest: OpaquePointer?, _ key: [UInt8]) -> Bool {
        // OpenSSL keeps the addresses of all of these, so that none may be a passing copy.
        var key = key
        var function = Array("SHA256".utf8CString)
        var names = Array("key\0digest".utf8CString)
        return unsafe key.withUnsafeMutableBytes { key in
            unsafe function.withUnsafeMutableBufferPointer { function in
                unsafe names.withUnsafeMutableBufferPointer { names in
                    guard let first = names.baseAddress else { return false }
                    var parameters = unsafe [
                        OSSL_PARAM_construct_octet_string(first, key.baseAddress, key.count),
                        OSSL_PARAM_construct_utf8_string(first + 4, function.baseAddress, 0),
                        OSSL_PARAM_construct_end(),
                    ]
                    return unsafe EVP_MAC_CTX_set_params(digest, &parameters) == 1
                }
            }
        }
    }
}
