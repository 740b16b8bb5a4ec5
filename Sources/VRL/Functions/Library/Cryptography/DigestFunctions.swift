import Formats
import Records
import Security

/// Digests, keyed digests and quick hashes.
enum DigestFunctions {
    static let all: [Function] = [
        fixed("md5", .md5), fixed("sha1", .sha1),
        varied(
            "sha2",
            [.sha224, .sha256, .sha384, .sha512, .sha512Short224, .sha512Short256],
            usual: .sha512Short256
        ),
        varied(
            "sha3",
            [.sha3Bits224, .sha3Bits256, .sha3Bits384, .sha3Bits512],
            usual: .sha3Bits512
        ), hmac, seahash, xxhash, crc,
    ]

    private static func fixed(_ name: String, _ digest: NamedDigest) -> Function {
        Function(name, [Parameter("value", .bytes)], .bytes) { arguments, _ throws(FunctionError) in
            .text(Digest.hexadecimal(digest.digest(of: try arguments.bytes(0).array)))
        }
    }

    private static func chosen(
        _ name: String,
        of choices: [NamedDigest]
    ) throws(FunctionError) -> NamedDigest {
        guard let digest = choices.first(where: { $0.rawValue == name }) else {
            let list = choices.map(\.rawValue).joined(separator: ", ")
            throw FunctionError("Invalid variant: \(name), must be one of: \(list)")
        }
        return digest
    }

    private static func varied(
        _ name: String,
        _ choices: [NamedDigest],
        usual: NamedDigest
    ) -> Function {
        Function(
            name,
            [Parameter("value", .bytes), .optional("variant", .bytes)],
            outcome: { known in
                let isUnknown = known.types[1] != nil && known.constants[1] == nil
                return .init(TypeInfo(.bytes), isFallible: isUnknown)
            },
            check: { known throws(FunctionError) in
                if let name = known.text(1) { _ = try chosen(name, of: choices) }
            }
        ) { arguments, _ throws(FunctionError) in
            let digest = try chosen(arguments.text(1, or: usual.rawValue), of: choices)
            return .text(Digest.hexadecimal(digest.digest(of: try arguments.bytes(0).array)))
        }
    }

    private static let hmac: Function = {
        let choices: [NamedDigest] = [.sha1, .sha224, .sha256, .sha384, .sha512]
        @Sendable func chosen(_ name: String) throws(FunctionError) -> NamedDigest {
            guard let digest = choices.first(where: { $0.rawValue == name.uppercased() }) else {
                throw FunctionError("Invalid algorithm: \(name)")
            }
            return digest
        }
        return Function(
            "hmac",
            [Parameter("value", .bytes), Parameter("key", .bytes), .optional("algorithm", .bytes)],
            outcome: { known in
                let isUnknown = known.types[2] != nil && known.constants[2] == nil
                return .init(TypeInfo(.bytes), isFallible: isUnknown)
            },
            check: { known throws(FunctionError) in
                if let name = known.text(2) { _ = try chosen(name) }
            }
        ) { arguments, _ throws(FunctionError) in
            let digest = try chosen(arguments.text(2, or: "SHA-256"))
            let key = try arguments.bytes(1).array
            let message = try arguments.bytes(0).array
            return .bytes(Bytes(digest.authentication(key: key, message: message)))
        }
    }()

    private static let seahash = Function(
        "seahash",
        [Parameter("value", .bytes)],
        .integer
    ) { arguments, _ throws(FunctionError) in
        .integer(Int64(bitPattern: SeaHash.hash(try arguments.bytes(0).array)))
    }

    private static let xxhash = Function(
        "xxhash",
        [Parameter("value", .bytes), .optional("variant", .bytes)],
        outcome: { known in
            guard known.types[1] != nil else { return .init(TypeInfo(.integer)) }
            switch known.text(1)?.uppercased() {
            case "XXH32", "XXH64", "XXH3-64": return .init(TypeInfo(.integer))
            case "XXH3-128": return .init(TypeInfo(.bytes))
            default: return .init(TypeInfo([.integer, .bytes]), isFallible: true)
            }
        },
        check: { known throws(FunctionError) in
            if let name = known.text(1)?.uppercased(), !variants.contains(name) { throw unknown }
        }
    ) { arguments, _ throws(FunctionError) in
        let bytes = try arguments.bytes(0).array
        switch try arguments.text(1, or: "XXH32").uppercased() {
        case "XXH32": return .integer(Int64(XXHash.hash32(bytes)))
        case "XXH64": return .integer(Int64(bitPattern: XXHash.hash64(bytes)))
        case "XXH3-64": return .integer(Int64(bitPattern: XXH3(bytes).hash64))
        case "XXH3-128":
            let (high, low) = XXH3(bytes).hash128
            return .text(String(UInt128(high) << 64 | UInt128(low)))
        default: throw unknown
        }
    }

    private static let variants = ["XXH32", "XXH64", "XXH3-64", "XXH3-128"]

    private static let unknown = FunctionError(
        "Variant must be either 'XXH32', 'XXH64', 'XXH3-64', or 'XXH3-128'"
    )

    private static let crc: Function = {
        @Sendable func chosen(_ name: String) throws(FunctionError) -> CyclicCheck {
            guard let check = CyclicCheck.all[name.uppercased()] else {
                throw FunctionError("Invalid CRC algorithm: \(name)")
            }
            return check
        }
        return Function(
            "crc",
            [Parameter("value", .bytes), .optional("algorithm", .bytes)],
            outcome: { known in
                let isUnknown = known.types[1] != nil && known.constants[1] == nil
                return .init(TypeInfo(.bytes), isFallible: isUnknown)
            },
            check: { known throws(FunctionError) in
                if let name = known.text(1) { _ = try chosen(name) }
            }
        ) { arguments, _ throws(FunctionError) in
            let check = try chosen(arguments.text(1, or: "CRC_32_ISO_HDLC"))
            return .text(String(check.checksum(of: try arguments.bytes(0).array)))
        }
    }()
}
