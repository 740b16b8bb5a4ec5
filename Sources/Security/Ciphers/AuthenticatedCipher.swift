internal import COpenSSL

/// ChaCha20-Poly1305 (RFC 8439).
public enum AuthenticatedCipher {
    /// Encrypts bytes; the tag of 16 bytes follows them.
    ///
    /// The key has 32 bytes, the nonce 12. Nil if one of them has a wrong length.
    public static func seal(_ bytes: [UInt8], key: [UInt8], nonce: [UInt8]) -> [UInt8]? {
        guard key.count == 32, nonce.count == 12,
            let context = unsafe EVP_CIPHER_CTX_new()
        else { return nil }
        defer { unsafe EVP_CIPHER_CTX_free(context) }
        var output = [UInt8](repeating: 0, count: bytes.count + 16)
        var tag = [UInt8](repeating: 0, count: 16)
        var count: Int32 = 0
        var last: Int32 = 0
        guard
            unsafe EVP_EncryptInit_ex(context, EVP_chacha20_poly1305(), nil, key, nonce) == 1,
            unsafe EVP_EncryptUpdate(context, &output, &count, bytes, Int32(bytes.count)) == 1,
            unsafe EVP_EncryptFinal_ex(context, &tag, &last) == 1,
            unsafe EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, &tag) == 1
        else { return nil }
        return Array(output[..<Int(count)]) + tag
    }

    /// Decrypts what `seal` made; nil if it was changed or a length is wrong.
    public static func open(_ bytes: [UInt8], key: [UInt8], nonce: [UInt8]) -> [UInt8]? {
        guard key.count == 32, nonce.count == 12, bytes.count >= 16,
            let context = unsafe EVP_CIPHER_CTX_new()
        else { return nil }
        defer { unsafe EVP_CIPHER_CTX_free(context) }
        let text = Array(bytes[..<(bytes.count - 16)])
        var tag = Array(bytes[(bytes.count - 16)...])
        var output = [UInt8](repeating: 0, count: text.count + 16)
        var rest = [UInt8](repeating: 0, count: 16)
        var count: Int32 = 0
        var last: Int32 = 0
        guard
            unsafe EVP_DecryptInit_ex(context, EVP_chacha20_poly1305(), nil, key, nonce) == 1,
            unsafe EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, 16, &tag) == 1,
            unsafe EVP_DecryptUpdate(context, &output, &count, text, Int32(text.count)) == 1,
            unsafe EVP_DecryptFinal_ex(context, &rest, &last) == 1
        else { return nil }
        return Array(output[..<Int(count)])
    }
}
