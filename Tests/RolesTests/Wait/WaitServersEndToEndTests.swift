import Basics
import Glibc
import HTTP
import Postgres
import Reactor
import Security
import System
import TestKit
import Testing

@testable import Roles

/// Attempts at servers in this process.
@Suite("Asking servers", .serialized, .timeLimit(.minutes(5)))
struct WaitServersEndToEndTests {
    @MainLoop private static func ask(
        _ word: String,
        _ settings: CheckSettings = CheckSettings(),
        wall: Timestamp? = nil
    ) async throws -> WaitMachine.Answer {
        var check = TargetCheck(settings: settings)
        if let wall { check.wall = { wall } }
        return await check.ask(try WaitTarget(word), until: Loop.main.now + .seconds(5))
    }

    /// A server that says a text to each client, after its first bytes if it is to wait for them.
    @MainLoop private static func server(
        waits: Bool = true,
        _ answer: @escaping @MainLoop ([UInt8]) -> [UInt8]
    ) throws -> (StreamListener, Task<Void, Never>) {
        let listener = try StreamListener.listen(host: "127.0.0.1", port: 0)
        let serving = Task { @MainLoop in
            while let stream = try? await listener.accept() {
                Task { @MainLoop in
                    if !waits { try? await stream.write(answer([])) }
                    while let bytes = try? await stream.read(), !bytes.isEmpty {
                        let said = answer(bytes)
                        if !said.isEmpty { try? await stream.write(said) }
                    }
                }
            }
        }
        return (listener, serving)
    }

    @Test @MainLoop func `a port`() async throws {
        let (listener, serving) = try Self.server { _ in [] }
        #expect(try await Self.ask("127.0.0.1:\(listener.port)") == .there(""))
        serving.cancel()
        listener.close()
        #expect(try await Self.ask("127.0.0.1:\(listener.port)") == .missing("connection refused"))
        #expect(try await Self.ask("nosuch.invalid:1") != .there(""))
    }

