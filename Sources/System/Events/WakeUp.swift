import CLinux
import Glibc

/// A descriptor that one thread raises and another waits for (eventfd).
///
/// Any thread may raise it; raising twice before it is lowered counts once.
public struct WakeUp: ~Copyable, Sendable {
    private let descriptor: Descriptor

    /// Makes a lowered one.
    ///
    /// - Throws: `EMFILE`, `ENFILE`.
    public init() throws(SystemError) {
        let flags = Int32(EFD_CLOEXEC | EFD_NONBLOCK)
        descriptor = Descriptor(adopting: try checked("eventfd") { eventfd(0, flags) })
    }

    /// The number to watch for reading.
    public var number: Int32 { descriptor.number }

    /// Makes the descriptor readable.
    public func raise() {
        // A full counter is readable already, so a failure changes nothing.
        _ = eventfd_write(descriptor.number, 1)
    }

    /// Makes it unreadable again.
    public func lower() {
        var count: eventfd_t = 0
        _ = unsafe eventfd_read(descriptor.number, &count)
    }
}
