import Basics
import Formats
import HTTP
import Reactor
import Records
import TestKit
import Testing

@testable import LogPipeline

/// Requests that are signed for a time, by machines whose clock is wrong.
@Suite("Signatures and clocks") @MainLoop struct SignedRequestTests {
    private func moment(_ instant: Int64, _ wall: Int64) -> Moment {
        Moment(instant: .zero + .seconds(instant), wall: Timestamp(seconds: wall))
    }

    @Test(
        arguments: [
            // What the other side says at second 10, and what is signed with at second 20.
            (nil, 1_020), ("no date", 1_020), ("Thu, 01 Jan 1970 00:20:10 GMT", 1_020),
            ("Thu, 01 Jan 1970 00:21:00 GMT", 1_270), ("Thu, 01 Jan 1970 00:00:00 GMT", 10),
        ] as [(String?, Int64)]
    )
    func `the other side's date is believed if it is far off`(_ date: String?, _ signed: Int64) {
        var clock = ServerClock()
        #expect(clock.time(at: moment(10, 1_010)) == Timestamp(seconds: 1_010))
        clock.heard(date, at: moment(10, 1_010))
        #expect(clock.time(at: moment(20, 1_020)) == Timestamp(seconds: signed))
    }

    @Test func `what is believed does not jump with the machine's clock`() {
        var clock = ServerClock()
        clock.heard("Thu, 01 Jan 1970 01:00:00 GMT", at: moment(10, 0))
        #expect(clock.time(at: moment(20, 900_000)) == Timestamp(seconds: 3_610))
        // Nor by small differences; by large ones it does.
        clock.heard("Thu, 01 Jan 1970 01:01:00 GMT", at: moment(20, 900_000))
        #expect(clock.time(at: moment(20, 0)) == Timestamp(seconds: 3_610))
        clock.heard("Thu, 01 Jan 1970 02:00:00 GMT", at: moment(20, 900_000))
        #expect(clock.time(at: moment(21, 0)) == Timestamp(seconds: 7_201))
    }

    /// A carrier of AWS's Elasticsearch in front of a server that takes no signature that is five minutes off.
    private func run(
        _ clock: WallClock,
        _ test: @MainLoop (HTTPCarrier<ElasticsearchForm>, FakeElasticsearch) async throws -> Void
    ) async throws {
        let server = FakeElasticsearch()
        try await withLoopback { request, responder in
            let stamp = request.headers["X-Amz-Date"] ?? ""
            let format = try StrptimeFormat("%Y%m%dT%H%M%SZ")
            let now = WallClock.machine.wall
            let signed = format.parse(Array(stamp.utf8).span, now: now) ?? Timestamp(seconds: 0)
            guard max(signed - now, now - signed) < .seconds(300) else {
                return try await responder.respond(403, text: "Signature expired")
            }
            try await server.handle(request, responder)
        } test: { loopback in
            var request = RequestSettings(endpoints: [
                EndpointSettings(host: "127.0.0.1", port: loopback.port)
            ])
            request.timeout = .seconds(5)
            request.authentication = .aws(region: "eu-west-1", service: "es")
            let keys = AWSCredentialSource(
                .init(accessKey: "A", secretKey: "S"),
                region: "eu-west-1",
                clock: { clock.wall }
            )
            let form = ElasticsearchForm(ElasticsearchSettings(request: request, index: "i"))
            let carrier = HTTPCarrier(request, form: form, credentials: keys, clock: clock)
            try await carrier.open()
            try await test(carrier, server)
            await carrier.close()
        }
    }

    @Test(arguments: [-86_400 * 365, -3_600, 600, 86_400 * 36_500] as [Int64])
    func `after one refusal it is delivered`(_ wrong: Int64) async throws {
        let clock = WallClock { WallClock.machine.wall + .seconds(wrong) }
        try await run(clock) { carrier, server in
            let events = [SinkKit.event(["n": .integer(1)])]
            guard case .failed(let setback) = await SinkKit.carry(carrier, events) else {
                Issue.record("it was taken")
                return
            }
            #expect(setback.remedy == .retry && setback.code == 403)
            #expect(await SinkKit.carry(carrier, events) == .delivered)
            #expect(server.stored == [1: 1])
        }
    }

    @Test func `a clock that jumps holds up one attempt at most`() async throws {
        let jumping = JumpingClock(seed: 3)
        try await run(jumping.clock) { carrier, server in
            let events = [SinkKit.event(["n": .integer(1)])]
            var failures = 0
            for _ in 0..<20 where await SinkKit.carry(carrier, events) != .delivered {
                failures += 1
            }
            #expect(failures <= 1 && server.stored == [1: 20 - failures])
        }
    }

    // MARK: Keys that end

    /// The container's service for keys, which end at a time.
    private func keys(
        until end: @escaping @MainLoop () -> Timestamp,
        _ clock: WallClock,
        _ test: @MainLoop (AWSCredentialSource, @MainLoop () -> Int) async throws -> Void
    ) async throws {
        var asked = 0
        try await withLoopback { _, responder in
            asked += 1
            let text =
                #"{"AccessKeyId":"K\#(asked)","SecretAccessKey":"S","Expiration":"\#(end().rfc3339)"}"#
            try await responder.respond(200, body: Array(text.utf8))
        } test: { loopback in
            let url = "http://127.0.0.1:\(loopback.port)/keys"
            let source = AWSCredentialSource(
                nil,
                region: "r",
                environment: { $0 == "AWS_CONTAINER_CREDENTIALS_FULL_URI" ? url : nil },
                clock: { clock.wall }
            )
            try await test(source) { asked }
        }
    }

    @Test func `keys are not asked for again because the clock was set`() async throws {
        let jumping = JumpingClock(seed: 5)
        try await keys(until: { WallClock.machine.wall + .seconds(3_600) }, jumping.clock) {
            source,
            asked in
            for _ in 0..<50 {
                let keys = try await source.credentials()
                #expect(keys?.accessKey == "K1")
            }
            #expect(asked() == 1)
        }
    }

    @Test func `keys that were refused are asked for again`() async throws {
        try await keys(until: { Timestamp(seconds: 0) }, .machine) { source, _ in
            let first = try await source.credentials()
            let second = try await source.credentials()
            #expect(first?.accessKey == "K1" && second?.accessKey == "K1")
            source.doubt()
            let third = try await source.credentials()
            #expect(third?.accessKey == "K2")
        }
    }
}
