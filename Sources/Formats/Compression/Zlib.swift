/// zlib (RFC 1950): whole texts at once; `StreamEncoder` writes it piece by piece.
public enum Zlib {
    /// Compresses bytes.
    ///
    /// Levels are 0 (stored) to 9 (smallest); others are brought into that range.
    public static func encode(_ bytes: Span<UInt8>, level: Int = 6) -> [UInt8] {
        Deflate.encode(bytes, level: level, form: .zlib)
    }

    /// The bytes of a zlib text.
    ///
    /// At most `limit` bytes come out; more is an error.
    public static func decode(_ bytes: Span<UInt8>, limit: Int) throws(FormatError) -> [UInt8] {
        try Deflate.decode(bytes, limit: limit, form: .zlib)
    }

    /// The CRC-32 of bytes, as gzip, PNG and Ethernet have it.
    public static func crc32(_ bytes: Span<UInt8>) -> UInt32 {
        Deflate.crc32(bytes)
    }
}
