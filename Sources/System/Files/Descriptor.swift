import CLinux
import Glibc

/// The owner of a file descriptor: it is closed exactly once, when the value ends.
public struct Descriptor: ~Copyable, Sendable {
    /// The number, for calls; it stays owned by this value.
    public let number: Int32

    /// Takes ownership of an open descriptor.
    public init(adopting number: Int32) {
        precondition(number >= 0, "a descriptor is never negative")
        self.number = number
    }

    deinit {
        _ = Glibc.close(number)
    }

    /// Gives the number away; the caller closes it.
    public consuming func release() -> Int32 {
        let number = number
        discard self
        return number
    }

    /// A second descriptor for the same open file, closed on exec.
    ///
    /// - Throws: The error of `fcntl(F_DUPFD_CLOEXEC)`.
    public borrowing func duplicate() throws(SystemError) -> Descriptor {
        let number = number
        return Descriptor(
            adopting: try checked("dup") { fcntl(number, F_DUPFD_CLOEXEC, 3) }
        )
    }
}

/// Calls on bare descriptor numbers, for code that keeps them in tables.
public enum Descriptors {
    /// Closes a descriptor; errors say nothing useful and are dropped.
    public static func close(_ descriptor: Int32) {
        _ = Glibc.close(descriptor)
    }

    /// A pipe whose ends are closed on exec and block.
    ///
    /// - Throws: `EMFILE` or `ENFILE`.
    public static func pipe() throws(SystemError) -> (reading: Int32, writing: Int32) {
        var ends: (Int32, Int32) = (-1, -1)
        try checked("pipe2") {
            unsafe withUnsafeMutableBytes(of: &ends) { bytes in
                unsafe remora_pipe(bytes.bindMemory(to: Int32.self).baseAddress)
            }
        }
        return (ends.0, ends.1)
    }

    /// Opens a path; the descriptor is closed on exec.
    ///
    /// Without `flags` it is opened for reading (`O_RDONLY` is 0).
    /// - Throws: The error of `open`, with the path.
    public static func open(
        _ path: String,
        flags: Int32 = 0,
        mode: UInt32 = 0o644
    ) throws(SystemError) -> Descriptor {
        Descriptor(
            adopting: try checked("open", path) {
                unsafe Glibc.open(path, flags | O_CLOEXEC, mode)
            }
        )
    }

    /// An unnamed file in memory, closed on exec; `name` is seen in `/proc` only.
    ///
    /// - Throws: `EMFILE`, `ENFILE` or `ENOMEM`.
    public static func memoryFile(_ name: String) throws(SystemError) -> Descriptor {
        Descriptor(
            adopting: try checked("memfd_create", name) { unsafe remora_memory_file(name) }
        )
    }

    /// Makes reads and writes return instead of waiting.
    ///
    /// - Throws: `EBADF`.
    public static func setNonBlocking(
        _ descriptor: Int32,
        _ on: Bool = true
    ) throws(SystemError) {
        let flags = try checked("fcntl") { fcntl(descriptor, F_GETFL) }
        let wanted = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK
        if wanted != flags { try checked("fcntl") { fcntl(descriptor, F_SETFL, wanted) } }
    }

    /// Sets whether a descriptor is closed when a program is executed.
    ///
    /// - Throws: `EBADF`.
    public static func setCloseOnExec(_ descriptor: Int32, _ on: Bool = true) throws(SystemError) {
        try checked("fcntl") { fcntl(descriptor, F_SETFD, on ? FD_CLOEXEC : 0) }
    }

    /// Reads once into a fresh array of at most `count` bytes; empty at the end of the file.
    ///
    /// - Throws: `EAGAIN` if it would wait, or another error of `read`.
    public static func read(_ descriptor: Int32, upTo count: Int) throws(SystemError) -> [UInt8] {
        precondition(count > 0, "a read of nothing")
        var failure: SystemError?
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            do throws(SystemError) {
                filled = try checked("read") {
                    unsafe Glibc.read(descriptor, buffer.baseAddress, count)
                }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Writes once and returns how many bytes were taken.
    ///
    /// - Throws: `EAGAIN` if it would wait, or another error of `write`.
    public static func write(
        _ descriptor: Int32,
        _ bytes: ArraySlice<UInt8>
    ) throws(SystemError) -> Int {
        if bytes.isEmpty { return 0 }
        return try checked("write") {
            unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(descriptor, buffer.baseAddress, buffer.count)
            }
        }
    }

    /// Writes once.
    ///
    /// - Returns: How many bytes were taken, or a negated error number.
    public static func write(_ descriptor: Int32, _ bytes: Span<UInt8>) -> Int {
        unsafe bytes.withUnsafeBufferPointer { buffer in
            while true {
                let count = unsafe Glibc.write(descriptor, buffer.baseAddress, buffer.count)
                if count >= 0 { return count }
                if errno != EINTR { return -Int(errno) }
            }
        }
    }

    /// Writes everything to a descriptor that blocks.
    ///
    /// - Throws: The error of `write`; part of the bytes may be written then.
    public static func writeAll(_ descriptor: Int32, _ bytes: [UInt8]) throws(SystemError) {
        var rest = bytes[...]
        while !rest.isEmpty { rest = rest.dropFirst(try write(descriptor, rest)) }
    }

    /// How many descriptors this process has open now; for tests and metrics.
    ///
    /// - Throws: The error of reading `/proc/self/fd`.
    public static func openCount() throws(SystemError) -> Int {
        try Files.list("/proc/self/fd").count - 1
    }
}
