import Glibc

/// Questions that code above `System` asks of an error, so that it needs no numbers.
extension SystemError {
    /// Whether nothing is there.
    public var isMissing: Bool { number == ENOENT }

    /// Whether nothing is there, or can be because a part of the path is no directory.
    public var isUnreachable: Bool { number == ENOENT || number == ENOTDIR }

    /// Whether the process has ended.
    public var isNoProcess: Bool { number == ESRCH }

    /// Whether the call would have to wait.
    public var wouldWait: Bool { number == EAGAIN }

    /// Whether something of that name is there already.
    public var isTaken: Bool { number == EEXIST }

    /// Whether the kernel cannot do that with what it was asked to do it with.
    public var isInvalid: Bool { number == EINVAL }

    /// Whether the file system is full.
    public var isNoSpace: Bool { number == ENOSPC || number == EDQUOT }

    /// The error number of a process that has no descriptors left.
    public static let noDescriptors = EMFILE

    /// The error number of something that is in use.
    public static let busy = EBUSY

    /// Whether a connection could not be made for want of descriptors, memory or ports of this machine.
    public static func isOwnShortage(_ number: Int32) -> Bool {
        isExhaustion(number) || number == EADDRNOTAVAIL
    }

    /// Whether an error number tells of a want of descriptors or memory, which passes.
    public static func isExhaustion(_ number: Int32) -> Bool {
        [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(number)
    }
}
