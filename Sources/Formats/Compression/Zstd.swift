import CZSTD

/// Zstandard (RFC 8878): whole texts at once; `StreamEncoder` writes it piece by piece.
public enum Zstd {
    /// Compresses bytes into one frame.
    ///
    /// Levels are 1 to 19; others are brought into that range.
    public static func encode(_ bytes: Span<UInt8>, level: Int = 3) -> [UInt8] {
        let room = ZSTD_compressBound(bytes.count)
        let level = Int32(max(1, min(level, 19)))
        return unsafe [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
            let found = unsafe bytes.withUnsafeBufferPointer { source in
                unsafe ZSTD_compress(
                    buffer.baseAddress,
                    buffer.count,
                    source.baseAddress,
                    source.count,
                    level
                )
            }
            count = ZSTD_isError(found) != 0 ? 0 : found
        }
    }

    /// The bytes of a Zstandard text; several frames one after the other are one text.
    ///
    /// At most `limit` bytes come out; more is an error.
    public static func decode(_ bytes: Span<UInt8>, limit: Int) throws(FormatError) -> [UInt8] {
        guard let stream = unsafe ZSTD_createDStream() else {
            throw FormatError("there is no memory to read a Zstandard text")
        }
        defer { _ = unsafe ZSTD_freeDStream(stream) }
        var result: [UInt8] = []
        var mistake: String?
        unsafe bytes.withUnsafeBufferPointer { source in
            var input = unsafe ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: 0)
            var piece = [UInt8](repeating: 0, count: ZSTD_DStreamOutSize())
            var left = 1
            var written = 0
            // A full piece may have left more behind, which comes without further input.
            while mistake == nil, unsafe input.pos < input.size || written == piece.count {
                written = unsafe piece.withUnsafeMutableBytes { place in
                    var output = unsafe ZSTD_outBuffer(
                        dst: place.baseAddress,
                        size: place.count,
                        pos: 0
                    )
                    left = unsafe ZSTD_decompressStream(stream, &output, &input)
                    return unsafe output.pos
                }
                if ZSTD_isError(left) != 0 {
                    let name = unsafe String(cString: ZSTD_getErrorName(left))
                    mistake = "the Zstandard text is broken: \(name)"
                } else if result.count + written > limit {
                    mistake = "the text has more than \(limit) bytes when it is unpacked"
                } else {
                    result += piece[..<written]
                    if left == 0, unsafe input.pos == input.size { break }
                }
            }
            if mistake == nil, left != 0 { mistake = "the Zstandard text ends in its middle" }
        }
        if let mistake { throw FormatError(mistake) }
        return result
    }
}
