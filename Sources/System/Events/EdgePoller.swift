import CLinux
import Glibc

/// An epoll instance for data planes: descriptors are added once and reported at every change.
///
/// Edge-triggered for reading and writing at once, so that nothing is changed while a connection
/// lives. Owned and used by one thread.
@safe public final class EdgePoller {
    /// What has changed for a descriptor.
    public struct Event: Sendable, Hashable {
        /// The token given when it was added.
        public var token: UInt64
        /// The kernel's bits.
        private var bits: UInt32

        init(_ event: remora_event) {
            token = event.token
            bits = event.bits
        }

        /// There is something to read, or the end of the stream, or an error.
        public var isReadable: Bool {
            bits & (EPOLLIN.rawValue | EPOLLRDHUP.rawValue | EPOLLERR.rawValue | EPOLLHUP.rawValue)
                != 0
        }

        /// There is room to write, or an error.
        public var isWritable: Bool {
            bits & (EPOLLOUT.rawValue | EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0
        }

        /// The peer will send no more, or the connection failed: reading must go on to the end.
        public var isEnding: Bool {
            bits & (EPOLLRDHUP.rawValue | EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0
        }
    }

    /// The most events of one wait.
    public static let batch = 256

    private let descriptor: Descriptor
    private let buffer: UnsafeMutablePointer<remora_event>

    /// Makes an instance.
    ///
    /// - Throws: `EMFILE`, `ENFILE`.
    public init() throws(SystemError) {
        descriptor = Descriptor(
            adopting: try checked("epoll_create1") { epoll_create1(Int32(EPOLL_CLOEXEC)) }
        )
        unsafe buffer = .allocate(capacity: Self.batch)
        unsafe buffer.initialize(repeating: remora_event(), count: Self.batch)
    }

    deinit {
        unsafe buffer.deallocate()
    }

    /// Reports changes of a descriptor from now on, its present state at once.
    ///
    /// - Throws: `EEXIST`, `ENOSPC`, `EPERM` for files that are always ready.
    public func add(_ number: Int32, token: UInt64) throws(SystemError) {
        let bits =
            EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue
        try checked("epoll_ctl") {
            remora_epoll_control(descriptor.number, EPOLL_CTL_ADD, number, bits, token)
        }
    }

    /// Reports whenever a listener has connections waiting; only one of several pollers is woken.
    ///
    /// - Throws: As `add`.
    public func add(listener number: Int32, token: UInt64) throws(SystemError) {
        let bits = EPOLLIN.rawValue | EPOLLEXCLUSIVE.rawValue
        try checked("epoll_ctl") {
            remora_epoll_control(descriptor.number, EPOLL_CTL_ADD, number, bits, token)
        }
    }

    /// Stops reporting; not added is no error.
    ///
    /// Closing the last copy of a descriptor does the same.
    public func remove(_ number: Int32) {
        _ = remora_epoll_control(descriptor.number, EPOLL_CTL_DEL, number, 0, 0)
    }

    /// Waits for events, `milliseconds` at most; -1 waits without end.
    ///
    /// - Returns: How many there are; `event(at:)` gives them until the next wait.
    public func wait(milliseconds: Int32) -> Int {
        let count = unsafe remora_epoll_wait(
            descriptor.number,
            buffer,
            Int32(Self.batch),
            milliseconds
        )
        // Only a signal interrupts it.
        return max(0, Int(count))
    }

    /// An event of the last wait.
    public func event(at index: Int) -> Event {
        precondition(index >= 0 && index < Self.batch)
        return unsafe Event(buffer[index])
    }
}
