import CLinux
import Glibc

/// An epoll instance: which of many descriptors are ready.
///
/// Level-triggered. Owned and used by one thread.
public final class Poller {
    /// What is wanted of a descriptor.
    public struct Interest: OptionSet, Sendable, Hashable {
        /// The bits.
        public let rawValue: UInt8
        /// Makes a set from its bits.
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        /// A read would not wait.
        public static let reading = Self(rawValue: 1)
        /// A write would not wait.
        public static let writing = Self(rawValue: 2)
    }

    /// A descriptor that is ready, with the token given when it was added.
    public struct Event: Sendable, Hashable {
        /// The token.
        public var token: UInt64
        /// What it is ready for; errors and hang-ups count as both.
        public var ready: Interest

        /// Makes an event, as `wait` does.
        public init(token: UInt64, ready: Interest) {
            self.token = token
            self.ready = ready
        }
    }

    private let descriptor: Descriptor
    private var buffer: [remora_event]

    /// Makes an instance that reports up to `batch` descriptors at a time, 256 at most.
    ///
    /// - Throws: `EMFILE`, `ENFILE`.
    public init(batch: Int = 256) throws(SystemError) {
        descriptor = Descriptor(
            adopting: try checked("epoll_create1") { epoll_create1(Int32(EPOLL_CLOEXEC)) }
        )
        buffer = Array(repeating: remora_event(), count: batch)
    }

    /// Starts to watch a descriptor.
    ///
    /// - Throws: `EPERM` for regular files, which are always ready; `EEXIST`; `ENOSPC`.
    public func add(_ number: Int32, _ interest: Interest, token: UInt64) throws(SystemError) {
        try control(EPOLL_CTL_ADD, number, interest, token)
    }

    /// Changes what is wanted of a watched descriptor.
    ///
    /// - Throws: `ENOENT` if it is not watched.
    public func change(_ number: Int32, _ interest: Interest, token: UInt64) throws(SystemError) {
        try control(EPOLL_CTL_MOD, number, interest, token)
    }

    /// Stops watching; not watched is no error.
    public func remove(_ number: Int32) {
        _ = remora_epoll_control(descriptor.number, EPOLL_CTL_DEL, number, 0, 0)
    }

    /// Waits for descriptors to be ready and appends them to `events`.
    ///
    /// It waits without end if `wait` is true, and only looks if it is false.
    /// - Throws: Nothing that a caller can mend.
    public func wait(_ wait: Bool, into events: inout [Event]) throws(SystemError) {
        let room = Int32(buffer.count)
        let count = unsafe remora_epoll_wait(descriptor.number, &buffer, room, wait ? -1 : 0)
        if count < 0 {
            if errno == EINTR { return }
            throw .last("epoll_wait")
        }
        for event in buffer[..<Int(count)] {
            var ready: Interest = []
            let bits = event.bits
            if bits & Self.failed != 0 { ready = [.reading, .writing] }
            if bits & Self.input != 0 { ready.insert(.reading) }
            if bits & Self.output != 0 { ready.insert(.writing) }
            events.append(Event(token: event.token, ready: ready))
        }
    }

    private static let input = EPOLLIN.rawValue | EPOLLRDHUP.rawValue
    private static let output = EPOLLOUT.rawValue
    private static let failed = EPOLLERR.rawValue | EPOLLHUP.rawValue

    private func control(
        _ operation: Int32,
        _ number: Int32,
        _ interest: Interest,
        _ token: UInt64
    ) throws(SystemError) {
        var bits: UInt32 = 0
        if interest.contains(.reading) { bits |= Self.input }
        if interest.contains(.writing) { bits |= Self.output }
        try checked("epoll_ctl") {
            remora_epoll_control(descriptor.number, operation, number, bits, token)
        }
    }
}
