import Glibc

extension Processes {
    /// Becomes another program, which keeps the number, the environment and the open standard streams.
    ///
    /// Signals that were blocked or ignored here are not in it. Returns only if it fails.
    /// - Parameters:
    ///   - path: The file to execute (`find` looks in `PATH`).
    ///   - arguments: All arguments, the program's own name first.
    /// - Throws: `ENOENT`, `EACCES`, `ENOEXEC` and the like.
    public static func replace(_ path: String, _ arguments: [String]) throws(SystemError) -> Never {
        var before = sigset_t()
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe sigprocmask(SIG_SETMASK, &none, &before)
        let pipes = Glibc.signal(SIGPIPE, SIG_DFL)
        var pointers = unsafe arguments.map { unsafe strdup($0) }
        unsafe pointers.append(nil)
        _ = unsafe execv(path, pointers)
        let number = errno
        unsafe pointers.forEach { unsafe free($0) }
        _ = Glibc.signal(SIGPIPE, pipes)
        unsafe sigprocmask(SIG_SETMASK, &before, nil)
        throw SystemError(number, "execve", path)
    }

    /// Reaps every child that has ended, orphans that the kernel gave to this process among them.
    ///
    /// For programs without children of their own: a `ChildProcess` would miss its end.
    /// - Returns: How many there were.
    @discardableResult public static func reapOrphans() -> Int {
        var count = 0
        while waitpid(-1, nil, WNOHANG) > 0 { count += 1 }
        return count
    }
}
