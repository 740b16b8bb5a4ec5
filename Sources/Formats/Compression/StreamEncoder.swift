import CZLIB
import CZSTD

/// Compresses a text piece by piece, as for the body of an HTTP message.
///
/// Owned and used by one thread; of no use after `finish`.
@safe public final class StreamEncoder {
    /// How a text is compressed.
    public enum Coding: String, Sendable, Hashable, CaseIterable {
        /// RFC 1952.
        case gzip
        /// RFC 1950, `deflate` in HTTP.
        case zlib
        /// RFC 8878.
        case zstd

        /// The name in HTTP's `Content-Encoding`.
        public var contentEncoding: String { self == .zlib ? "deflate" : rawValue }
        /// The level for a text that is compressed once and read once.
        public var usualLevel: Int { self == .zstd ? 3 : 6 }
    }

    /// How the text is compressed.
    public let coding: Coding
    private var deflate = unsafe z_stream()
    private var zstd: OpaquePointer?
    private var piece = [UInt8](repeating: 0, count: 32 << 10)
    private var isFinished = false

    /// Begins a text.
    ///
    /// Levels are 0 to 9 for gzip and zlib, 1 to 19 for zstd; others are brought into that
    ///   range. Levels of zstd above 9 take some MiB. Only zlib takes a dictionary.
    public init(_ coding: Coding, level: Int? = nil, dictionary: [UInt8] = []) {
        self.coding = coding
        let level = level ?? coding.usualLevel
        if coding == .zstd {
            unsafe zstd = ZSTD_createCStream()
            if let zstd = unsafe zstd {
                let bounded = Int32(max(1, min(level, 19)))
                _ = unsafe ZSTD_CCtx_setParameter(zstd, ZSTD_c_compressionLevel, bounded)
            }
        } else {
            _ = unsafe deflateInit2_(
                &deflate,
                Int32(max(0, min(level, 9))),
                Z_DEFLATED,
                coding == .gzip ? 15 + 16 : 15,
                8,
                Z_DEFAULT_STRATEGY,
                ZLIB_VERSION,
                Int32(MemoryLayout<z_stream>.size)
            )
            if coding == .zlib, !dictionary.isEmpty {
                unsafe dictionary.withUnsafeBufferPointer {
                    _ = unsafe deflateSetDictionary(&deflate, $0.baseAddress, UInt32($0.count))
                }
            }
        }
    }

    deinit {
        if coding == .zstd {
            _ = unsafe ZSTD_freeCStream(zstd)
        } else {
            _ = unsafe deflateEnd(&deflate)
        }
    }

    /// Takes more of the text, and appends what is ready.
    public func write(_ bytes: Span<UInt8>, to output: inout [UInt8]) {
        guard !isFinished, !bytes.isEmpty else { return }
        run(bytes, Z_NO_FLUSH, ZSTD_e_continue, to: &output)
    }

    /// Appends all that was taken so far, so that a reader can unpack it.
    public func flush(to output: inout [UInt8]) {
        guard !isFinished else { return }
        let nothing: [UInt8] = []
        run(nothing.span, Z_SYNC_FLUSH, ZSTD_e_flush, to: &output)
    }

    /// Appends the rest and the end.
    public func finish(to output: inout [UInt8]) {
        guard !isFinished else { return }
        let nothing: [UInt8] = []
        run(nothing.span, Z_FINISH, ZSTD_e_end, to: &output)
        isFinished = true
    }

    private func run(
        _ bytes: Span<UInt8>,
        _ flush: Int32,
        _ end: ZSTD_EndDirective,
        to output: inout [UInt8]
    ) {
        unsafe bytes.withUnsafeBufferPointer { source in
            if coding == .zstd {
                unsafe runZstd(source, end, to: &output)
            } else {
                unsafe runDeflate(source, flush, to: &output)
            }
        }
    }

    private func runDeflate(
        _ source: UnsafeBufferPointer<UInt8>,
        _ flush: Int32,
        to output: inout [UInt8]
    ) {
        var offset = 0
        while true {
            // zlib counts with 32 bits.
            let given = min(source.count - offset, 1 << 30)
            let written = unsafe piece.withUnsafeMutableBufferPointer { place in
                unsafe deflate.next_in = UnsafeMutablePointer(
                    mutating: source.baseAddress.map { unsafe $0 + offset }
                )
                unsafe deflate.avail_in = UInt32(given)
                unsafe deflate.next_out = place.baseAddress
                unsafe deflate.avail_out = UInt32(place.count)
                _ = unsafe CZLIB.deflate(&deflate, flush)
                return unsafe place.count - Int(deflate.avail_out)
            }
            offset += unsafe given - Int(deflate.avail_in)
            output += piece[..<written]
            if offset == source.count, written < piece.count { return }
        }
    }

    private func runZstd(
        _ source: UnsafeBufferPointer<UInt8>,
        _ end: ZSTD_EndDirective,
        to output: inout [UInt8]
    ) {
        guard let zstd = unsafe zstd else { return }
        var input = unsafe ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: 0)
        while true {
            var left = 0
            let written = unsafe piece.withUnsafeMutableBytes { place in
                var target = unsafe ZSTD_outBuffer(
                    dst: place.baseAddress,
                    size: place.count,
                    pos: 0
                )
                left = unsafe ZSTD_compressStream2(zstd, &target, &input, end)
                return unsafe target.pos
            }
            output += piece[..<written]
            let isDone = end == ZSTD_e_continue ? unsafe input.pos == input.size : left == 0
            if ZSTD_isError(left) != 0 || isDone { return }
        }
    }
}
