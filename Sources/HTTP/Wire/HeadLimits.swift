/// How large a head may be.
public struct HeadLimits: Sendable, Hashable {
    /// The most bytes of a start line with its field lines, and of a trailer section.
    public var bytes: Int
    /// The most fields.
    public var fields: Int

    /// Makes limits; the defaults are Envoy's.
    public init(bytes: Int = 60 * 1024, fields: Int = 100) {
        precondition(bytes > 0 && fields > 0)
        self.bytes = bytes
        self.fields = fields
    }
}
