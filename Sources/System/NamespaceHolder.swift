public import Basics
import CLinux
import Glibc

/// The process that keeps a PID namespace alive, for pods that share theirs.
///
/// It is recorded beside the pin in `<pin>.holder`, and carries the pin as its last argument, so that
/// it is found again, and never mistaken for another process, after the engine was killed at any
/// moment.
public enum NamespaceHolder {
    /// Starts a program as PID 1 of a new PID namespace and pins the namespace on a file.
    ///
    /// The program must reap, ignore SIGTERM and live until it is killed; `pin` is appended to its
    /// arguments. It outlives this process. Returns its PID. A holder of an earlier life on the same
    /// pin is released first. With `users`, the file on which a user namespace is pinned, the PID
    /// namespace belongs to that and the program is its root, which must be able to execute it.
    public static func start(
        _ program: String,
        _ arguments: [String],
        pin: String,
        users: String? = nil
    ) throws(Failure) -> Int32 {
        do throws(SystemError) {
            try release(pin: pin)
            try Files.write(pin, [], mode: 0o600)
            do throws(SystemError) {
                let pid = try spawn([program] + arguments + [pin], users)
                awaitArguments(of: pid, pin)
                try Files.write(record(of: pin), Array("\(pid)\n".utf8), mode: 0o600)
                try Mounts.bind("/proc/\(pid)/ns/pid", at: pin)
                return pid
            } catch {
                _ = try? release(pin: pin)
                throw error
            }
        } catch {
            throw Failure("cannot make a PID namespace", error)
        }
    }

    /// The PID of the holder that keeps the namespace pinned there; nil if it has gone.
    public static func pid(pin: String) -> Int32? {
        guard Files.exists(pin) else { return nil }
        if let bytes = try? Files.read(record(of: pin), limit: 32),
            let pid = Int32(String(decoding: bytes, as: UTF8.self).filter(\.isNumber)),
            holds(pid, pin)
        {
            return pid
        }
        let entries = (try? Files.list("/proc")) ?? []
        return entries.lazy.compactMap { Int32($0) }.first { holds($0, pin) }
    }

    /// Kills the holder, and with it whatever is left in the namespace, and removes the pin.
    ///
    /// Waits up to two seconds for the end of the processes. Returns whether there was a pin.
    @discardableResult
    public static func release(pin: String) throws(SystemError) -> Bool {
        if let pid = pid(pin: pin) { end(pid, pin) }
        _ = unsafe unlink(record(of: pin))
        return try Namespaces.release(pin)
    }

    /// The body of a holder: reaps and waits until it is killed from outside.
    public static func run() -> Never {
        remora_pause()
    }

    private static func record(of pin: String) -> String { pin + ".holder" }

    /// Whether a process is the holder of a pin: its last argument says so.
    private static func holds(_ pid: Int32, _ pin: String) -> Bool {
        guard let bytes = try? Files.read("/proc/\(pid)/cmdline", limit: 64 << 10) else {
            return false
        }
        return bytes.split(separator: 0).last.map { $0.elementsEqual(pin.utf8) } ?? false
    }

    /// The kernel lets the parent go on a few microseconds before the arguments can be read.
    private static func awaitArguments(of pid: Int32, _ pin: String) {
        for _ in 0..<1000 where !holds(pid, pin) { usleep(100) }
    }

    private static func end(_ pid: Int32, _ pin: String) {
        let descriptor = remora_pidfd_open(pid)
        if descriptor < 0 { return }
        defer { close(descriptor) }
        // The descriptor keeps the number from being taken by another process meanwhile.
        guard holds(pid, pin), remora_pidfd_signal(descriptor, SIGKILL) == 0 else { return }
        var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        _ = unsafe poll(&wait, 1, 2000)
        _ = waitpid(pid, nil, WNOHANG)  // it is our child unless we were restarted
    }

    private static func spawn(
        _ arguments: [String],
        _ users: String?
    ) throws(SystemError) -> Int32 {
        guard let users else { return try spawn(arguments, in: -1) }
        let namespace = try Descriptors.open(users, flags: O_RDONLY)
        return try spawn(arguments, in: namespace.number)
    }

    private static func spawn(
        _ arguments: [String],
        in users: Int32
    ) throws(SystemError) -> Int32 {
        var texts: [UnsafeMutablePointer<CChar>?] = unsafe arguments.map { unsafe strdup($0) }
        unsafe texts.append(nil)
        defer { unsafe texts.forEach { unsafe free($0) } }
        var environment: [UnsafeMutablePointer<CChar>?] = unsafe [nil]
        let pid = unsafe texts.withUnsafeMutableBufferPointer { texts in
            unsafe environment.withUnsafeMutableBufferPointer { environment in
                unsafe remora_hold_pid_namespace(
                    users,
                    texts[0],
                    texts.baseAddress,
                    environment.baseAddress
                )
            }
        }
        if pid < 0 { throw SystemError(-pid, "execve", arguments[0]) }
        return pid
    }
}
