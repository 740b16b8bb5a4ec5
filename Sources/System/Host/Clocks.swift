public import Basics
import CLinux
import Glibc

/// The machine's clocks; everything outside `System` and `Reactor` is handed its times.
public enum Clocks {
    /// The monotonic clock that runs on while the machine sleeps (`CLOCK_BOOTTIME`).
    public static var instant: Instant {
        Instant(nanoseconds: read(CLOCK_BOOTTIME))
    }

    /// The wall clock (`CLOCK_REALTIME`).
    public static var wall: Timestamp {
        Timestamp(nanoseconds: read(CLOCK_REALTIME))
    }

    /// Both clocks, read one after the other.
    public static var moment: Moment {
        Moment(instant: instant, wall: wall)
    }

    /// The processor time that this process has used so far.
    public static var processorTime: Duration {
        .nanoseconds(read(CLOCK_PROCESS_CPUTIME_ID))
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        let result = unsafe clock_gettime(clock, &time)
        assert(result == 0, "the kernel has no clock \(clock)")
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
