import Basics
import Formats
import HTTP
import ObjectStore
import Reactor
import Testing

@testable import NodeAPI

/// A client of SPDY in memory: what it sends is queued, what it gets is decoded.
@MainLoop final class FakeByteLink: ByteLink {
    let incoming = AsyncQueue<[UInt8]>(capacity: 1 << 16)
    var frames: [SPDYFrame] = []
    var isClosed = false
    var hasLeft = false
    /// What happens after each frame that the server sends.
    var onFrame: @MainLoop (SPDYFrame) -> Void = { _ in }
    private let encoder = SPDYEncoder()
    private var decoder = SPDYDecoder()

    func say(_ frame: SPDYFrame) { incoming.send(encoder.bytes(frame)) }

    func open(_ kinds: [String]) {
        for (place, kind) in kinds.enumerated() {
            let headers = [SPDYHeader("streamtype", kind)]
            say(.open(stream: UInt32(2 * place + 1), headers: headers, isLast: false))
        }
    }

    func read() async throws(Failure) -> [UInt8] { await incoming.next() ?? [] }

    func write(_ bytes: [UInt8]) async throws(Failure) {
        if hasLeft || isClosed { throw Failure(.unavailable, "the client has left") }
        decoder.append(bytes)
        while let frame = try? decoder.next() {
            frames.append(frame)
            onFrame(frame)
        }
    }

    func close() async {
        isClosed = true
        incoming.finish()
    }

