/// What is wrong with a PROXY protocol header.
public enum ProxyViolation: UInt8, Error, CaseIterable, Sendable {
    /// The connection begins with something else.
    case missing
    /// A header of another version than 1 and 2, or of an unknown command.
    case version
    /// The header has the wrong form.
    case malformed
    /// The header is longer than the limit.
    case tooLong
    /// The checksum is not that of the header.
    case checksum

    /// The code for access logs, in Envoy's manner.
    public var code: StaticString {
        switch self {
        case .missing: "proxy_protocol.missing"
        case .version: "proxy_protocol.invalid_version"
        case .malformed: "proxy_protocol.malformed"
        case .tooLong: "proxy_protocol.too_long"
        case .checksum: "proxy_protocol.checksum"
        }
    }
}
