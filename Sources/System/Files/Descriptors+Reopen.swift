import Glibc

extension Descriptors {
    /// A descriptor of one's own for what another one reads or writes.
    ///
    /// Pipes and terminals are opened anew, so that making them non-blocking does not concern other
    /// processes that share them; what cannot be opened anew is duplicated.
    /// - Throws: `EBADF`, `EMFILE`.
    public static func reopen(
        _ descriptor: Int32,
        forWriting: Bool
    ) throws(SystemError) -> Int32 {
        let status = try Files.stat(descriptor: descriptor)
        if status.kind == .fifo || status.kind == .characterDevice {
            let flags = (forWriting ? O_WRONLY : O_RDONLY) | O_NONBLOCK | O_NOCTTY
            if let own = try? open("/proc/self/fd/\(descriptor)", flags: flags) {
                return own.release()
            }
        }
        return try duplicate(descriptor)
    }
}
