import CLinux
import Glibc

/// Calls on sockets for data planes: bare numbers in, the kernel's answer out, nothing thrown.
///
/// Answers below zero are negated error numbers.
public enum SocketIO {
    /// The answer when a call would have to wait.
    public static let wouldWait = -Int(EAGAIN)
    /// The answer when a signal came first.
    public static let interrupted = -Int(EINTR)

    /// Reads once into room; 0 is the end of the stream.
    public static func receive(_ socket: Int32, into room: UnsafeMutableRawBufferPointer) -> Int {
        let count = unsafe remora_receive(socket, room.baseAddress, room.count)
        return count >= 0 ? count : -Int(errno)
    }

    /// Writes once; a peer that is gone raises no signal.
    public static func send(_ socket: Int32, _ bytes: Span<UInt8>) -> Int {
        unsafe bytes.withUnsafeBufferPointer { buffer in
            let count = unsafe remora_send(socket, buffer.baseAddress, buffer.count)
            return count >= 0 ? count : -Int(errno)
        }
    }

    /// Moves bytes between two descriptors, one of which is a pipe; 0 is the end of the stream.
    public static func splice(from source: Int32, to target: Int32, upTo count: Int) -> Int {
        let moved = remora_splice(source, target, count)
        return moved >= 0 ? moved : -Int(errno)
    }

    /// A pipe whose ends do not wait; `nil` if the process has no descriptors left.
    public static func pipe() -> (reading: Int32, writing: Int32)? {
        var ends: (Int32, Int32) = (-1, -1)
        let result = unsafe withUnsafeMutableBytes(of: &ends) { bytes in
            unsafe remora_pipe_nonblocking(bytes.bindMemory(to: Int32.self).baseAddress)
        }
        return result == 0 ? (ends.0, ends.1) : nil
    }

    /// Has a pipe hold so many bytes; the kernel may give less to users with many pipes.
    ///
    /// - Returns: How many it holds.
    public static func setPipeSize(_ pipe: Int32, _ count: Int32) -> Int {
        // F_SETPIPE_SZ, F_GETPIPE_SZ
        if fcntl(pipe, 1031, count) > 0 { return Int(count) }
        return Int(max(4096, fcntl(pipe, 1032)))
    }

    /// The next connection of a listener, without waiting.
    ///
    /// - Returns: The socket or a negated error number.
    public static func accept(_ listener: Int32) -> Int32 {
        let socket = remora_accept(listener)
        return socket >= 0 ? socket : -errno
    }

    /// The text of a negated error number.
    public static func text(of answer: Int) -> String {
        SystemError.words(for: Int32(truncatingIfNeeded: -answer))
    }
}
