import Basics
import Reactor
import System
import TestKit
import Testing

@testable import Roles

@Suite("Settings of a reloader") struct ReloadSettingsTests {
    @MainLoop private func read(_ text: String) throws -> ReloadSettings {
        let folder = try TemporaryDirectory()
        let path = try folder.write(text, to: "reload.yaml")
        var settings = ReloadSettings()
        try settings.read(path, files: FileAccess())
        try settings.complete()
        return settings
    }

    @Test @MainLoop func `everything can be written in YAML`() throws {
        let found = try read(
            """
            watch:
              - dir: /config/
                recursive: true
              - file: /etc/x
            render:
              from: /a.tmpl
              to: /b
              mode: "0600"
              style: braces
              only: [A, B]
            validate:
              - command: nginx -t
                timeout: 5s
              - command: [promtool, check, config, "{}"]
            do:
              - url: https://h:1/x
                method: put
                status: [200, 204]
                headers: {X-A: b}
                timeout: 3s
                tls: {insecure: true}
              - signal: HUP
                process: nginx
              - signal: SIGUSR1
                pidFile: /run/x.pid
              - exec: [a, b]
              - touch: /t
            delay: 100ms
            interval: 1m
            retries: {tries: 3, first: 2s, most: 9s}
            initial: true
            ready: success
            listen: ":9533"
            telemetryPath: /m
            variables: {V: w}
            """
        )
        #expect(found.scope.trees == ["/config"])
        #expect(found.scope.isRecursive)
        #expect(found.watched.files == ["/etc/x", "/a.tmpl"])
        #expect(found.renderings[0].mode == 0o600)
        #expect(found.renderings[0].only == ["A", "B"])
        #expect(
            found.validations.map(\.words) == [
                ["nginx", "-t"], ["promtool", "check", "config", "{}"],
            ]
        )
        #expect(found.deeds.map(\.kind) == ["webhook", "signal", "signal", "exec", "touch"])
        #expect(found.pace.quiet == .milliseconds(100))
        #expect(found.rules.tries == 3)
        #expect(found.rules.actsAtStart)
        #expect(found.listen?.port == 9533)
    }

    @Test(
        arguments: [
            ("watch: [{dir: /a}]\ndo: [{ulr: x}]", ":2:6", "nothing is done here"),
            ("watch: [{dri: /a}]", ":1:10", "did you mean \"dir\"?"),
            ("watch: [{dir: /a}]\ndo: [{url: x, touch: y}]", ":2", "url and touch at once"),
            ("watch: [{dir: /a}]\ndo: [{signal: HUP}]", ":2", "nobody is to get it"),
            ("watch: [{dir: /a}]\ndo: [{signal: HOP, process: x}]", ":2", "no signal"),
            ("watch: [{dir: /a}]\ndo: [{url: 'ftp://x'}]", ":2", "scheme"),
            ("watch: [{dir: /a}]\ndo: [{exec: 'a | b'}]", ":2", "only a shell"),
            ("watch: [{dir: /a}]\ndelay: soon", ":2", "no duration"),
            ("watch: [{dir: /a}]\nready: sometimes", ":2", "not known"),
            ("watch: [{dir: /a}]\nrender: {from: /a, to: /b, mode: 999}", ":2", "octal"),
            ("watch: [{dir: /a}]\nlisten: nowhere", ":2", "no address"),
            ("- a", ":1:1", "a mapping is expected"), ("a: [", ":", ""),
            ("delay: 1s", "nothing is watched", ""),
            ("watch: {dir: /a}", "nothing is to be done", ""),
            ("render: {from: /a, to: /a}", "of itself", ""),
        ]
    ) @MainLoop
    func `a mistake is told with its place`(
        _ text: String,
        _ place: String,
        _ word: String
    ) throws {
        let error = #expect(throws: Failure.self) { try read(text) }
        #expect(error?.description.contains(place) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains(word) == true || word.isEmpty, "\(error!)")
    }

    @Test @MainLoop func `a check fills the templates too`() throws {
        let folder = try TemporaryDirectory()
        let source = try folder.write("a\n${PLACE}", to: "in")
        let words = ["reload", "--check", "--render", "\(source)=\(folder.file("out"))"]
        let parser = CommandParser(
            CommandSpec("companion", summary: "", subcommands: [ReloadRole.role.spec])
        )
        guard case .run(let invocation) = try parser.parse(words) else { return }
        let check = try #require(ReloadRole.role.check)
        #expect(try check(invocation, "reload", [:]) == 1)
        #expect(try check(invocation, "reload", ["PLACE": "x"]) == 0)
        try Files.remove(source)
        #expect(try check(invocation, "reload", [:]) == 0)
        // A directory is no template, and never becomes one.
        try Files.makeDirectories(source)
        #expect(try check(invocation, "reload", [:]) == 1)
        #expect(!Files.exists(folder.file("out")))
    }

    @Test @MainLoop func `one mistake brings no others about`() throws {
        let error = #expect(throws: Failure.self) {
            try read(
                """
                watch: [{dir: /a}]
                do:
                  - {url: "ht!tp://x", status: [900], method: PUT, timeout: 1s, tls: {insecure: true}}
                  - {signal: FOO, process: app}
                  - {exec: "a | b", timeout: 3s}
                """
            )
        }
        let lines = (error?.description ?? "").split(separator: "\n")
        #expect(lines.count == 4, "\(lines)")
        for (line, place) in zip(lines, [":3:11", ":3:32", ":4:14", ":5:12"]) {
            #expect(line.contains(place), "\(line)")
        }
    }

    @Test(
        arguments: [
            ["--dir", "/a"], ["--url", "http://x"], ["--dir", "/a", "--signal", "HUP"],
            ["--dir", "/a", "--process", "x"], ["--dir", "/a", "--exec", "a;b"],
            ["--dir", "/a", "--url", "x", "--status", "abc"], ["--render", "abc"],
            ["--dir", "/a", "--url", "x", "--header", "abc"],
            ["--dir", "/a", "--touch", "/b", "--interval", "1ms"],
            ["--dir", "/a", "--touch", "/b", "--mode", "9"],
            ["--dir", "/a", "--touch", "/b", "--listen", "x"],
            ["--file", "/a", "--render", "/b=/a"],
            ["--dir", "/a", "--url", "https://x", "--cacert", "/nowhere"],
        ]
    ) @MainLoop
    func `a command line that makes no sense is refused`(_ words: [String]) {
        let error = #expect(throws: (any Error).self) {
            try ReloadWordsTests.settings("reload", words)
        }
        #expect(error.map { !"\($0)".contains("\n") } == true)
    }

    @Test func `parts of volumes are warned about`() {
        let mounts = MountTable(
            parsing: """
                1 0 0:1 / / rw - overlay overlay rw
                2 1 8:1 /pods/u/volumes/cm/..2026_01/nginx.conf /etc/nginx.conf rw - ext4 /dev/a rw
                3 1 8:1 /pods/u/volumes/cm /config rw - ext4 /dev/a rw
                4 1 8:1 /pods/u/volumes/cm/..2026_01/sub /part rw - ext4 /dev/a rw
                """
        )
        let scope = WatchScope(
            files: ["/etc/nginx.conf", "/etc/other"],
            trees: ["/config", "/part"]
        )
        let found = WatchedContent.warnings(scope, mounts)
        #expect(found.count == 2)
        #expect(found[0].hasPrefix("/etc/nginx.conf is mounted by subPath"))
        #expect(found[1].hasPrefix("/part"))
    }
}

