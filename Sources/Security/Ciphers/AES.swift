internal import COpenSSL

/// AES (FIPS 197) with keys of 16, 24 or 32 bytes, in modes without authentication.
///
/// For formats and scripts that fix them; new protocols want `AuthenticatedCipher`.
public enum AES {
    /// How blocks are chained.
    public enum Mode: Sendable, Hashable {
        /// Cipher block chaining; whole blocks only.
        case cbc
        /// Cipher feedback of 128 bits.
        case cfb
        /// Output feedback.
        case ofb
        /// A counter of 64 bits in the last eight bytes, big end first.
        case counterBigEndian
        /// A counter of 64 bits in the first eight bytes, little end first.
        case counterLittleEndian
    }

    /// Encrypts or decrypts bytes.
    ///
    /// The vector has 16 bytes. Nil if the key, the vector or (with `cbc`) the bytes have a wrong length.
    public static func apply(
        _ mode: Mode,
        key: [UInt8],
        vector: [UInt8],
        to bytes: [UInt8],
        encrypts: Bool
    ) -> [UInt8]? {
        guard [16, 24, 32].contains(key.count), vector.count == 16 else { return nil }
        switch mode {
        case .cbc:
            guard bytes.count % 16 == 0 else { return nil }
            return run(cipher("CBC", key), key, vector, bytes, encrypts: encrypts)
        case .cfb: return run(cipher("CFB", key), key, vector, bytes, encrypts: encrypts)
        case .ofb: return run(cipher("OFB", key), key, vector, bytes, encrypts: encrypts)
        case .counterBigEndian, .counterLittleEndian:
            let blocks = (bytes.count + 15) / 16
            var counters: [UInt8] = []
            counters.reserveCapacity(blocks * 16)
            for number in 0..<blocks { counters += block(mode, vector, UInt64(number)) }
            guard let stream = run(cipher("ECB", key), key, [], counters, encrypts: true) else {
                return nil
            }
            return zip(bytes, stream).map { $0 ^ $1 }
        }
    }

    /// The vector with its counter so much further.
    private static func block(_ mode: Mode, _ vector: [UInt8], _ number: UInt64) -> [UInt8] {
        let isBig = mode == .counterBigEndian
        let part = isBig ? Array(vector[8...]) : Array(vector[..<8].reversed())
        let counter = part.reduce(UInt64(0)) { $0 << 8 | UInt64($1) } &+ number
        let bytes = (0..<8).map { UInt8(truncatingIfNeeded: counter >> (56 - 8 * $0)) }
        return isBig ? vector[..<8] + bytes : bytes.reversed() + vector[8...]
    }

    private static func cipher(_ mode: String, _ key: [UInt8]) -> String {
        "AES-\(key.count * 8)-\(mode)"
    }

    private static func run(
        _ name: String,
        _ key: [UInt8],
        _ vector: [UInt8],
        _ bytes: [UInt8],
        encrypts: Bool
    ) -> [UInt8]? {
        guard let cipher = unsafe EVP_get_cipherbyname(name),
            let context = unsafe EVP_CIPHER_CTX_new()
        else { return nil }
        defer { unsafe EVP_CIPHER_CTX_free(context) }
        var output = [UInt8](repeating: 0, count: bytes.count + 32)
        var count: Int32 = 0
        var last: Int32 = 0
        let direction: Int32 = encrypts ? 1 : 0
        guard unsafe EVP_CipherInit_ex(context, cipher, nil, key, vector, direction) == 1,
            unsafe EVP_CIPHER_CTX_set_padding(context, 0) == 1,
            unsafe EVP_CipherUpdate(context, &output, &count, bytes, Int32(bytes.count)) == 1
        else { return nil }
        var rest = [UInt8](repeating: 0, count: 32)
        guard unsafe EVP_CipherFinal_ex(context, &rest, &last) == 1 else { return nil }
        return Array(output[..<Int(count)]) + rest[..<Int(last)]
    }
}
