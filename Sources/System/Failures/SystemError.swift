public import Basics
import Glibc

/// A system call that failed: the call, its `errno` and the path it was about.
public struct SystemError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The error number (`ENOENT`, ...).
    public var number: Int32
    /// The name of the call: `openat`.
    public var call: String
    /// The file or address it was about; empty if there is none.
    public var path: String

    /// Whether the reader of a pipe or socket has gone.
    public var isBrokenPipe: Bool { number == EPIPE }

    /// Makes an error from its parts.
    public init(_ number: Int32, _ call: String, _ path: String = "") {
        self.number = number
        self.call = call
        self.path = path
    }

    /// The error that the calling thread's `errno` holds now.
    static func last(_ call: String, _ path: String = "") -> Self {
        Self(errno, call, path)
    }

    /// The kernel's words for an error number: `No such file or directory`.
    public static func words(for number: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 128)
        let result = unsafe strerror_r(number, &buffer, buffer.count)
        guard result == 0 else { return "error \(number)" }
        return String(
            decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)),
            as: UTF8.self
        )
    }

    /// One line: `open /etc/x: No such file or directory`.
    public var description: String {
        path.isEmpty
            ? "\(call): \(Self.words(for: number))"
            : "\(call) \(path): \(Self.words(for: number))"
    }

    /// The failure code that fits the error number best.
    public var code: Failure.Code {
        switch number {
        case ENOENT, ESRCH, ENXIO, ENODEV: .notFound
        case EACCES, EPERM, EROFS: .forbidden
        case EEXIST, EADDRINUSE, EBUSY, ETXTBSY, ENOTEMPTY: .conflict
        case ENOSPC, EDQUOT, EMFILE, ENFILE, ENOMEM, ENOBUFS, EFBIG: .exhausted
        case EINVAL, ENAMETOOLONG, ENOTDIR, EISDIR, ELOOP, EXDEV, ENOEXEC: .invalid
        case ETIMEDOUT: .timedOut
        case ECANCELED: .cancelled
        default: .unavailable
        }
    }

    /// What usually helps against the error, without a full stop; empty if nothing general does.
    public var remedy: String {
        switch number {
        case EACCES, EPERM: "run as root, or allow this user the access"
        case EROFS: "use a directory on a writable file system"
        case ENOSPC, EDQUOT: "free space on the file system"
        case EMFILE, ENFILE: "raise the limit of open files (ulimit -n)"
        case ENOMEM: "free memory, or raise the memory limit"
        case EADDRINUSE: "stop the program that holds the address, or choose another one"
        default: ""
        }
    }
}

extension Failure {
    /// A failure whose cause is a failed system call.
    ///
    /// The class follows the error number; without a `remedy` the usual one for the number is given.
    public init(_ what: String, _ error: SystemError, remedy: String? = nil) {
        self.init(
            error.code,
            what,
            cause: error.description,
            remedy: remedy ?? error.remedy
        )
    }
}

/// Runs a call until a signal no longer interrupts it, and turns -1 into an error.
@discardableResult
func checked<Result: FixedWidthInteger>(
    _ call: @autoclosure () -> String,
    _ path: @autoclosure () -> String = "",
    _ body: () -> Result
) throws(SystemError) -> Result {
    while true {
        let result = body()
        if result != -1 { return result }
        if errno != EINTR { throw SystemError(errno, call(), path()) }
    }
}
