import CLinux
import Glibc

/// Threads of the kernel, for `Reactor` only.
public enum Threads {
    /// Runs `body` on a thread of its own, which nobody joins.
    ///
    /// The name is seen in `ps -L`; 15 bytes of it are kept.
    /// - Throws: `EAGAIN` if the machine or the cgroup allows no more.
    public static func start(
        _ name: String,
        _ body: @escaping @Sendable () -> Void
    ) throws(SystemError) {
        let box = unsafe Unmanaged.passRetained(Start(name: name, body: body))
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        defer { unsafe pthread_attr_destroy(&attributes) }
        unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        var thread = pthread_t()
        let result = unsafe pthread_create(
            &thread,
            &attributes,
            { argument in
                guard let argument = unsafe argument else { return nil }
                let start = unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                unsafe remora_thread_name(start.name)
                start.body()
                return nil
            },
            unsafe box.toOpaque()
        )
        if result == 0 { return }
        unsafe box.release()
        throw SystemError(result, "pthread_create")
    }

    /// Has the calling thread do nothing for so long, and up to 0.05 ms more.
    ///
    /// Only for threads of data planes, and for less than a millisecond: nothing wakes it.
    public static func sleep(_ time: Duration) {
        precondition(time > .zero && time < .milliseconds(1))
        var request = timespec(tv_sec: 0, tv_nsec: Int(time.components.attoseconds / 1_000_000_000))
        unsafe nanosleep(&request, nil)
    }

    /// The kernel's number of the calling thread.
    public static var current: Int32 { remora_thread_id() }
}

private final class Start: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }
}
