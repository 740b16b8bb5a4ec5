internal import Basics
internal import HTTP

/// The headers that tell where a request comes from (Envoy's rules of `x-forwarded-for` and its kin).
struct Forwarding {
    /// Who sent a request, and how far it is trusted.
    struct Client: Equatable {
        /// The client's address: the peer's, or what trusted proxies say.
        var address: PeerAddress
        /// Whether it is of this machine or a private network; its `x-envoy-...` headers count.
        var isInternal: Bool
    }

    let settings: ForwardingSettings
    private let via: [UInt8]?
    private let proxies: ProxyTrust?

    init(_ settings: ForwardingSettings) {
        self.settings = settings
        proxies = settings.proxies.map { ProxyTrust($0) }
        via = settings.via.map { Array($0.utf8) }
    }

    /// Reads and rewrites the fields of a request from a peer; `scratch` is empty before and after.
    func apply(
        to head: inout RequestHead,
        peer: PeerAddress,
        isTLS: Bool,
        random: inout RandomSource,
        scratch: inout ByteBuffer
    ) -> Client {
        let client = client(head.fields, peer)
        let isInternal = client.isInternal
        let isEdge = settings.usesRemoteAddress && !isInternal
        if settings.writesEnvoyHeaders { sanitize(&head.fields, isInternal, isEdge) }
        writeFor(&head.fields, peer, &scratch)
        if settings.setsForwardedProto {
            let isOwn = settings.usesRemoteAddress && settings.trustedHops == 0
            if isOwn || !head.fields.contains(.xForwardedProto) {
                head.fields.set(.xForwardedProto, value: isTLS ? "https" : "http")
            }
        }
        if settings.setsRequestID {
            let isKept = !isEdge || settings.keepsExternalRequestID
            if !isKept || !head.fields.contains(.xRequestID) {
                Self.writeIdentifier(&random, into: &scratch)
                head.fields.set(.xRequestID, value: scratch.readable)
                scratch.removeAll()
            }
        }
        if isEdge && settings.writesEnvoyHeaders {
            client.write(into: &scratch)
            head.fields.set(.xEnvoyExternalAddress, value: scratch.readable)
            scratch.removeAll()
        }
        if let via {
            writeVia(via, &head, &scratch)
        }
        return Client(address: client, isInternal: isInternal)
    }

    /// The client: N proxies in front are trusted to have written whom they saw.
    private func client(_ fields: borrowing HeaderBlock, _ peer: PeerAddress) -> PeerAddress {
        if let proxies { return proxies.client(fields, peer) }
        let hops = settings.trustedHops
        if settings.usesRemoteAddress {
            if hops == 0 { return peer }
            return Self.address(fields, fromRight: hops - 1) ?? peer
        }
        return Self.address(fields, fromRight: hops) ?? peer
    }

    /// The address that stands so many places from the right in all `x-forwarded-for` fields.
    static func address(_ fields: borrowing HeaderBlock, fromRight place: Int) -> PeerAddress? {
        var left = place
        var index = fields.count - 1
        while index >= 0 {
            if fields.id(index) == .xForwardedFor {
                let value = fields.value(index)
                var end = value.count
                while end >= 0 {
                    var start = end
                    while start > 0 && value[start - 1] != UInt8(ascii: ",") { start -= 1 }
                    if left == 0 { return PeerAddress(value.extracting(start..<end).trimmed) }
                    left -= 1
                    end = start - 1
                }
            }
            index -= 1
        }
        return nil
    }

