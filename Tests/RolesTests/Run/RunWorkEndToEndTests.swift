import Basics
import Reactor
import System
import Testing

@testable import Roles

@Suite("companion run, with works that tell what happens to them") @MainLoop
struct RunWorkEndToEndTests {
    /// What happened, in order.
    @MainLoop final class Diary {
        var lines: [String] = []
        var works: [FakeWork] = []
    }

    /// A work that runs until it is told otherwise.
    @MainLoop final class FakeWork: RoleWork {
        let name: String
        let diary: Diary
        var isReady = true
        private let ends = AsyncQueue<Bool>(capacity: 4)

        init(_ name: String, _ diary: Diary) {
            self.name = name
            self.diary = diary
        }

        func run() async throws(Failure) -> Int32 {
            diary.lines.append("\(name) begins")
            let isGood = await ends.next() ?? true
            diary.lines.append("\(name) ends")
            if !isGood { throw Failure(.unavailable, "it broke") }
            return 0
        }

        func fail() { _ = ends.send(false) }
        func end(by deadline: Instant) {
            diary.lines.append("\(name) is asked")
            _ = ends.send(true)
        }
        func reload() { diary.lines.append("\(name) reloads") }
        let signals = ["SIGUSR1"]
        func take(signal: String) -> Bool {
            diary.lines.append("\(name) takes \(signal)")
            return false
        }
        var readiness: AdminPage.Answer {
            isReady ? .ok : AdminPage.Answer(status: 503, text: "not yet\nmore\n")
        }
        var pages: [AdminPage] {
            [.get("/own", "its own") { [name] _ in AdminPage.Answer(text: name) }]
        }
        var metrics: String { "# TYPE lines counter\nlines 1\n" }
    }

    private func fakeRole(_ diary: Diary) -> Role {
        Role(
            name: "fake",
            spec: CommandSpec(
                "fake",
                summary: "",
                options: [
                    OptionSpec("as", nil, .text("NAME"), help: ""),
                    OptionSpec("config", nil, .text("FILE"), help: ""),
                ] + ProcessOptions.specs(port: 1)
            ),
            traits: [.fillsMemory, .rereadsConfiguration],
            make: { invocation, _, surroundings throws(Failure) in
                let name = invocation.text("as") ?? ""
                guard name != "broken" else { throw Failure(.invalid, "bad words") }
                if let path = invocation.text("config") {
                    diary.lines.append("\(name) has \((try? Files.text(path)) ?? "nothing")")
                }
                surroundings.metrics.accepted(dialect: "x", sha256: "1", warnings: 0, at: nil)
                diary.lines.append(
                    contentsOf: surroundings.environment["V"].map { ["V is \($0)"] } ?? []
                )
                let work = FakeWork(name, diary)
                diary.works.append(work)
                return work
            },
            run: { _, _ throws(Failure) in 0 }
        )
    }

    /// Finds whether memory is shared.
    private let memory = MemoryShare { 1 << 26 }

    private func withWork(
        _ file: String,
        _ body: @MainLoop (RunWork, Diary, _ rewrite: (String) throws -> Void) async throws -> Void
    ) async throws {
        let folder = try Files.makeTemporaryDirectory("/tmp/run-test-")
        let path = folder + "/roles.yaml"
        try Files.write(path, file)
        let diary = Diary()
        let surroundings = WorkSurroundings(
            journal: .silent,
            grace: .seconds(5),
            metrics: CompanionMetrics(),
            memory: memory
        )
        let makers = RunMakers(
            roles: [
                fakeRole(diary),
                Role(name: "once", spec: CommandSpec("once", summary: ""), run: { _, _ in 0 }),
            ],
            directory: folder + "/state"
        )
        let work = try RunWork(path: path, makers: makers, surroundings)
        let running = Task { @MainLoop in try await work.run() }
        try await body(work, diary) { try Files.writeAtomically(path, Array($0.utf8)) }
        work.end(by: Loop.main.now + .seconds(5))
        #expect(try await running.value == 0)
        try Files.removeTree(folder)
    }

    private static let two = """
        roles:
        - {name: a, role: fake, args: [--as, a], env: {V: red}}
        - {name: b, role: fake, args: [--as, b], config: "text"}
        """

    private func until(_ what: String, _ holds: @MainLoop () -> Bool) async throws {
        let deadline = Loop.main.now + .seconds(10)
        while !holds() {
            guard Loop.main.now < deadline else { throw Failure(.timedOut, what) }
            try await Loop.main.sleep(for: .milliseconds(5))
        }
    }

