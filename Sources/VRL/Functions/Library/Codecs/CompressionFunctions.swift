import Formats
import Records

/// gzip, zlib, zstd and snappy.
enum CompressionFunctions {
    /// The most bytes that a script unpacks at once.
    static let sizeMaximum = 64 << 20

    static let all: [Function] = [
        encoding("encode_gzip", most: 10) { Gzip.encode($0.span, level: min($1 ?? 6, 9)) },
        encoding("encode_zlib", most: 10) { Zlib.encode($0.span, level: min($1 ?? 6, 9)) },
        encoding("encode_zstd", most: 22) { Zstd.encode($0.span, level: $1 ?? 3) },
        decoding("decode_gzip", "unable to decode value with Gzip decoder") {
            try? Gzip.decode($0.span, limit: sizeMaximum)
        },
        decoding("decode_zlib", "unable to decode value with Zlib decoder") {
            try? Zlib.decode($0.span, limit: sizeMaximum)
        },
        decoding("decode_zstd", "unable to decode value with Zstd decoder") {
            try? Zstd.decode($0.span, limit: sizeMaximum)
        },
        decoding("decode_snappy", "unable to decode value with Snappy decoder") {
            Snappy.decode($0, limit: sizeMaximum)
        },
        encodeSnappy,
    ]

    private static func encoding(
        _ name: String,
        most: Int64,
        _ encode: @escaping @Sendable ([UInt8], Int?) -> [UInt8]
    ) -> Function {
        Function(
            name,
            [Parameter("value", .bytes), .optional("compression_level", .integer)],
            outcome: { known in
                // Only a level that is not known yet can turn out to be too high.
                let isUnknown = known.types[1] != nil && known.constants[1] == nil
                return .init(TypeInfo(.bytes), isFallible: isUnknown)
            },
            check: { known throws(FunctionError) in
                if case .integer(let level)? = known.constants[1], !(0...most).contains(level) {
                    throw tooHigh(level, most)
                }
            }
        ) { arguments, _ throws(FunctionError) in
            var level: Int?
            if arguments.has(1) {
                let wanted = try arguments.integer(1)
                guard (0...most).contains(wanted) else { throw tooHigh(wanted, most) }
                level = Int(wanted)
            }
            return .bytes(Bytes(encode(try arguments.bytes(0).array, level)))
        }
    }

    private static func tooHigh(_ level: Int64, _ most: Int64) -> FunctionError {
        FunctionError("compression level must be <= \(most), got \(level)")
    }

    private static func decoding(
        _ name: String,
        _ complaint: String,
        _ decode: @escaping @Sendable ([UInt8]) -> [UInt8]?
    ) -> Function {
        Function(name, [Parameter("value", .bytes)], .bytes, fails: true) {
            arguments,
            _ throws(FunctionError) in
            guard let bytes = decode(try arguments.bytes(0).array) else {
                throw FunctionError(complaint)
            }
            return .bytes(Bytes(bytes))
        }
    }

    private static let encodeSnappy = Function(
        "encode_snappy",
        [Parameter("value", .bytes)],
        .bytes,
        fails: true
    ) { arguments, _ throws(FunctionError) in
        .bytes(Bytes(Snappy.encode(try arguments.bytes(0).array)))
    }
}