    func text(_ stream: UInt32) -> String {
        let bytes = frames.flatMap { frame -> [UInt8] in
            guard case .data(stream, let bytes, _) = frame else { return [] }
            return bytes
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    func hasEnded(_ stream: UInt32) -> Bool {
        frames.contains { if case .data(stream, _, true) = $0 { true } else { false } }
    }
}

@MainLoop @Suite("Programs over SPDY", .timeLimit(.minutes(1))) struct CommandStreamsTests {
    let engine = FakeEngine()
    let link = FakeByteLink()

    private func run(
        stdin: Bool = false,
        stderr: Bool = true,
        tty: Bool = false,
        version: String = "v4.channel.k8s.io"
    ) async {
        let request = ExecRequest(
            pod: ObjectKey("pods", "default", "web"),
            uid: "u",
            container: "app",
            command: ["x"],
            stdin: stdin,
            stdout: true,
            stderr: stderr,
            tty: tty
        )
        let session = CommandSession(request: request, services: engine)
        await session.run(CommandStreams(link, version: version))
    }

    /// A client that says goodbye when the status has come.
    private func leaveAtTheEnd() {
        link.onFrame = { [link] frame in
            guard case .data(1, _, true) = frame else { return }
            link.say(.reset(stream: 1, status: 5))
            link.say(.goAway)
        }
    }

    @Test(
        arguments: [
            (["v5.channel.k8s.io", "v4.channel.k8s.io", "v3.channel.k8s.io"], "v4.channel.k8s.io"),
            (["v3.channel.k8s.io", "v4.channel.k8s.io"], "v3.channel.k8s.io"),
            (["v5.channel.k8s.io"], "v5.channel.k8s.io"), (["channel.k8s.io"], "channel.k8s.io"),
            ([], "channel.k8s.io"), (["v9.channel.k8s.io"], nil),
        ] as [([String], String?)]
    )
    func `the version is the first that both speak`(offered: [String], chosen: String?) {
        #expect(CommandStreams.choose(offered) == chosen)
    }

    @Test func `input, output, errors and the exit code have streams of their own`() async throws {
        engine.session.ending = .exited(7)
        engine.session.output.send(.stdout(Array("out".utf8)))
        engine.session.output.send(.stderr(Array("err".utf8)))
        leaveAtTheEnd()
        link.open(["error", "stdin", "stdout", "stderr"])
        link.say(.data(stream: 3, bytes: Array("in".utf8), isLast: false))
        link.say(.ping(11))
        link.say(.ping(2))
        link.say(.data(stream: 3, bytes: [], isLast: true))
        await run(stdin: true)
        #expect(engine.session.input == Array("in".utf8) && engine.session.isInputClosed)
        #expect(link.text(5) == "out" && link.text(7) == "err")
        #expect([1, 5, 7].allSatisfy { link.hasEnded($0) } && !link.hasEnded(3))
        let status = try JSON.parse(link.text(1))
        #expect(status["details"]?["causes"]?[0]?["message"] == "7")
        // Its own pings come back to the server from the client: only the client's are answered.
        #expect(link.frames.contains(.ping(11)) && !link.frames.contains(.ping(2)))
        #expect(link.isClosed && !engine.session.isHungUp)
        let replies = link.frames.count { if case .reply = $0 { true } else { false } }
        #expect(replies == 4)
    }

    @Test func `a program starts when all of its streams are there`() async throws {
        engine.session.output.finish()
        leaveAtTheEnd()
        link.open(["error", "stdout"])
        let work = Task { @MainLoop in await run() }
        while link.frames.count < 2 { await Loop.main.turn() }
        for _ in 0..<10 { await Loop.main.turn() }
        #expect(engine.lastExec == nil)
        link.say(
            .open(stream: 5, headers: [SPDYHeader("streamtype", "stderr")], isLast: false)
        )
        await work.value
        #expect(engine.lastExec?.command == ["x"])
    }

    @Test func `streams that nobody asked for, or twice, are reset`() async throws {
        engine.session.output.finish()
        leaveAtTheEnd()
        link.open(["error", "stdout", "stdout", "stdin", "data", "stderr"])
        link.say(
            .open(stream: 0, headers: [SPDYHeader("streamtype", "error")], isLast: false)
        )
        await run()
        let resets = link.frames.compactMap { frame -> UInt32? in
            if case .reset(let stream, 3) = frame { stream } else { nil }
        }
        #expect(Set(resets).isSuperset(of: [5, 7, 9]))
    }

    @Test func `a terminal has sizes, in pieces too, and no errors`() async throws {
        leaveAtTheEnd()
        link.open(["error", "stdin", "stdout", "resize"])
        link.say(.data(stream: 7, bytes: Array("{\"Width\":80,".utf8), isLast: false))
        let rest = Array("\"Height\":24}\n{\"Width\":0,\"Height\":0}\n".utf8)
        link.say(.data(stream: 7, bytes: rest, isLast: false))
        link.say(.data(stream: 3, bytes: [], isLast: true))
        await run(stdin: true, stderr: false, tty: true)
        #expect(engine.session.size == [80, 24])
        #expect(engine.session.isInputClosed)
    }

    @Test(
        arguments: [
            ("channel.k8s.io", true), ("v2.channel.k8s.io", true), ("v3.channel.k8s.io", false),
        ]
    )
    func `before v4 a failure is told in words, before v3 no size`(
        version: String,
        isSizeless: Bool
    ) async throws {
        engine.session.ending = .exited(3)
        engine.session.output.finish()
        leaveAtTheEnd()
        link.open(isSizeless ? ["error", "stdout"] : ["error", "stdout", "resize"])
        await run(stderr: false, tty: true, version: version)
        #expect(link.text(1) == "command terminated with non-zero exit code: exit status 3")
    }

    @Test func `a program that cannot start has its reason as status`() async throws {
        engine.execFailure = Failure(.notFound, "no such program")
        leaveAtTheEnd()
        link.open(["error", "stdout", "stderr"])
        await run()
        #expect(try JSON.parse(link.text(1))["message"] == "no such program")
        #expect(link.hasEnded(3) && link.hasEnded(5))
    }

    @Test(arguments: [SPDYFrame.goAway, nil])
    func `a client that leaves hangs the program up`(last: SPDYFrame?) async throws {
        link.open(["error", "stdin", "stdout", "stderr"])
        if let last { link.say(last) } else { link.incoming.finish() }
        await run(stdin: true)
        #expect(engine.session.isHungUp && link.text(1).isEmpty)
    }

    @Test func `a client that breaks the protocol hangs the program up`() async throws {
        link.open(["error", "stdin", "stdout", "stderr"])
        link.incoming.send([0x80, 2, 0, 6, 0, 0, 0, 4, 0, 0, 0, 1])
        await run(stdin: true)
        #expect(engine.session.isHungUp)
    }

    @Test func `a client that opens no streams and leaves starts nothing`() async throws {
        link.open(["error"])
        link.incoming.finish()
        await run()
        #expect(engine.lastExec == nil && link.isClosed)
    }

    @Test(
        arguments: [
            ("kubectl/v1.32.4 (linux/amd64) kubernetes/0", .lost), ("kubectl/v1.30.0", .lost),
            ("kubectl/v1.33.1-dispatcher (x)", .lost), ("kubectl/v1.29.15", .arrive),
            ("kubectl/v1.34.0 (linux/amd64)", .arrive), ("kubectl1.32/v1.32.4", .lost),
            ("kubectl/unknown", .doubtful), ("kubectl", .doubtful), ("k9s/v1.32", .arrive),
            ("", .arrive),
        ] as [(String, EarlyFrames)]
    )
    func `who loses the first frames of a WebSocket is known by its name`(
        agent: String,
        fate: EarlyFrames
    ) {
        #expect(EarlyFrames(userAgent: agent) == fate)
    }
}

@MainLoop @Suite("Clients that are held up", .timeLimit(.minutes(1))) struct HeldUpTests {
    let engine = FakeEngine()

    private let request = ExecRequest(
        pod: ObjectKey("pods", "default", "web"),
        uid: "u",
        container: "app",
        command: ["x"],
        stdin: true,
        stdout: true,
        stderr: true,
        tty: false
    )

    @Test func `a client that leaves while its program reads nothing hangs it up`() async throws {
        let socket = FakeSocket()
        engine.session.takesInput = false
        for _ in 0..<40 { socket.incoming.send([0, 1, 2, 3]) }
        let session = CommandSession(request: request, services: engine)
        let work = Task { @MainLoop in await session.run(CommandChannels(socket)) }
        // It reads until the queue is full, then asks for signs of life.
        while socket.pings < 1 { try await Loop.main.sleep(for: .milliseconds(5)) }
        #expect(socket.incoming.count > 10 && !engine.session.isHungUp)
        socket.hasLeft = true
        await work.value
        #expect(engine.session.isHungUp && !socket.isClosed)
    }

    @Test func `the window's size and the end pass an input that waits`() async throws {
        let socket = FakeSocket()
        engine.session.takesInput = false
        socket.incoming.send([0, 1])
        socket.incoming.send([4] + Array("{\"Width\":80,\"Height\":24}".utf8))
        let session = CommandSession(request: request, services: engine)
        let work = Task { @MainLoop in await session.run(CommandChannels(socket)) }
        while engine.session.size.isEmpty { await Loop.main.turn() }
        socket.incoming.finish()
        await work.value
        #expect(engine.session.isHungUp)
    }

    // MARK: Ports

    /// Limits that a test reaches at once.
    private var limits: InboxBudget.Limits {
        var limits = InboxBudget.Limits()
        limits.inbox = 1000
        limits.total = 3000
        limits.patience = .milliseconds(30)
        limits.lonelyPatience = .milliseconds(60)
        limits.tick = .milliseconds(5)
        return limits
    }

    @Test func `reading goes on while each connection stays within its part`() async throws {
        let budget = InboxBudget(limits)
        let inboxes = (0..<3).map { _ in budget.makeInbox { Issue.record("given up") } }
        for inbox in inboxes { inbox.put([UInt8](repeating: 1, count: 900)) }
        await budget.waitForRoom { Issue.record("nobody was to be asked") }
        #expect(await inboxes[0].next()?.count == 900)
        inboxes[0].finish()
        #expect(await inboxes[0].next() == nil)
    }

    @Test func `reading goes on when the pod takes something`() async throws {
        let budget = InboxBudget(limits)
        let inbox = budget.makeInbox { Issue.record("given up") }
        inbox.put([UInt8](repeating: 1, count: 2000))
        let taker = Task { @MainLoop in await inbox.next()?.count }
        await budget.waitForRoom {}
        #expect(await taker.value == 2000 && inbox.held == 0)
    }

    @Test(arguments: [1, 2])
    func `a connection that takes nothing is given up for the others`(count: Int) async throws {
        let budget = InboxBudget(limits)
        var lost: [Int] = []
        let inboxes = (0..<count).map { index in budget.makeInbox { lost.append(index) } }
        inboxes[0].put([UInt8](repeating: 1, count: 2000))
        let began = Loop.main.now
        var knocks = 0
        await budget.waitForRoom { knocks += 1 }
        #expect(lost == [0] && knocks > 0)
        #expect(Loop.main.now - began >= (count == 1 ? limits.lonelyPatience : limits.patience))
        // What still comes for it is dropped.
        inboxes[0].put([1])
        await budget.waitForRoom { Issue.record("nobody was to be asked") }
    }

    @Test func `a client that leaves ends the wait at once`() async throws {
        var limits = limits
        limits.patience = .seconds(3600)
        limits.lonelyPatience = .seconds(3600)
        let budget = InboxBudget(limits)
        let inbox = budget.makeInbox {}
        inbox.put([UInt8](repeating: 1, count: 2000))
        await budget.waitForRoom { budget.close() }
    }

    @Test func `one that is stuck and one that all overflow are told apart`() async throws {
        let budget = InboxBudget(limits)
        var lost: [Int] = []
        let inboxes = (0..<4).map { index in budget.makeInbox { lost.append(index) } }
        for (index, inbox) in inboxes.enumerated() {
            inbox.put([UInt8](repeating: 1, count: 700 + index))
        }
        // All together are too much: the one for which the most waits goes first.
        await budget.waitForRoom {}
        #expect(lost == [3])
    }
}
