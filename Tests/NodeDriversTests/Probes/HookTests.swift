import Basics
import HTTP
import PodEngine
import PodModel
import Reactor
import TestKit
import Testing

@testable import NodeDrivers

@Suite("Hooks", .timeLimit(.minutes(1))) @MainLoop struct HookTests {
    let prober = Prober()

    private func run(
        _ handler: LifecycleHandler,
        record: @escaping @MainLoop (EventRecord) -> Void = { _ in },
        exec: @escaping Prober.Exec = { _, _, _ in throw Failure(.internalError, "no command") }
    ) async -> HookOutcome {
        let owner = Prober.HookOwner(
            container: Container(name: "app"),
            pod: "web_default(1234)",
            podIP: "127.0.0.1"
        )
        return await prober.runHook(handler, of: owner, exec: exec, record: record)
    }

    @Test func `a command has no time limit and its output stays secret`() async {
        let handler = LifecycleHandler.exec(ExecAction(command: ["sh", "-c", "$(A)"]))
        let fine = await run(
            handler,
            exec: { command, timeout, _ in
                #expect(command == ["sh", "-c", "$(A)"])
                #expect(timeout == nil)
                return .init(exitCode: 0, output: [])
            }
        )
        #expect(fine == .succeeded)
        let failed = await run(
            handler,
            exec: { _, _, _ in
                .init(exitCode: 3, output: Array("secret".utf8))
            }
        )
        #expect(
            failed
                == .failed(
                    "Exec lifecycle hook ([sh -c $(A)]) for Container \"app\" in Pod "
                        + "\"web_default(1234)\" failed - error: command 'sh -c $(A)' exited with 3"
                )
        )
    }

    @Test(arguments: [200, 404, 500]) func `any HTTP answer is a success`(status: Int) async throws
    {
        try await withLoopback { request, responder in
            #expect(request.headers["user-agent"] == "kube-lifecycle/1.36")
            try await responder.respond(status)
        } test: { loopback in
            let action = HTTPGetAction(path: "/", port: .int(Int(loopback.port)))
            let outcome = await run(.httpGet(action))
            #expect(outcome == .succeeded)
        }
    }

    @Test func `no HTTP answer is a failure`() async throws {
        let port = try FreePort.find()
        let outcome = await run(.httpGet(HTTPGetAction(path: "/bye", port: .int(Int(port)))))
        #expect(
            outcome
                == .failed(
                    "HTTP lifecycle hook (/bye) for Container \"app\" in Pod \"web_default(1234)\" "
                        + "failed - error: Get \"http://127.0.0.1:\(port)/bye\": dial tcp "
                        + "127.0.0.1:\(port): connect: connection refused"
                )
        )
    }

    @Test func `HTTPS falls back on a plain server, without the credentials`() async throws {
        var events: [EventRecord] = []
        try await withLoopback { request, responder in
            #expect(request.headers["authorization"] == nil)
            #expect(request.headers["x"] == "y")
            try await responder.respond(200)
        } test: { loopback in
            let action = HTTPGetAction(
                path: "/",
                port: .int(Int(loopback.port)),
                scheme: .https,
                httpHeaders: [
                    HTTPHeader(name: "Authorization", value: "secret"),
                    HTTPHeader(name: "X", value: "y"),
                ]
            )
            let outcome = await run(.httpGet(action), record: { events.append($0) })
            #expect(outcome == .succeeded)
            #expect(events.map(\.reason) == ["LifecycleHTTPFallback"])
            #expect(
                events.first?.message
                    == "request to HTTPS lifecycle hook 127.0.0.1:\(loopback.port) got HTTP "
                    + "response, retry with HTTP succeeded"
            )
        }
    }

    @Test func `a sleep lasts its time, and ends with its task`() async throws {
        let none = await run(.sleep(seconds: 0))
        #expect(none == .succeeded)
        let start = Loop.main.now
        let one = await run(.sleep(seconds: 1))
        #expect(one == .succeeded)
        #expect(Loop.main.now - start >= .seconds(1))
        let long = Task { @MainLoop in await run(.sleep(seconds: 3600)) }
        try await Loop.main.sleep(for: .milliseconds(5))
        long.cancel()
        guard case .failed(let text) = await long.value else {
            Issue.record("it slept on")
            return
        }
        #expect(text.hasSuffix("container terminated before sleep hook finished"))
    }
}
