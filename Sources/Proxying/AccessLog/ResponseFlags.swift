public import Basics

/// What happened to a request besides its status, with the names that Envoy's access logs use.
public struct ResponseFlags: OptionSet, Sendable, Hashable {
    /// The bits, in Envoy's order.
    public let rawValue: UInt32

    /// Makes a set from its bits.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// `LH`: the proxy's own health check fails.
    public static let failedLocalHealthCheck = Self(rawValue: 1 << 0)
    /// `UH`: the cluster has no healthy host.
    public static let noHealthyUpstream = Self(rawValue: 1 << 1)
    /// `UT`: the answer did not come in time.
    public static let upstreamTimeout = Self(rawValue: 1 << 2)
    /// `LR`: the proxy reset the stream.
    public static let localReset = Self(rawValue: 1 << 3)
    /// `UR`: the upstream reset the stream.
    public static let upstreamReset = Self(rawValue: 1 << 4)
    /// `UF`: the connection to the upstream could not be made.
    public static let upstreamConnectFailure = Self(rawValue: 1 << 5)
    /// `UC`: the upstream closed the connection.
    public static let upstreamTermination = Self(rawValue: 1 << 6)
    /// `UO`: a circuit breaker is open.
    public static let upstreamOverflow = Self(rawValue: 1 << 7)
    /// `NR`: no route fits.
    public static let noRoute = Self(rawValue: 1 << 8)
    /// `DI`: a delay was put in on purpose.
    public static let delayInjected = Self(rawValue: 1 << 9)
    /// `FI`: a failure was put in on purpose.
    public static let faultInjected = Self(rawValue: 1 << 10)
    /// `RL`: over the limit of requests.
    public static let rateLimited = Self(rawValue: 1 << 11)
    /// `UAEX`: refused by authorization.
    public static let unauthorized = Self(rawValue: 1 << 12)
    /// `RLSE`: the limiter failed.
    public static let rateLimitError = Self(rawValue: 1 << 13)
    /// `DC`: the client closed the connection.
    public static let downstreamTermination = Self(rawValue: 1 << 14)
    /// `URX`: tried as often as may be.
    public static let retryLimit = Self(rawValue: 1 << 15)
    /// `SI`: the stream was idle too long.
    public static let streamIdleTimeout = Self(rawValue: 1 << 16)
    /// `IH`: a header of Envoy's own has a bad value.
    public static let invalidEnvoyHeaders = Self(rawValue: 1 << 17)
    /// `DPE`: the client broke the protocol.
    public static let downstreamProtocolError = Self(rawValue: 1 << 18)
    /// `UMSDR`: the upstream stream lasted too long.
    public static let upstreamMaxDuration = Self(rawValue: 1 << 19)
    /// `RFCF`: answered from a cache.
    public static let fromCache = Self(rawValue: 1 << 20)
    /// `NFCF`: a filter has no configuration.
    public static let noFilterConfig = Self(rawValue: 1 << 21)
    /// `DT`: the request lasted too long.
    public static let durationTimeout = Self(rawValue: 1 << 22)
    /// `UPE`: the upstream broke the protocol.
    public static let upstreamProtocolError = Self(rawValue: 1 << 23)
    /// `NC`: the route's cluster does not exist.
    public static let noCluster = Self(rawValue: 1 << 24)
    /// `OM`: refused because the proxy is overloaded.
    public static let overload = Self(rawValue: 1 << 25)
    /// `DF`: the name could not be resolved.
    public static let dnsFailure = Self(rawValue: 1 << 26)
    /// `DR`: the client reset the stream.
    public static let downstreamReset = Self(rawValue: 1 << 28)

    /// The short names, by bit.
    static let names: [StaticString] = [
        "LH", "UH", "UT", "LR", "UR", "UF", "UC", "UO", "NR", "DI", "FI", "RL", "UAEX", "RLSE",
        "DC", "URX", "SI", "IH", "DPE", "UMSDR", "RFCF", "NFCF", "DT", "UPE", "NC", "OM", "DF",
        "DO", "DR",
    ]

    /// The long names, by bit.
    static let longNames: [StaticString] = [
        "FailedLocalHealthCheck", "NoHealthyUpstream", "UpstreamRequestTimeout", "LocalReset",
        "UpstreamRemoteReset", "UpstreamConnectionFailure", "UpstreamConnectionTermination",
        "UpstreamOverflow", "NoRouteFound", "DelayInjected", "FaultInjected", "RateLimited",
        "UnauthorizedExternalService", "RateLimitServiceError", "DownstreamConnectionTermination",
        "UpstreamRetryLimitExceeded", "StreamIdleTimeout", "InvalidEnvoyRequestHeaders",
        "DownstreamProtocolError", "UpstreamMaxStreamDurationReached", "ResponseFromCacheFilter",
        "NoFilterConfigFound", "DurationTimeout", "UpstreamProtocolError", "NoClusterFound",
        "OverloadManagerTerminated", "DnsResolutionFailed", "DropOverload",
        "DownstreamRemoteReset",
    ]

    /// Writes the names, joined by commas; nothing if there are none.
    public func write(into buffer: inout ByteBuffer, isLong: Bool = false) {
        var bits = rawValue & (1 << UInt32(Self.names.count) - 1)
        while bits != 0 {
            let bit = bits.trailingZeroBitCount
            bits &= bits - 1
            buffer.append(isLong ? Self.longNames[bit] : Self.names[bit])
            if bits != 0 { buffer.append(byte: UInt8(ascii: ",")) }
        }
    }
}
