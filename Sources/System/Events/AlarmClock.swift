public import Basics
import CLinux
import Glibc

/// A descriptor that becomes readable at an instant (timerfd on `CLOCK_BOOTTIME`).
///
/// It also fires on time after the machine slept, which an epoll timeout would not.
public struct AlarmClock: ~Copyable, Sendable {
    private let descriptor: Descriptor

    /// Makes one that is not set.
    ///
    /// - Throws: `EMFILE`, `ENFILE`.
    public init() throws(SystemError) {
        let flags = Int32(TFD_CLOEXEC | TFD_NONBLOCK)
        descriptor = Descriptor(
            adopting: try checked("timerfd_create") { timerfd_create(CLOCK_BOOTTIME, flags) }
        )
    }

    /// The number to watch for reading.
    public var number: Int32 { descriptor.number }

    /// Sets the instant; one that has passed fires at once, `nil` switches it off.
    public func set(_ instant: Instant?) {
        var setting = itimerspec()
        if let instant {
            // Zero would switch the timer off.
            let nanoseconds = max(instant.nanoseconds, 1)
            setting.it_value.tv_sec = Int(nanoseconds / 1_000_000_000)
            setting.it_value.tv_nsec = Int(nanoseconds % 1_000_000_000)
        }
        let result = unsafe timerfd_settime(
            descriptor.number,
            Int32(TFD_TIMER_ABSTIME),
            &setting,
            nil
        )
        assert(result == 0, "a valid time was refused")
    }

    /// Makes it unreadable after it has fired.
    public func acknowledge() {
        var count: UInt64 = 0
        _ = unsafe read(descriptor.number, &count, 8)
    }
}
