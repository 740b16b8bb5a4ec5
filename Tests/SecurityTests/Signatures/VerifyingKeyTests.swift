import Basics
import Security
import Testing

@Suite struct VerifyingKeyTests {
    static func bytes(_ text: String) -> [UInt8] {
        Base64URL.decode(Array(text.utf8).span) ?? []
    }

    struct Vector: Sendable, CustomTestStringConvertible {
        var algorithm: SignatureAlgorithm
        var key: VerifyingKey
        var message: String
        var signature: String
        var testDescription: String { algorithm.rawValue }
    }

    static let claims =
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    static let modulus =
        "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4Ql"
        + "L-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUs"
        + "LA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoud"
        + "F8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"
    /// Made with `openssl dgst -sha256 -sign KEY -sigopt rsa_padding_mode:pss`.
    static let otherModulus =
        "vqLzwonz0qwB8Voh8sGTz62lXl3F4AvQnFKo32IIM7TVWYaYROBy7mABa0z-XDG5DwLSxz13dm-w0025zFaehH3B2bfaTJS2"
        + "KhN7uBT2HJdsl9xmi6bEZBhD4MuX3hhKE4RK6YvdRBNcw1uExnELpe8wEORQ0dk-OIu6ri9zUAVupWMybpf1VdvSIBjeKG0t"
        + "uzmoercSvE4d463Hb0qBBcbU78oGYCtdX770HFse2D-JU6FeBzUm4cFMP801IMN_yOr4VY88KuMyOSULxkdAKJnT0BQGLEmn"
        + "6w-73mlCP2HaYjt1gY01OeCHqhOp0NV7stURZ6JguoTqiVGdsNxyuw"

    /// The examples of RFC 7515 (A.1 to A.4) and RFC 8037 (A.4), and one of PSS.
    static func vectors() throws -> [Vector] {
        [
            Vector(
                algorithm: .hs256,
                key: try VerifyingKey(
                    secret: bytes(
                        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
                    )
                ),
                message: "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." + claims,
                signature: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
            ),
            Vector(
                algorithm: .rs256,
                key: try VerifyingKey(rsaModulus: bytes(modulus), exponent: [1, 0, 1]),
                message: "eyJhbGciOiJSUzI1NiJ9." + claims,
                signature:
                    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5"
                    + "jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1"
                    + "L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUi"
                    + "pUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
            ),
            Vector(
                algorithm: .es256,
                key: try VerifyingKey(
                    curve: .p256,
                    x: bytes("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"),
                    y: bytes("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")
                ),
                message: "eyJhbGciOiJFUzI1NiJ9." + claims,
                signature:
                    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
            ),
            Vector(
                algorithm: .es512,
                key: try VerifyingKey(
                    curve: .p521,
                    x: bytes(
                        "AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk"
                    ),
                    y: bytes(
                        "ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2"
                    )
                ),
                message: "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA",
                signature:
                    "AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwF"
                    + "KdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn"
            ),
            Vector(
                algorithm: .edDSA,
                key: try VerifyingKey(
                    ed25519: bytes("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
                ),
                message: "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
                signature:
                    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
            ),
            Vector(
                algorithm: .ps256,
                key: try VerifyingKey(rsaModulus: bytes(otherModulus), exponent: [1, 0, 1]),
                message: "eyJhbGciOiJQUzI1NiJ9.UGF5bG9hZA",
                signature:
                    "Z-Pr2kRpZJfXCecEt66k4iy2N5E6EUacXrSOUDZlIiN519GRdSYXt_YxsO26aDa6xAG7oJSXhN55VFXxCN8A6rz8h5oq1Cg2"
                    + "XMnkLP9CZMMhIp3lfclH6SexZPFnfDwTtIdqsMXzvkq68SldnPSdlHdK1HiOBm4zylGoEcEh6wLd0_bjnRfAXnlozHncLIiI"
                    + "gRgwoMEHyD7PC___OFFWbjwRvkFR05RpQZOgv8tnoLzgRoG267PU47q5rxXAWOM92ZmJYHUPXnJjIbGt1sb_vR9yvokuLait"
                    + "ugZP2nlZjcsikJKnMKUyJtor34va4ijRcC4Ux3Cm4cTtFnIq8xpdug"
            ),
        ]
    }

    @Test func `the examples of the RFCs are good, and nothing close to them`() throws {
        for vector in try Self.vectors() {
            let message = Array(vector.message.utf8)
            let signature = Self.bytes(vector.signature)
            let name = vector.algorithm.rawValue
            #expect(vector.key.verifies(signature, of: message, by: vector.algorithm), "\(name)")
            for place in [0, signature.count / 2, signature.count - 1] {
                var other = signature
                other[place] ^= 1
                #expect(!vector.key.verifies(other, of: message, by: vector.algorithm), "\(name)")
            }
            #expect(!vector.key.verifies(signature, of: message + [0], by: vector.algorithm))
            #expect(!vector.key.verifies([], of: message, by: vector.algorithm))
            #expect(
                !vector.key.verifies(
                    Array(signature.dropLast()),
                    of: message,
                    by: vector.algorithm
                )
            )
        }
    }

    @Test func `a key is good for the algorithms of its kind only`() throws {
        for vector in try Self.vectors() {
            let signature = Self.bytes(vector.signature)
            for other in SignatureAlgorithm.allCases where other != vector.algorithm {
                #expect(
                    !vector.key.verifies(signature, of: Array(vector.message.utf8), by: other)
                )
                let kinds = [vector.algorithm.rawValue.prefix(1), other.rawValue.prefix(1)]
                if Set(kinds).count == 2 && kinds != ["R", "P"] && kinds != ["P", "R"] {
                    #expect(!vector.key.fits(other), "\(vector.algorithm) \(other)")
                }
            }
        }
    }

    @Test func `what is no key, or a weak one, is refused`() {
        #expect(throws: Failure.self) { try VerifyingKey(secret: []) }
        #expect(throws: Failure.self) { try VerifyingKey(ed25519: [1, 2, 3]) }
        #expect(throws: Failure.self) {
            try VerifyingKey(rsaModulus: Array(repeating: 0xFF, count: 128), exponent: [1, 0, 1])
        }
        #expect(throws: Failure.self) { try VerifyingKey(rsaModulus: [], exponent: []) }
        #expect(throws: Failure.self) {
            try VerifyingKey(
                curve: .p256,
                x: Array(repeating: 1, count: 32),
                y: Array(repeating: 1, count: 32)
            )
        }
        #expect(throws: Failure.self) { try VerifyingKey(curve: .p256, x: [1], y: [1]) }
    }

    @Test(
        arguments: [
            ("", []), ("Zg", [0x66]), ("Zm8", [0x66, 0x6F]), ("Zm9v", [0x66, 0x6F, 0x6F]),
            ("-_8", [0xFB, 0xFF]),
        ] as [(String, [UInt8])]
    )
    func `base64url is exact`(text: String, bytes: [UInt8]) {
        #expect(Base64URL.decode(Array(text.utf8).span) == bytes)
        #expect(String(decoding: Base64URL.encode(bytes), as: UTF8.self) == text)
    }

    @Test(arguments: ["A", "Zg==", "Zh", "Zm9=", "+/8", "Z m9", "Zm9vY", "Zm9\n"])
    func `what is not base64url is refused`(text: String) {
        #expect(Base64URL.decode(Array(text.utf8).span) == nil)
    }
}
