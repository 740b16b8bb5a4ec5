import Basics

extension ForwardPlan {
    /// How long the answer may take.
    var timeout: Duration? { settings.timeout }
    /// How long one try may take.
    ///
    /// A try without a byte of an answer is idle from its start.
    var perTryTimeout: Duration? {
        guard let idle = retry?.perTryIdleTimeout else { return retry?.perTryTimeout }
        return min(idle, retry?.perTryTimeout ?? idle)
    }
    /// How long the request may be without a byte.
    var idleTimeout: Duration? { settings.idleTimeout }
    /// The most bytes of a request's body that are kept.
    var bufferMaximum: Int { settings.bufferMaximum }
}
