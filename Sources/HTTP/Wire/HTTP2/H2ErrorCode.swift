/// Why a stream or connection was ended (RFC 9113 section 7).
public struct H2ErrorCode: RawRepresentable, Hashable, Sendable {
    /// The number on the wire.
    public let rawValue: UInt32

    /// Makes a code from its number; unknown ones are allowed.
    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// Nothing went wrong.
    public static let none = Self(rawValue: 0)
    /// The peer broke the protocol.
    public static let protocolError = Self(rawValue: 1)
    /// Something unexpected happened here.
    public static let internalError = Self(rawValue: 2)
    /// The peer did not keep to the windows.
    public static let flowControl = Self(rawValue: 3)
    /// Something came on a stream that was ended.
    public static let streamClosed = Self(rawValue: 5)
    /// The stream was not looked at: the request may be sent again.
    public static let refused = Self(rawValue: 7)
    /// The stream is no longer wanted.
    public static let cancel = Self(rawValue: 8)
    /// The connection of a `CONNECT` request was reset.
    public static let connect = Self(rawValue: 10)
    /// The peer is a nuisance.
    public static let calm = Self(rawValue: 11)
    /// The transport is not secure enough.
    public static let security = Self(rawValue: 12)
    /// HTTP/1.1 is needed.
    public static let http1Required = Self(rawValue: 13)
}
