import Security
import Testing

@Suite("Digests") struct DigestTests {
    /// FIPS 180-4 examples.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func `SHA-256 gives the published values`(text: String, digest: String) {
        #expect(Digest.hexadecimal(Digest.sha256(text)) == digest)
    }

    @Test func `SHA-1 gives the published value`() {
        let digest = Digest.hexadecimal(Digest.sha1(Array("abc".utf8)))
        #expect(digest == "a9993e364706816aba3e25717850c26c9cd0d89d")
    }

    /// RFC 4231 cases 1, 2 and 6, and an empty key.
    @Test(arguments: [
        (
            [UInt8](repeating: 0x0B, count: 20), "Hi There",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            Array("Jefe".utf8), "what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            [UInt8](repeating: 0xAA, count: 131),
            "Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
        ([], "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"),
    ])
    func `HMAC gives the published values`(key: [UInt8], text: String, code: String) {
        let result = MessageAuthentication.sha256(key: key, message: Array(text.utf8))
        #expect(Digest.hexadecimal(result) == code)
    }

    @Test func `comparison tells equal from different`() {
        #expect(MessageAuthentication.equal([1, 2], [1, 2]))
        #expect(!MessageAuthentication.equal([1, 2], [1, 3]))
        #expect(!MessageAuthentication.equal([1, 2], [1]))
    }

    @Test func `random bytes have the asked length and differ`() {
        #expect(SecureRandom.bytes(0).isEmpty)
        #expect(SecureRandom.bytes(32).count == 32)
        #expect(SecureRandom.bytes(16) != SecureRandom.bytes(16))
    }
}
