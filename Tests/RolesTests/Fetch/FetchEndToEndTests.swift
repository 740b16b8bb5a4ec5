import Basics
import Formats
import HTTP
import Reactor
import Security
import Synchronization
import System
import TestKit
import Testing

@testable import Roles

@Suite("Files that are fetched", .serialized) struct FetchEndToEndTests {
    /// Settings with short pauses.
    @MainLoop static func settings(
        _ words: [String],
        _ environment: [String: String] = [:]
    ) throws -> FetchSettings {
        let parser = CommandParser(
            CommandSpec("companion", summary: "", subcommands: [FetchRole.role.spec])
        )
        guard case .run(let invocation) = try parser.parse(["fetch"] + words) else {
            throw Failure(.invalid, "help")
        }
        var found = try FetchSettings(invocation, files: FileAccess(), environment: environment)
        found.retries.backoff.initial = .milliseconds(10)
        found.retries.backoff.cap = .milliseconds(20)
        return found
    }

    @MainLoop static func fetch(
        _ words: [String],
        _ environment: [String: String] = [:]
    ) async throws -> Fetcher.Outcome {
        let settings = try settings(words, environment)
        return try await Fetcher(settings, journal: .silent).fetch(settings.items[0])
    }

    @Test @MainLoop func `a file comes whole, with its mode, and without leftovers`() async throws {
        let folder = try TemporaryDirectory()
        let server = try FetchServer()
        server.serve("/a", .init(200, "content"))
        let target = folder.file("x/app.conf")
        let words = ["-o", target, "--mode", "0640", server.url("/a")]
        #expect(try await Self.fetch(words) == .changed(7))
        #expect(try Files.text(target) == "content")
        #expect(try Files.stat(target).mode == 0o640)
        #expect(try Files.list(folder.file("x")) == ["app.conf"])
        #expect(try await Self.fetch(words) == .same)
    }