    /// Headers of Envoy's own count only from inside.
    private func sanitize(_ fields: inout HeaderBlock, _ isInternal: Bool, _ isEdge: Bool) {
        if isInternal {
            fields.set(.xEnvoyInternal, value: "true")
            return
        }
        fields.removeAll(.xEnvoyInternal)
        fields.removeAll(.xEnvoyRetryOn)
        fields.removeAll(.xEnvoyRetryGRPCOn)
        fields.removeAll(.xEnvoyMaxRetries)
        fields.removeAll(.xEnvoyRetriableStatusCodes)
        fields.removeAll(.xEnvoyRetriableHeaderNames)
        fields.removeAll(.xEnvoyUpstreamRequestTimeout)
        fields.removeAll(.xEnvoyUpstreamRequestPerTryTimeout)
        fields.removeAll(.xEnvoyUpstreamRequestTimeoutAltResponse)
        fields.removeAll(.xEnvoyExpectedRequestTimeout)
        fields.removeAll(.xEnvoyHedgeOnPerTryTimeout)
        fields.removeAll(.xEnvoyUpstreamAltStatName)
        fields.removeAll(.xEnvoyForceTrace)
        fields.removeAll(.xEnvoyDecoratorOperation)
        fields.removeAll(.xEnvoyOriginalPath)
        if isEdge {
            fields.removeAll(.xEnvoyDownstreamServiceCluster)
            fields.removeAll(.xEnvoyDownstreamServiceNode)
            fields.removeAll(.xEnvoyExternalAddress)
        }
    }

    private func writeFor(
        _ fields: inout HeaderBlock,
        _ peer: PeerAddress,
        _ scratch: inout ByteBuffer
    ) {
        switch settings.forwardedFor {
        case .keep: break
        case .remove: fields.removeAll(.xForwardedFor)
        case .append:
            if peer.family == .none { return }
            var last: Int?
            var next = fields.first(.xForwardedFor)
            while let index = next {
                last = index
                next = fields.first(.xForwardedFor, from: index + 1)
            }
            if let last {
                scratch.append(fields.value(last))
                scratch.append(", ")
                peer.write(into: &scratch)
                fields.setValue(last, scratch.readable)
            } else {
                peer.write(into: &scratch)
                fields.append(.xForwardedFor, value: scratch.readable)
            }
            scratch.removeAll()
        }
    }

    private func writeVia(
        _ via: [UInt8],
        _ head: inout RequestHead,
        _ scratch: inout ByteBuffer
    ) {
        if let index = head.fields.first(.via) {
            scratch.append(head.fields.value(index))
            scratch.append(", ")
            scratch.append(via.span)
            head.fields.setValue(index, scratch.readable)
            scratch.removeAll()
        } else {
            head.fields.append(.via, value: via.span)
        }
    }

    /// Writes a random UUID (RFC 9562, version 4).
    static func writeIdentifier(_ random: inout RandomSource, into buffer: inout ByteBuffer) {
        let high = random.next() & ~0xF000 | 0x4000
        let low = random.next() & ~(3 << 62) | 2 << 62
        buffer.append(hexadecimal: UInt(high >> 32), digits: 8)
        buffer.append(byte: UInt8(ascii: "-"))
        buffer.append(hexadecimal: UInt(high >> 16), digits: 4)
        buffer.append(byte: UInt8(ascii: "-"))
        buffer.append(hexadecimal: UInt(high), digits: 4)
        buffer.append(byte: UInt8(ascii: "-"))
        buffer.append(hexadecimal: UInt(low >> 48), digits: 4)
        buffer.append(byte: UInt8(ascii: "-"))
        buffer.append(hexadecimal: UInt(low), digits: 12)
    }
}

extension RetryWishes {
    /// Reads the headers of a trusted request; `nil` if there are none.
    init?(_ fields: borrowing HeaderBlock) {
        var found = false
        func number(_ id: HeaderID) -> Int? {
            fields.first(id).flatMap { RetryWishes.number(fields.value($0)) }
        }
        for id in [HeaderID.xEnvoyRetryOn, .xEnvoyRetryGRPCOn] {
            if let index = fields.first(id) {
                conditions.formUnion(Self.conditions(fields.value(index)))
                found = true
            }
        }
        if let index = fields.first(.xEnvoyRetriableStatusCodes) {
            statuses = Self.statuses(fields.value(index))
            found = true
        }
        if let index = fields.first(.xEnvoyRetriableHeaderNames) {
            fieldNames = Self.names(fields.value(index))
            found = true
        }
        retriesMaximum = number(.xEnvoyMaxRetries)
        timeout = number(.xEnvoyUpstreamRequestTimeout).map { .milliseconds($0) }
        perTryTimeout = number(.xEnvoyUpstreamRequestPerTryTimeout).map { .milliseconds($0) }
        if !found && retriesMaximum == nil && timeout == nil && perTryTimeout == nil { return nil }
    }
}
