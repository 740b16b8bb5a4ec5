import CZLIB

/// What gzip and zlib have in common.
enum Deflate {
    enum Form {
        case gzip
        case zlib

        /// zlib's number for a window of 32 KiB, and for gzip's header and trailer.
        var windowBits: Int32 { self == .gzip ? 15 + 16 : 15 }
        var name: String { self == .gzip ? "gzip" : "zlib" }
    }

    static func encode(_ bytes: Span<UInt8>, level: Int, form: Form) -> [UInt8] {
        let encoder = StreamEncoder(form == .gzip ? .gzip : .zlib, level: level)
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count / 4 + 64)
        encoder.write(bytes, to: &result)
        encoder.finish(to: &result)
        return result
    }

    static func decode(_ bytes: Span<UInt8>, limit: Int, form: Form) throws(FormatError)
        -> [UInt8]
    {
        var result: [UInt8] = []
        var mistake: String?
        unsafe bytes.withUnsafeBufferPointer { source in
            var start = 0
            repeat {
                let rest = unsafe UnsafeBufferPointer(rebasing: source[start...])
                let used = unsafe inflate(rest, into: &result, limit: limit, form, &mistake)
                start += used
                // What follows the last member is padding unless it begins like another.
            } while unsafe mistake == nil && form == .gzip && start + 1 < source.count
                && source[start] == 0x1F && source[start + 1] == 0x8B
        }
        if let mistake { throw FormatError(mistake) }
        return result
    }

    static func crc32(_ bytes: Span<UInt8>) -> UInt32 {
        unsafe bytes.withUnsafeBufferPointer { source in
            UInt32(truncatingIfNeeded: unsafe crc32_z(0, source.baseAddress, source.count))
        }
    }

    /// Unpacks one member, and says how many bytes it had.
    private static func inflate(
        _ source: UnsafeBufferPointer<UInt8>,
        into result: inout [UInt8],
        limit: Int,
        _ form: Form,
        _ mistake: inout String?
    ) -> Int {
        var stream = unsafe z_stream()
        let size = unsafe Int32(MemoryLayout<z_stream>.size)
        guard unsafe inflateInit2_(&stream, form.windowBits, ZLIB_VERSION, size) == Z_OK else {
            mistake = "there is no memory to read a \(form.name) text"
            return 0
        }
        defer { _ = unsafe inflateEnd(&stream) }
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        var offset = 0
        while true {
            // zlib counts with 32 bits.
            let given = min(source.count - offset, 1 << 30)
            var status = Z_OK
            let written = unsafe piece.withUnsafeMutableBufferPointer { place in
                unsafe stream.next_in = UnsafeMutablePointer(
                    mutating: source.baseAddress.map { unsafe $0 + offset }
                )
                unsafe stream.avail_in = UInt32(given)
                unsafe stream.next_out = place.baseAddress
                unsafe stream.avail_out = UInt32(place.count)
                status = unsafe CZLIB.inflate(&stream, Z_NO_FLUSH)
                return unsafe place.count - Int(stream.avail_out)
            }
            offset += unsafe given - Int(stream.avail_in)
            guard result.count + written <= limit else {
                mistake = "the text has more than \(limit) bytes when it is unpacked"
                return offset
            }
            result += piece[..<written]
            if status == Z_STREAM_END { return offset }
            if status == Z_BUF_ERROR || (status == Z_OK && offset == source.count && written == 0) {
                mistake = "the \(form.name) text ends in its middle"
                return offset
            }
            guard status == Z_OK else {
                let reason = unsafe stream.msg.map { unsafe String(cString: $0) }
                mistake = "the \(form.name) text is broken: \(reason ?? "error \(status)")"
                return offset
            }
        }
    }
}
