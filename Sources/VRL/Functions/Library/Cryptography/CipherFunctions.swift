import Records
import Security

/// `encrypt` and `decrypt`.
enum CipherFunctions {
    static let all: [Function] = [encrypt, decrypt]

    private enum Padding: String, CaseIterable {
        case pkcs7 = "PKCS7"
        case ansi = "ANSIX923"
        case iso7816 = "ISO7816"
        case iso10126 = "ISO10126"
    }

    private enum Scheme {
        case aes(AES.Mode, keyBytes: Int, Padding?)
        case chacha
    }

    private static func scheme(_ name: String) throws(FunctionError) -> Scheme {
        let parts = name.uppercased().split(separator: "-").map(String.init)
        if parts == ["CHACHA20", "POLY1305"] { return .chacha }
        guard parts.count >= 3, parts[0] == "AES", ["128", "192", "256"].contains(parts[1]),
            let bits = Int(parts[1])
        else { throw FunctionError("Invalid algorithm: \(name)") }
        let key = bits / 8
        switch Array(parts[2...]) {
        case ["CFB"]: return .aes(.cfb, keyBytes: key, nil)
        case ["OFB"]: return .aes(.ofb, keyBytes: key, nil)
        case ["CTR"], ["CTR", "LE"]: return .aes(.counterLittleEndian, keyBytes: key, nil)
        case ["CTR", "BE"]: return .aes(.counterBigEndian, keyBytes: key, nil)
        case let mode where mode.count == 2 && mode[0] == "CBC":
            if let padding = Padding(rawValue: mode[1]) {
                return .aes(.cbc, keyBytes: key, padding)
            }
        default: break
        }
        throw FunctionError("Invalid algorithm: \(name)")
    }

    /// Algorithms of Vector that this program does not have.
    private static let foreign: Set<String> = [
        "AES-128-SIV", "AES-256-SIV", "XCHACHA20-POLY1305", "XSALSA20-POLY1305",
    ]

    private static func check(_ known: KnownArguments) throws(FunctionError) {
        guard let name = known.text(1) else { return }
        guard !foreign.contains(name.uppercased()) else {
            throw FunctionError(
                "the algorithm \(name) is not supported here; CHACHA20-POLY1305 seals texts too"
            )
        }
        _ = try scheme(name)
    }

    private static func sized(
        _ arguments: Arguments,
        _ place: Int,
        _ name: String,
        _ count: Int
    ) throws(FunctionError) -> [UInt8] {
        let bytes = try arguments.bytes(place).array
        guard bytes.count == count else {
            throw FunctionError(
                "Invalid \(name) size. Expected \(count) bytes. Found \(bytes.count) bytes"
            )
        }
        return bytes
    }

    private static let encrypt = Function(
        "encrypt",
        [
            Parameter("plaintext", .bytes), Parameter("algorithm", .bytes, isStatic: true),
            Parameter("key", .bytes),
            Parameter("iv", .bytes),
        ],
        .bytes,
        fails: true,
        check: check
    ) { arguments, surroundings throws(FunctionError) in
        var text = try arguments.bytes(0).array
        let made: [UInt8]?
        switch try scheme(arguments.text(1)) {
        case .chacha:
            let key = try sized(arguments, 2, "key", 32)
            made = AuthenticatedCipher.seal(
                text,
                key: key,
                nonce: try sized(arguments, 3, "iv", 12)
            )
        case .aes(let mode, let keyBytes, let padding):
            let key = try sized(arguments, 2, "key", keyBytes)
            let vector = try sized(arguments, 3, "iv", 16)
            if let padding { pad(&text, padding, surroundings) }
            made = AES.apply(mode, key: key, vector: vector, to: text, encrypts: true)
        }
        guard let made else { throw FunctionError("unable to encrypt") }
        return .bytes(Bytes(made))
    }

    private static let decrypt = Function(
        "decrypt",
        [
            Parameter("ciphertext", .bytes), Parameter("algorithm", .bytes, isStatic: true),
            Parameter("key", .bytes),
            Parameter("iv", .bytes),
        ],
        .bytes,
        fails: true,
        check: check
    ) { arguments, _ throws(FunctionError) in
        let bytes = try arguments.bytes(0).array
        let found: [UInt8]?
        switch try scheme(arguments.text(1)) {
        case .chacha:
            let key = try sized(arguments, 2, "key", 32)
            found = AuthenticatedCipher.open(
                bytes,
                key: key,
                nonce: try sized(arguments, 3, "iv", 12)
            )
        case .aes(let mode, let keyBytes, let padding):
            let key = try sized(arguments, 2, "key", keyBytes)
            let vector = try sized(arguments, 3, "iv", 16)
            let text = AES.apply(mode, key: key, vector: vector, to: bytes, encrypts: false)
            found = padding == nil ? text : text.flatMap { unpadded($0, padding ?? .pkcs7) }
        }
        guard let found else { throw FunctionError("Invalid input") }
        return .bytes(Bytes(found))
    }

    private static func pad(_ text: inout [UInt8], _ padding: Padding, _ surroundings: Surroundings)
    {
        let count = 16 - text.count % 16
        switch padding {
        case .pkcs7: text += [UInt8](repeating: UInt8(count), count: count)
        case .ansi: text += [UInt8](repeating: 0, count: count - 1) + [UInt8(count)]
        case .iso7816: text += [0x80] + [UInt8](repeating: 0, count: count - 1)
        case .iso10126: text += surroundings.random(count - 1).prefix(count - 1) + [UInt8(count)]
        }
    }

    private static func unpadded(_ text: [UInt8], _ padding: Padding) -> [UInt8]? {
        if padding == .iso7816 {
            guard let end = text.lastIndex(where: { $0 != 0 }), text[end] == 0x80 else {
                return nil
            }
            return Array(text[..<end])
        }
        guard let last = text.last, (1...16).contains(last), Int(last) <= text.count else {
            return nil
        }
        let filling = text.suffix(Int(last)).dropLast()
        switch padding {
        case .pkcs7: guard filling.allSatisfy({ $0 == last }) else { return nil }
        case .ansi: guard filling.allSatisfy({ $0 == 0 }) else { return nil }
        default: break
        }
        return Array(text.dropLast(Int(last)))
    }
}