    @Test
    func `roles run beside each other, one that fails begins anew alone, and the last ends first`()
        async throws
    {
        try await withWork(Self.two) { work, diary, _ in
            try await until("both run") { diary.lines.count == 4 }
            #expect(Set(diary.lines) == ["V is red", "b has text", "a begins", "b begins"])
            #expect(work.readiness.status == 200)
            let paths = work.pages.map(\.path)
            #expect(paths.contains("/roles") && paths.contains("/roles/a/own"))
            #expect(paths.contains("/roles/b/metrics"))
            #expect(work.metrics.contains("lines{role=\"a\"} 1\nlines{role=\"b\"} 1\n"))
            #expect(work.metrics.contains("companion_role_up{role=\"a\"} 1"))
            let all = work.metrics(
                beside: "# TYPE companion_config_hash gauge\ncompanion_config_hash 7\n"
            )
            #expect(
                all.contains(
                    "companion_config_hash 7\ncompanion_config_hash{role=\"a\"} 1\ncompanion_config_hash{role=\"b\"} 1\n"
                )
            )
            #expect(memory.parts == 2)
            #expect(
                !work.take(signal: "SIGUSR1")
                    && diary.lines.suffix(2).sorted()[0] == "a takes SIGUSR1"
            )
            diary.works[1].isReady = false
            #expect(work.readiness.text == "b: not yet\n")
            diary.works[1].isReady = true
            diary.lines = []
            diary.works[0].fail()
            try await until("it failed") { diary.lines == ["a ends"] }
            #expect(work.readiness.text.hasPrefix("a: it broke"))
            #expect(work.metrics.contains("companion_role_up{role=\"a\"} 0"))
            try await until("it is back") {
                diary.lines.count == 3 && work.readiness.status == 200
            }
            #expect(diary.lines == ["a ends", "V is red", "a begins"])
            #expect(work.metrics.contains("companion_role_restarts_total{role=\"a\"} 1"))
            diary.lines = []
            work.end(by: Loop.main.now + .seconds(5))
            try await until("all have ended") { diary.lines.count == 4 }
            #expect(diary.lines == ["b is asked", "b ends", "a is asked", "a ends"])
        }
    }

    @Test func `a change of the file begins, changes and ends roles; a bad one changes nothing`()
        async throws
    {
        try await withWork(Self.two) { work, diary, rewrite in
            try await until("both run") { diary.works.count == 2 && diary.lines.count == 4 }
            diary.lines = []
            try rewrite("roles: [{role: fak}]")
            work.reload()
            #expect(diary.lines.isEmpty && work.readiness.status == 200)
            try rewrite(
                """
                roles:
                - {name: a, role: fake, args: [--as, a], env: {V: red}}
                - {name: c, role: fake, args: [--as, c]}
                """
            )
            try await until("the watch sees it") {
                diary.lines.contains("c begins") && diary.lines.contains("b ends")
            }
            #expect(diary.lines.contains("a reloads"))
            #expect(!diary.lines.contains { $0 == "a ends" || $0 == "a begins" })
        }
    }

    @Test func `a role that goes on reads its new configuration where the old one lay`()
        async throws
    {
        try await withWork(Self.two) { work, diary, rewrite in
            try await until("both run") { diary.works.count == 2 && diary.lines.count == 4 }
            diary.lines = []
            try rewrite(Self.two.replacing("\"text\"", with: "\"other\""))
            try await until("both were asked") {
                diary.lines.contains("a reloads") && diary.lines.contains("b reloads")
            }
            #expect(Set(diary.lines) == ["a reloads", "b reloads"])
        }
    }

    @Test func `a role that cannot begin is told and tried again`() async throws {
        try await withWork(
            """
            roles:
            - {name: x, role: fake, args: [--as, broken]}
            - {name: y, role: once}
            - {name: z, role: fake, args: [--admin, off]}
            """
        ) { work, _, _ in
            try await until("all three were tried") {
                work.readiness.text.split(separator: "\n").count == 3
                    && !work.readiness.text.contains("it does not run")
            }
            let text = work.readiness.text
            #expect(text.contains("x: bad words"))
            #expect(
                text.contains("y: ") && text.contains("the role once does not run beside others")
            )
            #expect(text.contains("--admin belongs to the process; give it to companion run"))
        }
    }
}
