/// gzip (RFC 1952): whole texts at once; `StreamEncoder` writes it piece by piece.
public enum Gzip {
    /// Compresses bytes.
    ///
    /// Levels are 0 (stored) to 9 (smallest); others are brought into that range.
    public static func encode(_ bytes: Span<UInt8>, level: Int = 6) -> [UInt8] {
        Deflate.encode(bytes, level: level, form: .gzip)
    }

    /// The bytes of a gzip text; several members one after the other are one text.
    ///
    /// At most `limit` bytes come out; more is an error.
    public static func decode(_ bytes: Span<UInt8>, limit: Int) throws(FormatError) -> [UInt8] {
        try Deflate.decode(bytes, limit: limit, form: .gzip)
    }
}
