public import Basics
import CLinux
import Glibc

/// What following files that grow needs.
extension Files {
    /// When a file was made; nil where the file system does not know.
    public static func born(_ path: String) -> Timestamp? {
        var seconds: Int64 = 0
        var nanoseconds: UInt32 = 0
        guard unsafe remora_birth(path, &seconds, &nanoseconds) == 0 else { return nil }
        return Timestamp(nanoseconds: seconds * 1_000_000_000 + Int64(nanoseconds))
    }
}

extension Descriptors {
    /// Opens a file for reading; a pipe without a writer is not waited for.
    ///
    /// - Throws: The error of `open`, with the path.
    public static func openForFollowing(_ path: String) throws(SystemError) -> Descriptor {
        try open(path, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY)
    }

    /// Reads a part of a file once into a fresh array; less than asked for at its end.
    ///
    /// - Throws: The error of `pread`.
    public static func read(
        _ descriptor: Int32,
        at offset: Int64,
        upTo count: Int
    ) throws(SystemError) -> [UInt8] {
        var failure: SystemError?
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            do throws(SystemError) {
                filled = try checked("pread") {
                    unsafe pread(descriptor, buffer.baseAddress, count, Int(offset))
                }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }
}

extension SystemError {
    /// Whether the program or the machine may have no more files open.
    public var isNoDescriptors: Bool { number == EMFILE || number == ENFILE }

    /// Whether the caller may not do that.
    public var isForbidden: Bool { [EACCES, EPERM, EROFS].contains(number) }
}

/// Looking for bytes with the C library's fastest means.
public enum ByteSearch {
    /// Where a byte comes first at or after `start`; nil if it does not come before `end`.
    @inline(__always)
    public static func first(
        _ byte: UInt8,
        in span: Span<UInt8>,
        from start: Int,
        to end: Int
    ) -> Int? {
        precondition(start >= 0 && start <= end && end <= span.count, "outside of the bytes")
        let place: Int = unsafe span.withUnsafeBufferPointer { buffer -> Int in
            guard let base = unsafe UnsafeRawPointer(buffer.baseAddress),
                let found = unsafe memchr(base + start, Int32(byte), end - start)
            else { return -1 }
            return unsafe UnsafeRawPointer(found) - base
        }
        return place < 0 ? nil : place
    }
}
