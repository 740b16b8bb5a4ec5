internal import Basics
internal import HTTP

extension AccessFacts {
    /// Writes what a command stands for; false if it is not known.
    func write(_ operation: CommandOperator, into buffer: inout ByteBuffer) -> Bool {
        switch operation {
        case .protocolName: return write(version, into: &buffer)
        case .upstreamProtocol: return write(upstreamVersion, into: &buffer)
        case .responseCode: buffer.append(decimal: status)
        case .responseCodeDetails:
            if details.utf8CodeUnitCount == 0 { return false }
            buffer.append(details)
        case .responseFlags:
            if flags.isEmpty { return false }
            flags.write(into: &buffer)
        case .responseFlagsLong:
            if flags.isEmpty { return false }
            flags.write(into: &buffer, isLong: true)
        case .bytesReceived: buffer.append(decimal: bytesReceived)
        case .bytesSent: buffer.append(decimal: bytesSent)
        case .duration: return write(nanoseconds: end, into: &buffer)
        case .durationSeconds:
            if end < 0 { return false }
            buffer.append(decimal: Int(end / 1_000_000_000))
            buffer.append(byte: UInt8(ascii: "."))
            buffer.append(decimal: UInt(end / 1_000_000 % 1000), digits: 3)
        case .requestDuration: return write(nanoseconds: requestEnd, into: &buffer)
        case .responseDuration: return write(nanoseconds: upstreamFirst, into: &buffer)
        case .responseTransmitDuration:
            if end < 0 || upstreamFirst < 0 { return false }
            return write(nanoseconds: end - upstreamFirst, into: &buffer)
        case .upstreamAttempts: buffer.append(decimal: attempts)
        case .connectionID: buffer.append(decimal: Int(truncatingIfNeeded: connectionID))
        case .upstreamHost: return write(upstreamHost, into: &buffer)
        case .upstreamHostAddress: return write(address: upstreamHost, into: &buffer)
        case .upstreamHostPort: return write(port: upstreamHost, into: &buffer)
        case .upstreamCluster: return write(upstreamCluster, into: &buffer)
        case .upstreamLocal: return write(upstreamLocal, into: &buffer)
        case .upstreamLocalAddress: return write(address: upstreamLocal, into: &buffer)
        case .upstreamLocalPort: return write(port: upstreamLocal, into: &buffer)
        case .upstreamFailure: return write(transportFailure, into: &buffer)
        case .downstreamRemote: return write(downstreamRemote, into: &buffer)
        case .downstreamRemoteAddress: return write(address: downstreamRemote, into: &buffer)
        case .downstreamRemotePort: return write(port: downstreamRemote, into: &buffer)
        case .downstreamDirect: return write(downstreamDirect, into: &buffer)
        case .downstreamDirectAddress: return write(address: downstreamDirect, into: &buffer)
        case .downstreamDirectPort: return write(port: downstreamDirect, into: &buffer)
        case .downstreamLocal: return write(downstreamLocal, into: &buffer)
        case .downstreamLocalAddress: return write(address: downstreamLocal, into: &buffer)
        case .downstreamLocalPort: return write(port: downstreamLocal, into: &buffer)
        case .serverName: return write(serverName, into: &buffer)
        case .routeName: return write(routeName, into: &buffer)
        case .virtualHost: return write(virtualHost, into: &buffer)
        case .userName: return write(userName, into: &buffer)
        case .localReply: buffer.append(localReply.span)
        case .literal, .startTime, .request, .response, .trailer, .authorization, .environment,
            .grpcStatus,
            .grpcStatusNumber, .traceID, .scheme, .requestHost, .requestPath, .requestQuery,
            .forwardedChain, .security, .peerStart, .peerEnd,
            .requestHeadBytes, .responseHeadBytes, .unknown:
            return false
        }
        return true
    }

    /// Writes what the TLS of the client's connection tells.
    func write(_ fact: SecurityFact, into buffer: inout ByteBuffer) -> Bool {
        guard let security else { return false }
        return write(security.text(fact), into: &buffer)
    }

    /// The scheme of the request's target, or of the connection.
    func write(scheme: HTTPScheme, into buffer: inout ByteBuffer) -> Bool {
        if scheme == .unknown {
            buffer.append(isTLS ? "https" : "http")
        } else {
            buffer.append(scheme.name)
        }
        return true
    }

    private func write(_ version: HTTPVersion?, into buffer: inout ByteBuffer) -> Bool {
        guard let version else { return false }
        buffer.append(version.name)
        return true
    }

    private func write(_ bytes: [UInt8], into buffer: inout ByteBuffer) -> Bool {
        if bytes.isEmpty { return false }
        buffer.append(bytes.span)
        return true
    }

    private func write(nanoseconds: Int64, into buffer: inout ByteBuffer) -> Bool {
        if nanoseconds < 0 { return false }
        buffer.append(decimal: Int(nanoseconds / 1_000_000))
        return true
    }

    private func write(address bytes: [UInt8], into buffer: inout ByteBuffer) -> Bool {
        if bytes.isEmpty { return false }
        buffer.append(bytes.span.addressWithoutPort)
        return true
    }

    private func write(port bytes: [UInt8], into buffer: inout ByteBuffer) -> Bool {
        let port = bytes.span.portOfAddress
        if port.isEmpty { return false }
        buffer.append(port)
        return true
    }
}

extension Span<UInt8> {
    /// Where the colon before the port stands in `a:p` or `[a]:p`; the end if there is no port.
    private var portColon: Int {
        var index = count
        while index > 0, self[index - 1] &- 0x30 < 10 { index -= 1 }
        guard index > 0, self[index - 1] == UInt8(ascii: ":") else { return count }
        let colon = index - 1
        // Several colons without brackets are an address of IPv6 without a port.
        if colon > 0, self[0] != UInt8(ascii: "["), firstIndex(of: UInt8(ascii: ":")) != colon {
            return count
        }
        return colon
    }

    /// The address of `a:p`, `[a]:p` or `a`, without brackets.
    var addressWithoutPort: Span<UInt8> {
        @_lifetime(copy self)
        get {
            let end = portColon
            if end > 1, self[0] == UInt8(ascii: "["), self[end - 1] == UInt8(ascii: "]") {
                return extracting(1..<end - 1)
            }
            return extracting(0..<end)
        }
    }

    /// The port of `a:p` or `[a]:p`; empty if there is none.
    var portOfAddress: Span<UInt8> {
        @_lifetime(copy self)
        get { extracting(Swift.min(count, portColon + 1)..<count) }
    }
}
