import Basics
import HTTP
import Testing

@testable import Proxying

@Suite struct CommandTextTests {
    /// A request and its answer, with everything known.
    static func record() -> AccessRecord {
        var record = AccessRecord()
        // 2016-04-15T20:17:00.310Z, as in Envoy's documentation.
        record.start = Timestamp(nanoseconds: 1_460_751_420_310_000_000)
        record.requestEnd = 1_000_000
        record.upstreamFirst = 200_000_000
        record.end = 226_900_000
        record.version = .http2
        record.status = 504
        record.details = "response_timeout"
        record.flags = [.upstreamTimeout, .retryLimit]
        record.bytesReceived = 154
        record.bytesSent = 0
        record.attempts = 2
        record.connectionID = 42
        record.upstreamHost = Array("10.0.35.28:80".utf8)
        record.upstreamCluster = Array("users".utf8)
        record.downstreamRemote = Array("[2001:db8::1]:4711".utf8)
        record.downstreamDirect = Array("127.0.0.1:5555".utf8)
        record.downstreamLocal = Array("/run/proxy.sock".utf8)
        record.serverName = Array("api.example.com".utf8)
        record.routeName = Array("main".utf8)
        return record
    }

    static func write(
        _ text: String,
        _ record: AccessRecord = record(),
        missing: StaticString = "-"
    )
        throws -> String
    {
        let commands = try CommandText(
            text,
            missing: missing,
            hostname: "pod-1",
            environment: { $0 == "ZONE" ? "z1" : nil }
        )
        var request = RequestHead()
        request.setMethod(.post)
        request.setPath(Array("/api/v1/locations?x=1".utf8).span)
        request.setAuthority(Array("locations".utf8).span)
        request.version = .http2
        for (name, value) in [
            ("X-Forwarded-For", "10.0.35.28"), ("user-agent", "nsq2http"), ("quote", "a\"b\\c"),
            ("x-request-id", "cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2"),
            ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        ] {
            request.fields.append(name: Array(name.utf8).span, value: Array(value.utf8).span)
        }
        var response = ResponseHead()
        response.status = 504
        response.fields.append(.xEnvoyUpstreamServiceTime, value: "100")
        var trailers = HeaderBlock()
        trailers.append(.grpcStatus, value: "14")
        var buffer = ByteBuffer()
        commands.write(
            record,
            request: request,
            response: response,
            trailers: trailers,
            into: &buffer
        )
        return String(copying: buffer.readable)
    }

