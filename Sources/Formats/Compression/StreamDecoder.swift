import CZLIB

/// Unpacks a zlib text piece by piece, as SPDY sends the headers of a whole connection in one.
///
/// Owned and used by one thread.
@safe public final class StreamDecoder {
    private let dictionary: [UInt8]
    private var stream = unsafe z_stream()
    private var piece = [UInt8](repeating: 0, count: 16 << 10)
    private var mistake: String?

    /// Begins a text whose writer began with a dictionary.
    public init(dictionary: [UInt8] = []) {
        self.dictionary = dictionary
        let size = unsafe Int32(MemoryLayout<z_stream>.size)
        if unsafe inflateInit2_(&stream, 15, ZLIB_VERSION, size) != Z_OK {
            mistake = "there is no memory to read a zlib text"
        }
    }

    deinit {
        _ = unsafe inflateEnd(&stream)
    }

    /// Takes more of the text, and gives what it unpacks to.
    ///
    /// - Throws: That the text is broken or unpacks to more than `limit` bytes; for good.
    public func read(_ bytes: Span<UInt8>, limit: Int) throws(FormatError) -> [UInt8] {
        if let mistake { throw FormatError(mistake) }
        var result: [UInt8] = []
        unsafe bytes.withUnsafeBufferPointer { source in
            unsafe inflate(source, limit, &result)
        }
        if let mistake { throw FormatError(mistake) }
        return result
    }

    private func inflate(
        _ source: UnsafeBufferPointer<UInt8>,
        _ limit: Int,
        _ result: inout [UInt8]
    ) {
        var offset = 0
        while true {
            var status = Z_OK
            let given = min(source.count - offset, 1 << 30)
            let written = unsafe piece.withUnsafeMutableBufferPointer { place in
                unsafe stream.next_in = UnsafeMutablePointer(
                    mutating: source.baseAddress.map { unsafe $0 + offset }
                )
                unsafe stream.avail_in = UInt32(given)
                unsafe stream.next_out = place.baseAddress
                unsafe stream.avail_out = UInt32(place.count)
                status = unsafe CZLIB.inflate(&stream, Z_SYNC_FLUSH)
                return unsafe place.count - Int(stream.avail_out)
            }
            offset += unsafe given - Int(stream.avail_in)
            result += piece[..<written]
            if result.count > limit {
                mistake = "the text has more than \(limit) bytes when it is unpacked"
                return
            }
            switch status {
            case Z_NEED_DICT:
                let isTaken = unsafe dictionary.withUnsafeBufferPointer {
                    unsafe inflateSetDictionary(&stream, $0.baseAddress, UInt32($0.count)) == Z_OK
                }
                guard isTaken else {
                    mistake = "the zlib text needs another dictionary"
                    return
                }
            case Z_OK, Z_BUF_ERROR:
                if offset == source.count, written < piece.count { return }
                if status == Z_BUF_ERROR, written == 0 { return }
            case Z_STREAM_END:
                if offset < source.count { mistake = "the zlib text goes on after its end" }
                return
            default:
                let reason = unsafe stream.msg.map { unsafe String(cString: $0) }
                mistake = "the zlib text is broken: \(reason ?? "error \(status)")"
                return
            }
        }
    }
}
