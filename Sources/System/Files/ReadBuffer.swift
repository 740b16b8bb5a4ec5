import Glibc

/// Room for reads that is used again and again, so that results are exactly as large as needed.
///
/// Owned and used by one thread.
@safe public final class ReadBuffer {
    private let room: UnsafeMutableRawBufferPointer

    /// Makes room for reads of up to `count` bytes.
    public init(_ count: Int) {
        unsafe room = .allocate(byteCount: count, alignment: 16)
    }

    deinit {
        unsafe room.deallocate()
    }

    /// Reads once, at most `count` bytes and at most the room; empty at the end of the file.
    ///
    /// - Throws: `EAGAIN` if it would wait, or another error of `read`.
    public func read(_ descriptor: Int32, upTo count: Int) throws(SystemError) -> [UInt8] {
        precondition(count > 0, "a read of nothing")
        let most = unsafe min(count, room.count)
        let got = try checked("read") {
            unsafe Glibc.read(descriptor, room.baseAddress, most)
        }
        return unsafe Array(UnsafeRawBufferPointer(rebasing: room[..<got]))
    }
}
