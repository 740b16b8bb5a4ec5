/// A field name as the words that tell it from others of its length, in lower case.
///
/// Tokens fold exactly by setting bit 5 of each byte. The constants are folded by the compiler, so that a
/// name costs a jump by its length and a few comparisons of words.
struct FoldedName: ~Escapable {
    private let name: Span<UInt8>
    /// The first eight bytes, and the last eight; of shorter names overlapping halves.
    private let first: UInt64
    private let last: UInt64

    @_lifetime(copy name)
    init(_ name: Span<UInt8>) {
        self.name = name
        (first, last) = unsafe name.withUnsafeBytes { unsafe Self.words($0) }
    }

    @inline(__always)
    private static func words(_ bytes: UnsafeRawBufferPointer) -> (UInt64, UInt64) {
        let count = bytes.count
        if count >= 8 {
            let fold: UInt64 = 0x2020_2020_2020_2020
            return unsafe (
                bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self) | fold,
                bytes.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self) | fold
            )
        }
        if count >= 4 {
            let fold: UInt32 = 0x2020_2020
            return unsafe (
                UInt64(bytes.loadUnaligned(fromByteOffset: 0, as: UInt32.self) | fold),
                UInt64(bytes.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self) | fold)
            )
        }
        var word: UInt64 = 0
        for index in 0..<count { word = word << 8 | UInt64(unsafe bytes[index] | 0x20) }
        return (word, word)
    }

    /// Whether it is a text of its length, of letters, digits and dashes; the name has no controls.
    @inline(__always)
    func matches(_ text: StaticString) -> Bool {
        let bytes = unsafe UnsafeRawBufferPointer(
            start: text.utf8Start,
            count: text.utf8CodeUnitCount
        )
        let (first, last) = unsafe Self.words(bytes)
        guard self.first == first, self.last == last else { return false }
        return text.utf8CodeUnitCount <= 16 || name.equalsFolded(text)
    }

    var identifier: HeaderID {
        switch name.count {
        case 2:
            if matches("b3") { return .b3 }
            if matches("te") { return .te }
        case 3:
            if matches("age") { return .age }
            if matches("via") { return .via }
        case 4:
            if matches("host") { return .host }
            if matches("date") { return .date }
            if matches("etag") { return .eTag }
            if matches("vary") { return .vary }
        case 5:
            if matches("allow") { return .allow }
            if matches("range") { return .range }
        case 6:
            if matches("accept") { return .accept }
            if matches("cookie") { return .cookie }
            if matches("server") { return .server }
            if matches("expect") { return .expect }
            if matches("origin") { return .origin }
            if matches("pragma") { return .pragma }
        case 7:
            if matches("alt-svc") { return .altSvc }
            if matches("expires") { return .expires }
            if matches("referer") { return .referer }
            if matches("trailer") { return .trailer }
            if matches("upgrade") { return .upgrade }
        case 8:
            if matches("if-match") { return .ifMatch }
            if matches("if-range") { return .ifRange }
            if matches("location") { return .location }
        case 9:
            if matches("forwarded") { return .forwarded }
            if matches("x-api-key") { return .xAPIKey }
            if matches("x-real-ip") { return .xRealIP }
        case 10:
            if matches("user-agent") { return .userAgent }
            if matches("connection") { return .connection }
            if matches("keep-alive") { return .keepAlive }
            if matches("set-cookie") { return .setCookie }
            if matches("tracestate") { return .traceState }
            if matches("x-b3-flags") { return .xB3Flags }
        case 11:
            if matches("grpc-status") { return .grpcStatus }
            if matches("retry-after") { return .retryAfter }
            if matches("traceparent") { return .traceParent }
            if matches("x-b3-spanid") { return .xB3SpanID }
        case 12:
            if matches("content-type") { return .contentType }
            if matches("x-request-id") { return .xRequestID }
            if matches("grpc-message") { return .grpcMessage }
            if matches("grpc-timeout") { return .grpcTimeout }
            if matches("max-forwards") { return .maxForwards }
            if matches("x-b3-sampled") { return .xB3Sampled }
            if matches("x-b3-traceid") { return .xB3TraceID }
        case 13:
            if matches("authorization") { return .authorization }
            if matches("cache-control") { return .cacheControl }
            if matches("accept-ranges") { return .acceptRanges }
            if matches("content-range") { return .contentRange }
            if matches("grpc-encoding") { return .grpcEncoding }
            if matches("if-none-match") { return .ifNoneMatch }
            if matches("last-modified") { return .lastModified }
        case 14:
            if matches("content-length") { return .contentLength }
            if matches("accept-charset") { return .acceptCharset }
            if matches("http2-settings") { return .http2Settings }
        case 15:
            if matches("x-forwarded-for") { return .xForwardedFor }
            if matches("accept-encoding") { return .acceptEncoding }
            if matches("accept-language") { return .acceptLanguage }
        case 16:
            if matches("content-encoding") { return .contentEncoding }
            if matches("content-language") { return .contentLanguage }
            if matches("content-location") { return .contentLocation }
            if matches("proxy-connection") { return .proxyConnection }
            if matches("www-authenticate") { return .wwwAuthenticate }
            if matches("x-envoy-degraded") { return .xEnvoyDegraded }
            if matches("x-envoy-internal") { return .xEnvoyInternal }
            if matches("x-envoy-retry-on") { return .xEnvoyRetryOn }
            if matches("x-forwarded-host") { return .xForwardedHost }
            if matches("x-forwarded-port") { return .xForwardedPort }
        case 17:
            if matches("transfer-encoding") { return .transferEncoding }
            if matches("x-forwarded-proto") { return .xForwardedProto }
            if matches("if-modified-since") { return .ifModifiedSince }
            if matches("sec-websocket-key") { return .secWebSocketKey }
            if matches("x-b3-parentspanid") { return .xB3ParentSpanID }
            if matches("x-client-trace-id") { return .xClientTraceID }
            if matches("x-ot-span-context") { return .xOtSpanContext }
            if matches("x-ratelimit-limit") { return .xRateLimitLimit }
            if matches("x-ratelimit-reset") { return .xRateLimitReset }
        case 18:
            if matches("proxy-authenticate") { return .proxyAuthenticate }
            if matches("x-envoy-overloaded") { return .xEnvoyOverloaded }
            if matches("x-forwarded-prefix") { return .xForwardedPrefix }
        case 19:
            if matches("content-disposition") { return .contentDisposition }
            if matches("if-unmodified-since") { return .ifUnmodifiedSince }
            if matches("proxy-authorization") { return .proxyAuthorization }
            if matches("x-envoy-force-trace") { return .xEnvoyForceTrace }
            if matches("x-envoy-max-retries") { return .xEnvoyMaxRetries }
            if matches("x-envoy-ratelimited") { return .xEnvoyRateLimited }
        case 20:
            if matches("grpc-accept-encoding") { return .grpcAcceptEncoding }
            if matches("sec-websocket-accept") { return .secWebSocketAccept }
        case 21:
            if matches("sec-websocket-version") { return .secWebSocketVersion }
            if matches("x-envoy-attempt-count") { return .xEnvoyAttemptCount }
            if matches("x-envoy-original-host") { return .xEnvoyOriginalHost }
            if matches("x-envoy-original-path") { return .xEnvoyOriginalPath }
            if matches("x-envoy-peer-metadata") { return .xEnvoyPeerMetadata }
            if matches("x-envoy-retry-grpc-on") { return .xEnvoyRetryGRPCOn }
            if matches("x-ratelimit-remaining") { return .xRateLimitRemaining }
        case 22:
            if matches("access-control-max-age") { return .accessControlMaxAge }
            if matches("sec-websocket-protocol") { return .secWebSocketProtocol }
        case 23:
            if matches("x-envoy-upstream-canary") { return .xEnvoyUpstreamCanary }
            if matches("x-forwarded-client-cert") { return .xForwardedClientCert }
        case 24:
            if matches("sec-websocket-extensions") { return .secWebSocketExtensions }
            if matches("x-envoy-external-address") { return .xEnvoyExternalAddress }
            if matches("x-envoy-is-timeout-retry") { return .xEnvoyIsTimeoutRetry }
            if matches("x-envoy-local-overloaded") { return .xEnvoyLocalOverloaded }
        case 25:
            if matches("strict-transport-security") { return .strictTransportSecurity }
        case 27:
            if matches("access-control-allow-origin") { return .accessControlAllowOrigin }
            if matches("x-envoy-decorator-operation") { return .xEnvoyDecoratorOperation }
        case 28:
            if matches("access-control-allow-headers") { return .accessControlAllowHeaders }
            if matches("access-control-allow-methods") { return .accessControlAllowMethods }
        case 29:
            if matches("access-control-expose-headers") { return .accessControlExposeHeaders }
            if matches("access-control-request-method") { return .accessControlRequestMethod }
            if matches("x-envoy-upstream-service-time") { return .xEnvoyUpstreamServiceTime }
        case 30:
            if matches("access-control-request-headers") { return .accessControlRequestHeaders }
            if matches("x-envoy-expected-rq-timeout-ms") { return .xEnvoyExpectedRequestTimeout }
            if matches("x-envoy-retriable-header-names") { return .xEnvoyRetriableHeaderNames }
            if matches("x-envoy-retriable-status-codes") { return .xEnvoyRetriableStatusCodes }
            if matches("x-envoy-upstream-alt-stat-name") { return .xEnvoyUpstreamAltStatName }
            if matches("x-envoy-upstream-rq-timeout-ms") { return .xEnvoyUpstreamRequestTimeout }
        case 31:
            if matches("x-envoy-downstream-service-node") { return .xEnvoyDownstreamServiceNode }
        case 32:
            if matches("access-control-allow-credentials") { return .accessControlAllowCredentials }
            if matches("x-envoy-hedge-on-per-try-timeout") { return .xEnvoyHedgeOnPerTryTimeout }
        case 34:
            if matches("x-envoy-downstream-service-cluster") {
                return .xEnvoyDownstreamServiceCluster
            }
        case 35:
            if matches("x-envoy-immediate-health-check-fail") {
                return .xEnvoyImmediateHealthCheckFail
            }
            if matches("x-envoy-upstream-stream-duration-ms") {
                return .xEnvoyUpstreamStreamDuration
            }
        case 36:
            if matches("access-control-allow-private-network") {
                return .accessControlAllowPrivateNetwork
            }
        case 38:
            if matches("access-control-request-private-network") {
                return .accessControlRequestPrivateNetwork
            }
            if matches("x-envoy-upstream-healthchecked-cluster") {
                return .xEnvoyUpstreamHealthCheckedCluster
            }
            if matches("x-envoy-upstream-rq-per-try-timeout-ms") {
                return .xEnvoyUpstreamRequestPerTryTimeout
            }
        case 40:
            if matches("x-envoy-upstream-rq-timeout-alt-response") {
                return .xEnvoyUpstreamRequestTimeoutAltResponse
            }
        default: break
        }
        return .other
    }
}
