/// What a link tells its owner; all calls come on the worker's thread.
public protocol LinkOwner: AnyObject {
    /// The connection stands, the TLS handshake included.
    func linkOpened(_ link: Link)
    /// `input` has more bytes. What is not consumed is there again next time.
    func linkReceived(_ link: Link)
    /// The peer will send no more; what it sent was received. Sending is still possible.
    func linkEnded(_ link: Link)
    /// There is room again for more to send, after `tellsDrained` was set.
    func linkDrained(_ link: Link)
    /// `output` is about to be sent, after `touch`, and may be added to; only with `asksBeforeSending`.
    func linkSends(_ link: Link)
    /// The connection failed and is closed.
    func linkFailed(_ link: Link, _ failure: LinkFailure)
}

extension LinkOwner {
    /// Nothing is added.
    public func linkSends(_ link: Link) {}
}

/// Why a link failed.
public enum LinkFailure: Sendable, Hashable {
    /// The connection could not be made (the kernel's error number).
    case refused(Int32)
    /// The connection was not made in time, or the TLS handshake not finished.
    case tooSlow
    /// The peer cut the connection (the kernel's error number).
    case cut(Int32)
    /// TLS failed, and why.
    case insecure(String)
}