@Suite("Processes of a pod") struct ProcessFinderTests {
    private static let pod = ProcessFinder(
        [
            .init(pid: 1, parent: 0, name: "pause", file: "/pause", word: "/pause"),
            .init(
                pid: 7,
                parent: 0,
                name: "nginx",
                file: nil,
                word: "nginx: master process nginx -g daemon off;"
            ),
            .init(pid: 8, parent: 7, name: "nginx", file: nil, word: "nginx: worker process"),
            .init(
                pid: 9,
                parent: 0,
                name: "prometheus-conf",
                file: "/bin/prometheus-config-reloader"
            ),
            .init(pid: 10, parent: 0, name: "prometheus", file: "/bin/prometheus (deleted)"),
            .init(
                pid: 11,
                parent: 0,
                name: "python3",
                file: "/usr/bin/python3",
                word: "/app/serve"
            ),
        ],
        own: 9
    )

    @Test(
        arguments: [
            ("nginx", [7]), ("prometheus", [10]), ("serve", [11]), ("python3", [11]),
            ("/usr/bin/python3", [11]), ("/app/serve", [11]), ("ngin", []), ("nginxx", []),
            ("prometheus-config-reloader", []),
        ] as [(String, [Int32])]
    )
    func `a program is found by name, file or first word, without its workers`(
        _ name: String,
        _ wanted: [Int32]
    ) {
        #expect(Self.pod.find(name).map(\.pid) == wanted)
    }

    @Test func `why none is found is told`() {
        #expect(Self.pod.missing("apache").description.contains("there are pause, nginx"))
        let alone = ProcessFinder([.init(pid: 1, parent: 0, name: "companion")], own: 1)
        #expect(alone.missing("nginx").description.contains("shareProcessNamespace: true"))
    }

    @Test(
        arguments: [
            ("12 (a b) c) S 34 5", "a b) c", 34), ("1 (x) R 0", "x", 0),
        ] as [(String, String, Int32)]
    )
    func `names with brackets are read`(_ text: String, _ name: String, _ parent: Int32) {
        let found = ProcessFinder.status(text)
        #expect(found?.name == name)
        #expect(found?.parent == parent)
    }

    @Test(arguments: ["", "12", "12 (a", "12 (a) S", ")(", "12 (a) S x"])
    func `a broken status is none`(_ text: String) {
        #expect(ProcessFinder.status(text) == nil)
    }
}

@Suite("Answers of webhooks") struct WebhookAnswerTests {
    @Test(
        arguments: [
            ("", ""), ("\n\n  say this \nnot that", "say this"),
            ("<html>\n<head><title>404 Not Found</title></head>", "404 Not Found"),
            ("a\u{1b}[31mb", "a[31mb"),
        ]
    )
    @MainLoop func `the first line that says something is told`(_ body: String, _ wanted: String) {
        #expect(Webhooks.firstLine(Array(body.utf8)) == wanted)
    }

    @Test @MainLoop func `a page that does not exist is told with what to do`() throws {
        let hook = ReloadSettings.Webhook(address: try WebAddress("http://u:p@localhost/-/reload"))
        let text = Webhooks.refusal(hook, 404, Array("<h1>404 Not Found</h1>".utf8)).description
        #expect(text.contains("POST http://localhost/-/reload answered 404, not 2xx"))
        #expect(text.contains("it says \"404 Not Found\""))
        #expect(text.contains("--signal"))
        #expect(!text.contains("u:p"))
    }
}
