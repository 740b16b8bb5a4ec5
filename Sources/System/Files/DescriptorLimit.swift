import Glibc

/// How many descriptors the program may have open.
public enum DescriptorLimit {
    /// The limit as it is now.
    public static var current: Int {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            return 1024
        }
        return Int(clamping: limit.rlim_cur)
    }

    /// Raises the limit as far as the program may without privileges.
    ///
    /// - Returns: The limit afterwards.
    @discardableResult
    public static func raise() -> Int {
        var limit = rlimit()
        let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard unsafe getrlimit(kind, &limit) == 0, limit.rlim_cur < limit.rlim_max else {
            return current
        }
        limit.rlim_cur = limit.rlim_max
        _ = unsafe setrlimit(kind, &limit)
        return current
    }

    /// The number that the next descriptor would get, which tells about how many there are;
    /// `Int32.max` if there are no more.
    public static var nextNumber: Int32 {
        let number = fcntl(0, F_DUPFD_CLOEXEC, 0)
        guard number >= 0 else { return errno == EBADF ? 0 : .max }
        close(number)
        return number
    }
}