    @Test(arguments: [404, 403, 500, 401]) @MainLoop
    func `an answer of 400 and more leaves the old file`(_ status: Int) async throws {
        let folder = try TemporaryDirectory()
        let server = try FetchServer()
        server.serve("/a", .init(status, "<h1>it says why</h1>"))
        let target = try folder.write("old", to: "f")
        let error = await #expect(throws: WebFailure.self) {
            try await Self.fetch(["-o", target, "--tries", "2", server.url("/a")])
        }
        #expect(error?.kind == .status(status))
        #expect(error?.description.contains("the server answers \(status)") == true)
        #expect(error?.description.contains("it says why") == true)
        #expect(try Files.text(target) == "old")
        #expect(try Files.list(folder.path) == ["f"])
        #expect(server.asked.count == (status == 500 ? 2 : 1))
    }

    @Test @MainLoop func `a body that is cut goes on where it ended`() async throws {
        let folder = try TemporaryDirectory()
        let server = try FetchServer()
        let text = String(repeating: "0123456789", count: 1000)
        var broken = FetchServer.Page(200, text, ["ETag": "\"1\""])
        broken.cut = 4000
        server.serve("/a", broken, .init(200, text, ["ETag": "\"1\""]))
        let target = folder.file("f")
        let settings = try Self.settings([
            "-o", target, "--checksum", "sha256:" + SHA256.hexadecimal(of: Array(text.utf8)),
            server.url("/a"),
        ])
        let fetcher = Fetcher(settings, journal: .silent)
        #expect(try await fetcher.fetch(settings.items[0]) == .changed(10_000))
        #expect(try Files.text(target) == text)
        #expect(server.asked.last?.headers["Range"] == "bytes=4000-")
        #expect(server.asked.last?.headers["If-Range"] == "\"1\"")
        #expect(fetcher.resumed == 1)
    }

    @Test @MainLoop func `a body that changed meanwhile is fetched from its beginning`()
        async throws
    {
        let folder = try TemporaryDirectory()
        let server = try FetchServer()
        var broken = FetchServer.Page(200, "aaaaaaaa", ["ETag": "\"1\""])
        broken.cut = 4
        server.serve("/a", broken, .init(200, "bbbbbbbb", ["ETag": "\"2\""]))
        let target = folder.file("f")
        _ = try await Self.fetch(["-o", target, server.url("/a")])
        #expect(try Files.text(target) == "bbbbbbbb")
    }

    @Test @MainLoop func `a rest of another version is not put behind a beginning`() async throws {
        let folder = try TemporaryDirectory()
        let server = try FetchServer()
        var broken = FetchServer.Page(200, "aaaaaaaa", ["ETag": "\"1\""])
        broken.cut = 4
        var careless = FetchServer.Page(200, "bbbbbbbb", ["ETag": "\"2\""])
        careless.ignoresCondition = true
        server.serve("/a", broken, careless)
        let target = folder.file("f")
        let settings = try Self.settings(["-o", target, server.url("/a")])
        let fetcher = Fetcher(settings, journal: .silent)
        _ = try await fetcher.fetch(settings.items[0])
        #expect(try Files.text(target) == "bbbbbbbb")
        #expect(server.asked.map { $0.headers["Range"] } == [nil, "bytes=4-", nil])
        #expect(fetcher.resumed == 0)
    }

    @Test @MainLoop func `fields of one's own stay with the first host`() async throws {
        let folder = try TemporaryDirectory()
        let (server, other) = (try FetchServer(), try FetchServer())
        server.serve("/a", .init(302, "", ["Location": other.url("/b")]))
        other.serve("/b", .init(200, "there"))
        let secret = try folder.write("s3cret\n", to: "secret")
        _ = try await Self.fetch([
            "-o", folder.file("f"), "--header-file", "X-Company-Key=\(secret)", "-H", "X-More: m",
            "-H", "Accept: text/plain", "-u", "user:password", server.url("/a"),
        ])
        #expect(server.asked[0].headers["X-Company-Key"] == "s3cret")
        #expect(server.asked[0].headers["Authorization"] != nil)
        for name in ["X-Company-Key", "X-More", "Authorization"] {
            #expect(other.asked[0].headers[name] == nil, "\(name)")
        }
        #expect(other.asked[0].headers["Accept"] == "text/plain")
    }

    @Test @MainLoop func `what cannot be had ends with 1, and is told with its address`()
        async throws
    {
        let folder = try TemporaryDirectory()
        let server = try FetchServer()
        var cut = FetchServer.Page(200, "12345678")
        cut.cut = 4
        server.serve("/cut", cut)
        server.serve("/json", .init(200, "{\"a\": 1}"))
        let template = try folder.write("x\n${json:/b}", to: "template")
        let wrong = "sha256:" + String(repeating: "0", count: 64)
        for (words, text) in [
            (["--checksum", wrong, server.url("/json")], "is not what was expected"),
            (["--pick", "/b", server.url("/json")], "the document has nothing at /b"),
            (
                ["--template", template, server.url("/json")],
                "cannot fill \(template):2:1 with \(server.url("/json"))"
            ),
            ([server.url("/cut")], "cannot get \(server.url("/cut")): "),
            (["git:\(folder.path)/nothing#main"], "of \(folder.path)/nothing: git says"),
        ] {
            let lines = Mutex<[String]>([])
            let journal = Journal(level: .info, isJSON: false, time: { "" }) { line in
                lines.withLock { $0.append(line) }
            }
            let settings = try Self.settings(["-o", folder.file("f"), "--tries", "1"] + words)
            #expect(try await FetchRole.once(settings, journal) == 1)
            let said = lines.withLock { $0 }
            #expect(said.count == 1 && said[0].contains(text), "\(words): \(said)")
            #expect(try Files.list(folder.path) == ["template"])
        }
    }

    @Test @MainLoop func `every mistake of a configuration is told at its place`() async throws {
        let folder = try TemporaryDirectory()
        let path = try folder.write(
            """
            files:
              - {from: "ftp://x/y", to: /a, checksum: "sha256:zz"}
              - {from: "http://x/y", too: /b}
              - {from: "http://x/y", to: /c, owner: nobody, mode: "9", template: "${x}"}
            every: soon
            then:
              - {url: "ftp://x", method: GET, status: [999]}
              - {signal: HOP, process: app}
            """,
            to: "fetch.yaml"
        )
        let error = #expect(throws: Failure.self) { try Self.settings(["--config", path]) }
        let lines = (error?.description ?? "").split(separator: "\n").map {
            $0.dropFirst(path.count + 1).prefix { $0 != ":" } + " "
                + ($0.split(separator: ": ").dropFirst().first ?? "")
        }
        #expect(
            lines == [
                "2 files[0].from", "2 files[0].checksum", "3 files[1]", "3 files[1].too",
                "4 files[2].owner", "4 files[2].mode", "4 files[2].template", "5 every",
                "7 then[0].url", "7 then[0].status", "8 then[1].signal",
            ],
            "\(error?.description ?? "")"
        )
    }

    @Test @MainLoop func `what has not changed is not sent again`() async throws {
        let folder = try TemporaryDirectory()
        let server = try FetchServer()
        server.serve("/a", .init(200, "one", ["ETag": "\"1\""]))
        let words = ["-o", folder.file("f"), server.url("/a")]
        _ = try await Self.fetch(words)
        #expect(try await Self.fetch(words) == .same)
        #expect(server.asked.last?.headers["If-None-Match"] == "\"1\"")
        // A file that somebody has changed is fetched again.
        try Files.write(folder.file("f"), "changed by hand")
        #expect(try await Self.fetch(words) == .changed(3))
        #expect(server.asked.last?.headers["If-None-Match"] == nil)
    }

    @Test @MainLoop func `a wrong checksum is refused, and lists are read`() async throws {
        let folder = try TemporaryDirectory()
        let server = try FetchServer()
        server.serve("/app.bin", .init(200, "content"))
        let digest = SHA256.hexadecimal(of: Array("content".utf8))
        server.serve("/SHA256SUMS", .init(200, "\(digest)  app.bin\n"))
        let target = folder.file("f")
        let wrong = "sha256:" + String(repeating: "0", count: 64)
        let error = await #expect(throws: WebFailure.self) {
            try await Self.fetch(["-o", target, "--checksum", wrong, server.url("/app.bin")])
        }
        #expect(error?.description.contains(digest) == true)
        #expect(try Files.list(folder.path) == [])
        _ = try await Self.fetch([
            "-o", target, "--checksum-url", server.url("/SHA256SUMS"), server.url("/app.bin"),
        ])
        #expect(try Files.text(target) == "content")
    }

    @Test @MainLoop func `redirects are followed to an end, and their circle is none`() async throws
    {
        let folder = try TemporaryDirectory()
        let server = try FetchServer()
        server.serve("/loop", .init(302, "", ["Location": "/loop"]))
        server.serve("/1", .init(302, "", ["Location": "2"]))
        server.serve("/2", .init(200, "there"))
        let target = folder.file("f")
        _ = try await Self.fetch(["-o", target, server.url("/1")])
        #expect(try Files.text(target) == "there")
        let error = await #expect(throws: WebFailure.self) {
            try await Self.fetch(["-o", target, server.url("/loop")])
        }
        #expect(error?.kind == .redirects)
    }

    @Test @MainLoop func `a server that is silent or too generous is left`() async throws {
        let folder = try TemporaryDirectory()
        let server = try FetchServer()
        var slow = FetchServer.Page(200, "x")
        slow.delay = .seconds(30)
        server.serve("/slow", slow)
        server.serve("/big", .init(200, String(repeating: "x", count: 5000)))
        let silent = await #expect(throws: WebFailure.self) {
            try await Self.fetch([
                "-o", folder.file("f"), "--silence", "100ms", "--tries", "2", server.url("/slow"),
            ])
        }
        #expect(silent?.kind == .timedOut)
        let big = await #expect(throws: WebFailure.self) {
            try await Self.fetch(["-o", folder.file("f"), "--max-size", "1000", server.url("/big")])
        }
        #expect(big?.kind == .tooLarge)
        #expect(try Files.list(folder.path) == [])
    }

    @Test @MainLoop func `a full disk leaves the old file`() async throws {
        let disk = try await TinyDisk()
        let server = try FetchServer()
        server.serve("/a", .init(200, String(repeating: "x", count: 300_000)))
        try Files.write(disk.file("f"), "old")
        try disk.fill()
        let error = await #expect(throws: WebFailure.self) {
            try await Self.fetch(["-o", disk.file("f"), server.url("/a")])
        }
        #expect(error?.kind == .write)
        #expect(error?.description.contains("No space left") == true)
        #expect(try Files.text(disk.file("f")) == "old")
        #expect(try Files.list(disk.path) == ["f", "filler"])
    }

    @Test @MainLoop func `the end in the middle leaves no part`() async throws {
        let folder = try TemporaryDirectory()
        let server = try FetchServer()
        var slow = FetchServer.Page(200, "x")
        slow.delay = .seconds(30)
        server.serve("/a", slow)
        let settings = try Self.settings(["-o", folder.file("f"), server.url("/a")])
        let task = Task { @MainLoop () -> WebFailure? in
            do throws(WebFailure) {
                _ = try await Fetcher(settings, journal: .silent).fetch(settings.items[0])
                return nil
            } catch {
                return error
            }
        }
        try await eventually(within: .seconds(5), "the request") { server.asked.count == 1 }
        task.cancel()
        #expect(await task.value?.kind == .cancelled)
        #expect(try Files.list(folder.path) == [])
    }

    @Test @MainLoop func `archives become directories, swapped as a whole`() async throws {
        let folder = try TemporaryDirectory()
        let server = try FetchServer()
        let one = TestTar.entry("a", "1") + TestTar.entry("d/b", "2", mode: 0o755) + TestTar.end
        var page = FetchServer.Page(200)
        page.body = Gzip.encode(one.span)
        server.serve("/t", page)
        let words = ["-o", folder.file("tree"), "--unpack", "tar", server.url("/t")]
        _ = try await Self.fetch(words)
        #expect(try folder.text(of: "tree/d/b") == "2")
        #expect(try Files.stat(folder.file("tree/d/b")).mode == 0o755)
        page.body = Zstd.encode((TestTar.entry("c", "3") + TestTar.end).span)
        server.serve("/t", page)
        _ = try await Self.fetch(words)
        #expect(try Files.list(folder.file("tree")) == ["c"])
        page.body = TestTar.entry("../evil", "3") + TestTar.end
        server.serve("/t", page)
        let error = await #expect(throws: WebFailure.self) { try await Self.fetch(words) }
        #expect(error?.kind == .content)
        #expect(try Files.list(folder.file("tree")) == ["c"])
        #expect(try Files.list(folder.path) == ["tree"])
    }

    @Test @MainLoop func `an archive fills a volume's root`() async throws {
        let disk = try await TinyDisk()
        let server = try FetchServer()
        var page = FetchServer.Page(200)
        page.body = TestTar.entry("a", "1") + TestTar.entry("b", "2") + TestTar.end
        server.serve("/t", page)
        try Files.write(disk.file("a"), "old")
        try Files.write(disk.file("other"), "stays")
        _ = try await Self.fetch(["-o", disk.path, "--unpack", "tar", server.url("/t")])
        #expect(try Files.text(disk.file("a")) == "1")
        #expect(try Files.list(disk.path) == ["a", "b", "other"])
    }

    @Test @MainLoop func `content is unpacked, picked and put into a template`() async throws {
        let folder = try TemporaryDirectory()
        let server = try FetchServer()
        var page = FetchServer.Page(200)
        page.body = Gzip.encode(Array(#"{"a":{"user":"u"}}"#.utf8).span)
        server.serve("/j", page)
        let template = try folder.write("user=${json:/user} ${env:X}", to: "t")
        let words = [
            "-o", folder.file("f"), "--unpack", "gzip", "--pick", "/a", "--template", template,
            server.url("/j"),
        ]
        _ = try await Self.fetch(words, ["X": "y"])
        #expect(try folder.text(of: "f") == "user=u y")
    }

    @Test @MainLoop func `again and again, and who uses it is told of a change`() async throws {
        let folder = try TemporaryDirectory()
        let server = try FetchServer()
        server.serve("/a", .init(200, "1"))
        server.serve("/hook", .init(200, "ok"))
        let settings = try Self.settings([
            "-o", folder.file("f"), "--every", "100ms", "--then-url", server.url("/hook"),
            server.url("/a"),
        ])
        let work = FetchWork(
            settings,
            WorkSurroundings(journal: .silent, metrics: CompanionMetrics())
        )
        #expect(work.readiness.status == 503)
        let running = Task { @MainLoop in try? await work.run() }
        try await eventually(within: .seconds(5), "the file") { work.readiness.status == 200 }
        #expect(!server.asked.contains { $0.path == "/hook" })
        server.serve("/a", .init(200, "2"))
        try await eventually(within: .seconds(5), "the hook") {
            server.asked.contains { $0.path == "/hook" && $0.method == "POST" }
        }
        #expect(try folder.text(of: "f") == "2")
        #expect(work.metrics.contains("companion_fetch_items_total{result=\"changed\"} 2"))
        work.end(by: Loop.main.now)
        #expect(await running.value == 0)
    }
}