    @Test @MainLoop func `answers over HTTP`() async throws {
        let listener = try StreamListener.listen(host: "127.0.0.1", port: 0)
        let server = HTTPServer(listener: listener) { request, responder in
            switch request.path {
            case "/ready": try await responder.respond(200, text: "all is well\n")
            case "/moved":
                try await responder.respond(302, headers: ["Location": "ready"], body: [])
            case "/echo": try await responder.respond(200, text: request.headers["X-Word"] ?? "")
            case "/method":
                try await responder.respond(request.method == "POST" ? 201 : 405, text: "")
            default: try await responder.respond(503, text: "not yet\n")
            }
        }
        let serving = Task { @MainLoop in await server.run() }
        defer { serving.cancel() }
        let root = "http://127.0.0.1:\(listener.port)"
        #expect(try await Self.ask(root + "/ready") == .there("status 200"))
        #expect(try await Self.ask(root + "/no") == .missing("status 503"))
        #expect(try await Self.ask(root + "/moved") == .there("status 302"))
        var settings = CheckSettings()
        settings.statuses = [200...200]
        settings.follows = true
        settings.body = "is well"
        settings.bodyPattern = "^all .* well"
        #expect(try await Self.ask(root + "/moved", settings) == .there("status 200"))
        settings.bodyPattern = "^well"
        #expect(
            try await Self.ask(root + "/ready", settings)
                == .missing("status 200, and the body does not match")
        )
        settings.body = "is bad"
        #expect(
            try await Self.ask(root + "/ready", settings)
                == .missing("status 200, and the body does not hold the text")
        )
        var others = CheckSettings()
        others.headers = ["X-Word": "xyz"]
        others.body = "xyz"
        #expect(try await Self.ask(root + "/echo", others) == .there("status 200"))
        var post = CheckSettings()
        post.method = "POST"
        post.statuses = [201...201]
        #expect(try await Self.ask(root + "/method", post) == .there("status 201"))
        await server.stop(within: .milliseconds(100))
    }

    @Test @MainLoop func `probes as the kubelet makes them`() async throws {
        let listener = try StreamListener.listen(host: "127.0.0.1", port: 0)
        let server = HTTPServer(listener: listener) { request, responder in
            switch request.path {
            case "/healthz", "/readyz": try await responder.respond(200, text: "ok\n")
            case "/away":
                try await responder.respond(
                    302,
                    headers: ["Location": "http://other.invalid/"],
                    body: []
                )
            case "/here": try await responder.respond(307, headers: ["Location": "/bad"], body: [])
            default: try await responder.respond(500, text: "broken\nmore\n")
            }
        }
        let serving = Task { @MainLoop in await server.run() }
        defer { serving.cancel() }
        var said = ""
        func probe(_ words: [String]) async throws -> Int32 {
            said = ""
            guard case .run(let invocation) = try CommandParser(ProbeRole.role.spec).parse(words)
            else { return -1 }
            return try await ProbeRole.run(invocation, environment: [:]) { said += $0 }
        }
        let port = listener.port
        #expect(try await probe(["http", "\(port)/healthz"]) == 0 && said == "")
        #expect(try await probe(["http", "http://127.0.0.1:\(port)/x"]) == 1)
        #expect(said == "HTTP probe failed with statuscode: 500: broken")
        #expect(try await probe(["http", ":\(port)/away"]) == 0)
        #expect(said == "Probe terminated redirects to other.invalid")
        #expect(try await probe(["http", ":\(port)/here"]) == 1)
        #expect(try await probe(["tcp", "\(port)"]) == 0)
        #expect(try await probe(["--admin", "\(port)"]) == 0)
        #expect(try await probe(["--admin", "127.0.0.1:\(port)", "--live"]) == 0)
        #expect(try await probe(["exec", "--", "true"]) == 0 && said == "")
        #expect(try await probe(["exec", "--", "sh", "-c", "echo bad; exit 3"]) == 1)
        #expect(said == "sh: exit code 3: bad")
        #expect(try await probe(["exec", "--timeout", "100ms", "--", "sleep", "5"]) == 1)
        await server.stop(within: .milliseconds(100))
        #expect(try await probe(["tcp", "127.0.0.1:\(port)"]) == 1)
        #expect(said == "cannot connect to 127.0.0.1:\(port): connection refused")
        for words in [
            [], ["tcp", "x"], ["http", "ftp://x"], ["exec"], ["--admin", "x"],
            ["postgres", "http://x"], ["tcp", "1", "--timeout", "0"],
        ] {
            await #expect(throws: Failure.self, "\(words)") { try await probe(words) }
        }
    }

    @Test @MainLoop func `a certificate that is trusted, carries the name and holds`() async throws
    {
        let authority = try await TestAuthority()
        let leaf = try await authority.leaf(["DNS:localhost", "IP:127.0.0.1"])
        let identity = TLSIdentity(certificates: leaf.certificate, privateKey: leaf.privateKey)
        let listener = try StreamListener.listen(host: "127.0.0.1", port: 0)
        let serving = Task { @MainLoop in
            while let stream = try? await listener.accept() {
                Task { @MainLoop in
                    _ = try? await Channels.server(
                        over: stream,
                        identity: identity,
                        deadline: Loop.main.now + .seconds(5)
                    )
                    _ = try? await stream.read()
                }
            }
        }
        defer { serving.cancel() }
        let word = "tls://127.0.0.1:\(listener.port)"
        guard case .missing(let why) = try await Self.ask(word) else {
            Issue.record("a stranger is trusted")
            return
        }
        #expect(why.contains("certificate"))
        var settings = CheckSettings()
        settings.tls.verification = .authorities(pem: authority.certificate)
        guard case .there(let text) = try await Self.ask(word, settings) else {
            Issue.record("the own authority is not trusted: \(try await Self.ask(word, settings))")
            return
        }
        #expect(text.hasPrefix("certificate for"))
        settings.expiryMargin = .seconds(2 * 86_400)
        guard case .missing(let soon) = try await Self.ask(word, settings) else {
            Issue.record("it holds for a day only")
            return
        }
        #expect(soon.contains("expires in"))
        settings.expiryMargin = .zero
        settings.tls.serverName = "other.example"
        guard case .missing = try await Self.ask(word, settings) else {
            Issue.record("it carries another name")
            return
        }
    }

    /// What a server answers, changed while it serves.
    @MainLoop private final class Replies {
        var texts: [String: String] = [:]

        subscript(word: String) -> String? {
            get { texts[word] }
            set { texts[word] = newValue }
        }
    }

    @Test @MainLoop func `Redis and its states`() async throws {
        let replies = Replies()
        let (listener, serving) = try Self.server { bytes in
            let words = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n").map(
                String.init
            )
            return Array((replies[words.count > 2 ? words[2] : ""] ?? "-ERR unknown\r\n").utf8)
        }
        defer { serving.cancel() }
        let word = "redis://127.0.0.1:\(listener.port)"
        replies["PING"] = "+PONG\r\n"
        #expect(try await Self.ask(word) == .there(""))
        replies["PING"] = "-LOADING Redis is loading the dataset in memory\r\n"
        #expect(
            try await Self.ask(word) == .missing("LOADING Redis is loading the dataset in memory")
        )
        replies["PING"] = "+PONG\r\n"
        replies["ROLE"] = "*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n"
        #expect(try await Self.ask(word + "?role=master") == .there("master"))
        #expect(try await Self.ask(word + "?role=replica") == .missing("it is a master"))
        replies["ROLE"] = "*5\r\n$5\r\nslave\r\n$1\r\na\r\n:1\r\n$4\r\nsync\r\n:1\r\n"
        #expect(
            try await Self.ask(word + "?role=replica")
                == .missing("it is a replica whose link is sync")
        )
        replies["AUTH"] = "-WRONGPASS no\r\n"
        #expect(
            try await Self.ask("redis://:x@127.0.0.1:\(listener.port)") == .missing("WRONGPASS no")
        )
        replies["PING"] = "HTTP/1.1 400\r\n"
        #expect(try await Self.ask(word) == .missing("it does not speak Redis's protocol"))
    }

    @Test @MainLoop func `MySQL's greeting`() async throws {
        let greeting: [UInt8] = [12, 0, 0, 0, 10] + Array("8.0.1".utf8) + [0, 1, 2, 3, 4, 5]
        let (listener, serving) = try Self.server(waits: false) { _ in greeting }
        defer { serving.cancel() }
        #expect(try await Self.ask("mysql://127.0.0.1:\(listener.port)") == .there("8.0.1"))
    }

    @Test @MainLoop func `files and commands`() async throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("done")
        #expect(try await Self.ask("file:\(path)") == .missing("no such file or directory"))
        try folder.write("", to: "done")
        #expect(try await Self.ask("file:\(path)") == .there(""))
        #expect(try await Self.ask("file:\(path)?nonempty") == .missing("it is empty"))
        try folder.write("x", to: "done")
        #expect(try await Self.ask("file:\(path)?nonempty&fresh=1m") == .there(""))
        let later = Loop.main.moment.wall + .seconds(120)
        #expect(
            try await Self.ask("file:\(path)?fresh=1m", wall: later)
                == .missing("it is older than 60.0 s")
        )
        #expect(try await Self.ask("exec:test -f \(path)") == .there(""))
        #expect(
            try await Self.ask("exec:sh -c 'echo no >&2; exit 4'") == .missing("exit code 4: no")
        )
        let listener = try StreamListener.listen(unix: folder.file("socket"))
        #expect(try await Self.ask("unix:\(folder.file("socket"))") == .there(""))
        listener.close()
        #expect(try await Self.ask("unix:\(folder.file("socket"))") != .there(""))
    }

    @Test @MainLoop func `records of names`() async throws {
        let names = try DNSResponder { question in
            guard question.name == "app.test" else { return .code(3) }
            if question.isService {
                return .services([ResolvedService(host: "a.app.test", port: 8080)])
            }
            return .addresses(question.isV6 ? [] : ["10.0.0.1", "10.0.0.2"])
        }
        defer { names.close() }
        let server = "server=127.0.0.1:\(names.port)"
        #expect(try await Self.ask("dns:app.test?\(server)") == .there("10.0.0.1, 10.0.0.2"))
        #expect(try await Self.ask("dns:app.test?type=aaaa&\(server)") != .there(""))
        #expect(try await Self.ask("dns:app.test?min=3&\(server)") == .missing("2 of 3 records"))
        #expect(try await Self.ask("dns:app.test?type=srv&\(server)") == .there("a.app.test:8080"))
        #expect(try await Self.ask("dns:other.test?\(server)") == .missing("there is no such name"))
    }

    @Test @MainLoop func `a wait for a port that opens`() async throws {
        let port = try FreePort.find()
        guard
            case .run(let invocation) = try CommandParser(WaitRole.role.spec).parse([
                "127.0.0.1:\(port)", "--interval", "20ms", "--interval-max", "20ms", "-t", "10s",
            ])
        else { return }
        let options = try WaitOptions(invocation, environment: [:])
        var said: [String] = []
        var listener: StreamListener?
        let code = try await WaitRole.wait(options, [:]) { text in
            said.append(text)
            // The first line is the first failure.
            if listener == nil {
                listener = try? StreamListener.listen(host: "127.0.0.1", port: port)
            }
        }
        #expect(code == 0)
        #expect(said.first == "127.0.0.1:\(port): connection refused; waiting")
        #expect(said.count == 2 && said[1].contains(": ready after"))
        listener?.close()
        guard
            case .run(let short) = try CommandParser(WaitRole.role.spec).parse([
                "127.0.0.1:\(port)", "--interval", "10ms", "-t", "50ms", "-q",
            ])
        else { return }
        let late = try await WaitRole.wait(try WaitOptions(short, environment: [:]), [:]) { _ in
            Issue.record("it is to be quiet")
        }
        #expect(late == 1)
    }

    @Test @MainLoop func `nc tells what busybox tells`() async throws {
        let listener = try StreamListener.listen(host: "127.0.0.1", port: 0)
        let port = "\(listener.port)"
        var heard = WaitStandInTests.Heard()
        #expect(
            await Netcat.run(["-z", "127.0.0.1", port], isCheck: false, heard.voice) == .code(0)
        )
        #expect(heard.errors == "" && heard.output == "")
        #expect(
            await Netcat.run(["-zv", "127.0.0.1", port], isCheck: false, heard.voice) == .code(0)
        )
        #expect(heard.errors == "127.0.0.1 (127.0.0.1:\(port)) open\n")
        listener.close()
        heard = WaitStandInTests.Heard()
        #expect(
            await Netcat.run(["-zv", "127.0.0.1", port], isCheck: false, heard.voice) == .code(1)
        )
        #expect(heard.errors == "")
        #expect(
            await Netcat.run(["-zvv", "127.0.0.1", port], isCheck: false, heard.voice) == .code(1)
        )
        #expect(heard.errors == "nc: 127.0.0.1 (127.0.0.1:\(port)): Connection refused\n")
        heard = WaitStandInTests.Heard()
        #expect(await Netcat.run(["-zn", "name", port], isCheck: false, heard.voice) == .code(1))
        #expect(heard.errors == "nc: bad address 'name'\n")
    }

    @Test @MainLoop func `a shell's line is carried out, and its echo is written`() async throws {
        let port = try FreePort.find()
        var listener: StreamListener?
        var output = ""
        let voice = WaitStandIn.Voice { text in
            output += text
            if listener == nil {
                listener = try? StreamListener.listen(host: "127.0.0.1", port: port)
            }
        } errors: { text in
            Issue.record("\(text)")
        }
        let line =
            "until nc -z $HOST \(port); do echo \"Waiting for database...\"; sleep 0.05; done; echo \"Database is ready\""
        let ending = try await ShellRun.run(
            ["sh", "-c", line],
            ["HOST": "127.0.0.1"],
            isCheck: false,
            voice
        )
        #expect(ending == .code(0))
        #expect(output == "Waiting for database...\nDatabase is ready\n")
        listener?.close()
    }

    @Test @MainLoop func `what a shell's line does that is not known is said`() async throws {
        let heard = WaitStandInTests.Heard()
        let ending = try await ShellRun.run(
            ["sh", "-c", "python x"],
            [:],
            isCheck: false,
            heard.voice
        )
        #expect(ending == .code(2))
        #expect(heard.errors.hasPrefix("command:1:1: the command \"python\" is not known here"))
    }

    @Test @MainLoop func `scripts for waiting`() async throws {
        let listener = try StreamListener.listen(host: "127.0.0.1", port: 0)
        let place = "127.0.0.1:\(listener.port)"
        var heard = WaitStandInTests.Heard()
        var ending = try await WaitForIt.run(
            .vishnubob,
            "wait-for-it.sh",
            [place, "-t", "5", "--", "echo"],
            isCheck: false,
            heard.voice
        )
        #expect(ending == .becomes(["echo"]))
        #expect(
            heard.errors
                == "wait-for-it.sh: waiting 5 seconds for \(place)\nwait-for-it.sh: \(place) is available after 0 seconds\n"
        )
        heard = WaitStandInTests.Heard()
        ending = try await Dockerize.run(
            ["-wait", "tcp://\(place)", "run"],
            isCheck: false,
            heard.voice
        )
        #expect(ending == .becomes(["run"]))
        let lines = heard.errors.split(separator: "\n").map { String($0.dropFirst(20)) }
        #expect(lines == ["Waiting for: tcp://\(place)", "Connected to tcp://\(place)"])
        listener.close()
        heard = WaitStandInTests.Heard()
        ending = try await WaitForIt.run(
            .vishnubob,
            "wait-for-it.sh",
            [place, "-t", "1", "-s", "--", "echo"],
            isCheck: false,
            heard.voice
        )
        #expect(ending == .code(124))
        #expect(heard.errors.contains("timeout occurred after waiting 1 seconds for \(place)"))
        #expect(heard.errors.hasSuffix("strict mode, refusing to execute subprocess\n"))
        heard = WaitStandInTests.Heard()
        ending = try await WaitForIt.run(
            .eficode,
            "wait-for",
            [place, "-t", "1"],
            isCheck: false,
            heard.voice
        )
        #expect(ending == .code(1) && heard.errors == "Operation timed out\n")
        heard = WaitStandInTests.Heard()
        ending = try await Dockerize.run(
            ["-wait", "tcp://\(place)", "-timeout", "100ms"],
            isCheck: false,
            heard.voice
        )
        #expect(ending == .code(1))
        #expect(
            heard.errors.contains(
                "Timeout after 100ms waiting on dependencies to become available: [tcp://\(place)]"
            )
        )
    }
}
