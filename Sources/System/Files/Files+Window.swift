import Glibc

extension Files {
    /// Reads a part of a file; less than asked for only at its end.
    ///
    /// - Throws: The error of `open` or `pread`.
    public static func read(
        _ path: String,
        from offset: Int,
        count: Int
    ) throws(SystemError) -> [UInt8] {
        let file = try Descriptors.open(path)
        return try read(descriptor: file.number, from: offset, count: count)
    }

    /// Reads a part of an open file; less than asked for only at its end.
    ///
    /// - Throws: The error of `pread`.
    public static func read(
        descriptor: Int32,
        from offset: Int,
        count: Int
    ) throws(SystemError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let place = offset + filled
            let room = count - filled
            let start = filled
            let taken = try checked("pread") {
                unsafe bytes.withUnsafeMutableBytes { buffer in
                    unsafe pread(
                        descriptor,
                        buffer.baseAddress.map { unsafe $0 + start },
                        room,
                        place
                    )
                }
            }
            if taken == 0 { break }
            filled += taken
        }
        bytes.removeLast(count - filled)
        return bytes
    }
}
