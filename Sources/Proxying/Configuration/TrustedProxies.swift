/// Proxies in front whose word about the client is taken (nginx's `set_real_ip_from`).
public struct TrustedProxies: Sendable, Hashable {
    /// Where they are.
    public var ranges: [AddressRange]
    /// The field that they write; the last address of a list counts.
    public var field: String
    /// Whether addresses of trusted proxies in the list are passed over.
    public var isRecursive: Bool

    /// Makes settings.
    public init(ranges: [AddressRange], field: String, isRecursive: Bool = false) {
        self.ranges = ranges
        self.field = field
        self.isRecursive = isRecursive
    }
}
