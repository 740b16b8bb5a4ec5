import Basics
import Reactor
import Records
import System
import TestKit
import Testing

@testable import LogPipeline

@Suite("Forward sink", .timeLimit(.minutes(1))) struct ForwardCarrierTests {
    /// Runs a source to send to.
    @MainLoop private static func server(
        _ change: (inout ForwardSourceSettings) -> Void = { _ in },
        _ body: (UInt16, TestIntake) async throws -> Void
    ) async throws {
        var settings = ForwardSourceSettings()
        settings.host = "127.0.0.1"
        settings.port = 0
        change(&settings)
        let source = ForwardSource(
            id: "in",
            tag: "forward",
            settings: settings,
            hostName: "collector",
            journal: .silent
        )
        let intake = TestIntake()
        intake.deliversAtOnce = true
        try await SourceTests.run(source, intake, isReady: { source.port != 0 }) {
            try await body(source.port, intake)
        }
    }

    @MainLoop private static func carrier(
        _ ports: [UInt16],
        _ change: (inout ForwardSinkSettings) -> Void = { _ in }
    ) -> ForwardCarrier {
        var settings = ForwardSinkSettings(
            endpoints: ports.map { EndpointSettings(host: "127.0.0.1", port: $0) }
        )
        settings.requiresAck = true
        settings.timeout = .seconds(10)
        change(&settings)
        return ForwardCarrier(settings, hostName: "app")
    }

    private static let records: [Fields] = [
        ["a": .integer(1), "b": .object(["c": .array([.null, .boolean(true)])])],
        ["a": .text("x"), "time": .timestamp(Timestamp(seconds: 5))],
    ]

    @Test(arguments: [CompressionKind.none, .gzip])
    @MainLoop func `records arrive as they were, and the answer is waited for`(
        _ compression: CompressionKind
    ) async throws {
        try await Self.server { port, intake in
            let carrier = Self.carrier([port]) { $0.compression = compression }
            for _ in 0..<2 {
                let answer = await SinkKit.carry(carrier, Self.records.map { SinkKit.event($0) })
                #expect(answer == .delivered)
            }
            #expect(intake.fields == Self.records + Self.records)
            #expect(intake.events.allSatisfy { $0.tag.text == "app" && $0.time == SinkKit.time })
            await carrier.close()
        }
    }

    @Test @MainLoop func `both sides know the key`() async throws {
        try await Self.server {
            $0.sharedKey = "secret"
            $0.users = ["bob": "pw"]
        } _: { port, intake in
            let event = SinkKit.event(["a": .integer(1)])
            let carrier = Self.carrier([port]) {
                $0.sharedKey = "secret"
                $0.user = "bob"
                $0.password = "pw"
                $0.tag = "mine"
                $0.timeAsInteger = true
            }
            let answer = await SinkKit.carry(carrier, [event])
            #expect(answer == .delivered)
            #expect(intake.events.map(\.tag.text) == ["mine"])
            #expect(intake.events.map(\.time) == [Timestamp(seconds: 1_700_000_000)])
            await carrier.close()
            let other = Self.carrier([port]) { $0.sharedKey = "other" }
            let refused = await SinkKit.carry(other, [event])
            guard case .failed(let setback) = refused else {
                Issue.record("\(refused)")
                return
            }
            #expect(setback.reason.contains("shared_key mismatch"), "\(setback.reason)")
        }
    }

    @Test @MainLoop func `the next server is used when one is not there`() async throws {
        try await Self.server { port, intake in
            let free = try FreePort.find()
            let carrier = Self.carrier([free, port])
            for _ in 0..<2 {
                let answer = await SinkKit.carry(carrier, [SinkKit.event(["a": .integer(1)])])
                #expect(answer == .delivered)
            }
            #expect(intake.events.count == 2)
            await carrier.close()
        }
    }

    @Test @MainLoop func `without an answer nothing is known`() async throws {
        let listener = try StreamListener.listen(host: "127.0.0.1", port: 0)
        let carrier = Self.carrier([listener.port])
        let sending = Task { @MainLoop in
            await SinkKit.carry(carrier, [SinkKit.event(["a": .integer(1)])])
        }
        let stream = try await listener.accept(deadline: Loop.main.now + .seconds(5))
        _ = try await stream.read(deadline: Loop.main.now + .seconds(5))
        stream.close()
        guard case .failed(let setback) = await sending.value else {
            Issue.record("it is not delivered")
            return
        }
        #expect(setback.isUncertain)
        #expect(setback.remedy == .retry)
        await carrier.close()
    }

    @Test @MainLoop func `a refused record can be read in the dead letters`() {
        let carrier = Self.carrier([1])
        let load = SinkKit.load(carrier, Self.records.map { SinkKit.event($0) })
        let text = String(decoding: carrier.document(load[0], in: load), as: UTF8.self)
        #expect(text == #"{"a":1,"b":{"c":[null,true]}}"#)
    }
}