    @Test func `the default line is Envoy's`() throws {
        #expect(
            try Self.write(AccessLogSettings.envoyDefault) == """
                [2016-04-15T20:17:00.310Z] "POST /api/v1/locations?x=1 HTTP/2" 504 UT,URX 154 0 226 \
                100 "10.0.35.28" "nsq2http" "cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2" "locations" \
                "10.0.35.28:80"

                """
        )
    }

    @Test(arguments: [
        ("plain", "plain"), ("100%%", "100%"), ("%PROTOCOL%%%", "HTTP/2%"), ("", ""),
        ("%REQ(NONE)%", "-"), ("%REQ(NONE?:METHOD)%", "POST"), ("%REQ(:PATH):4%", "/api"),
        ("%REQ(X-FORWARDED-FOR)%", "10.0.35.28"), ("%REQ(HOST)%", "locations"),
        ("%RESP(:STATUS)%", "504"), ("%RESP(X)%", "-"), ("%TRAILER(grpc-status)%", "14"),
        ("%RESPONSE_CODE_DETAILS%", "response_timeout"),
        ("%RESPONSE_FLAGS_LONG%", "UpstreamRequestTimeout,UpstreamRetryLimitExceeded"),
        ("%REQUEST_DURATION% %RESPONSE_DURATION% %RESPONSE_TX_DURATION%", "1 200 26"),
        ("%DURATION_SECONDS%", "0.226"), ("%UPSTREAM_CLUSTER%/%ROUTE_NAME%", "users/main"),
        ("%DOWNSTREAM_REMOTE_ADDRESS%", "[2001:db8::1]:4711"),
        ("%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%", "2001:db8::1"),
        ("%DOWNSTREAM_REMOTE_PORT%", "4711"),
        ("%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%", "127.0.0.1"),
        ("%DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT%", "/run/proxy.sock"),
        ("%DOWNSTREAM_LOCAL_PORT%", "-"), ("%UPSTREAM_HOST%", "10.0.35.28:80"),
        ("%UPSTREAM_LOCAL_ADDRESS%", "-"), ("%REQUESTED_SERVER_NAME%", "api.example.com"),
        ("%DOWNSTREAM_TLS_VERSION%", "-"), ("%HOSTNAME%", "pod-1"), ("%CONNECTION_ID%", "42"),
        ("%GRPC_STATUS%", "Unavailable"), ("%GRPC_STATUS(NUMBER)%", "14"),
        ("%GRPC_STATUS(SNAKE_STRING)%", "UNAVAILABLE"), ("%GRPC_STATUS_NUMBER%", "14"),
        ("%DYNAMIC_METADATA(a:b)%", "-"), ("%FILTER_STATE(x):3%", "-"),
        ("%ENVIRONMENT(ZONE)%%ENVIRONMENT(NONE)%", "z1-"), ("%SCHEME%", "http"),
        ("%TRACE_ID%", "0af7651916cd43dd8448eb211c80319c"),
        ("%UPSTREAM_REQUEST_ATTEMPT_COUNT%", "2"),
    ])
    func `a command is what it stands for`(text: String, expected: String) throws {
        #expect(try Self.write(text) == expected)
    }

    @Test(arguments: [
        ("%START_TIME%", "2016-04-15T20:17:00.310Z"), ("%START_TIME(%s)%", "1460751420"),
        ("%START_TIME(%s.%3f)%", "1460751420.310"), ("%START_TIME(%9f)%", "310000000"),
        ("%START_TIME(%Y/%m/%dT%H:%M:%S%z %s)%", "2016/04/15T20:17:00+0000 1460751420"),
        ("%START_TIME(%d/%b/%Y:%H:%M:%S %z)%", "15/Apr/2016:20:17:00 +0000"),
        (
            "%START_TIME(%a, %e %B %y %I%p %j %T %F %D %Z)%",
            "Fri, 15 April 16 08PM 106 20:17:00 2016-04-15 04/15/16 UTC"
        ),
        ("%START_TIME(%%x %q)%", "%x %q"),
    ])
    func `a moment is written as its format says`(text: String, expected: String) throws {
        #expect(try Self.write(text) == expected)
    }

    @Test(arguments: [
        (0, "1970-01-01 001 4"), (951_782_400, "2000-02-29 060 2"), (-1, "1969-12-31 365 3"),
        (1_709_164_800, "2024-02-29 060 4"), (1_735_603_200, "2024-12-31 366 2"),
        (4_107_542_400, "2100-03-01 060 1"), (1_740_787_200, "2025-03-01 060 6"),
    ])
    func `dates are those of the calendar`(seconds: Int, expected: String) {
        var buffer = ByteBuffer()
        TimeFormat("%F %j %u").write(Timestamp(seconds: Int64(seconds)), into: &buffer)
        #expect(String(copying: buffer.readable) == expected)
    }

    @Test(arguments: [
        "%", "a % b", "%NONSENSE%", "%REQ%", "%REQ()%", "%REQ(X", "%REQ(X)", "%PROTOCOL:x%", "%_%",
        "%START_TIME(%Y%",
    ])
    func `a text that is no such text is refused`(text: String) {
        #expect(throws: Failure.self) { try CommandText(text) }
    }

    @Test func `a misspelt command is told with the nearest`() {
        #expect {
            try CommandText("%RESPONSE_CODES%")
        } throws: { error in
            "\(error)".contains("did you mean %RESPONSE_CODE%")
        }
    }

    @Test func `in header values nothing stands for the unknown`() throws {
        #expect(try Self.write("a%REQ(NONE)%b", missing: "") == "ab")
        #expect(try CommandText("plain%%").constant == Array("plain%".utf8))
        #expect(try CommandText("%PROTOCOL%").constant == nil)
    }

    @Test func `flags have Envoy's names`() {
        var buffer = ByteBuffer()
        let flags: ResponseFlags = [
            .noHealthyUpstream, .upstreamConnectFailure, .upstreamOverflow, .noRoute, .retryLimit,
            .downstreamTermination, .upstreamTimeout, .upstreamReset, .upstreamTermination,
            .localReset, .rateLimited, .rateLimitError, .unauthorized, .streamIdleTimeout,
            .downstreamProtocolError, .noCluster, .downstreamReset,
        ]
        flags.write(into: &buffer)
        #expect(
            String(copying: buffer.readable)
                == "UH,UT,LR,UR,UF,UC,UO,NR,RL,UAEX,RLSE,DC,URX,SI,DPE,NC,DR"
        )
    }

    @Test func `a connection without a request shows no method`() throws {
        var request = RequestHead()
        request.setMethod(Span<UInt8>())
        var buffer = ByteBuffer()
        try CommandText("%REQ(:METHOD)% %REQ(:PATH)%").write(
            AccessRecord(),
            request: request,
            response: ResponseHead(),
            trailers: HeaderBlock(),
            into: &buffer
        )
        #expect(String(decoding: Array(copying: buffer.readable), as: UTF8.self) == "- -")
    }
}
