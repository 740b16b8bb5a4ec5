import Basics
import Postgres
import Reactor
import TestKit
import Testing

@testable import Roles

@Suite("Deciding about a guarded command") struct GuardMachineTests {
    private static func plan(_ change: (inout GuardMachine.Plan) -> Void = { _ in })
        -> GuardMachine.Plan
    {
        var plan = GuardMachine.Plan()
        plan.jitterPercent = 0
        change(&plan)
        return plan
    }

    private struct Run {
        var machine: GuardMachine
        var random = SeededGenerator(seed: 7)

        init(_ plan: GuardMachine.Plan) {
            machine = GuardMachine(plan)
        }

        /// What is done, without what is said.
        mutating func handle(_ event: GuardMachine.Event, _ seconds: Double = 0) -> [GuardMachine
            .Action]
        {
            all(event, seconds).filter { if case .say = $0 { false } else { true } }
        }

        mutating func all(_ event: GuardMachine.Event, _ seconds: Double = 0) -> [GuardMachine
            .Action]
        {
            machine.handle(event, at: .zero + .nanoseconds(Int64(seconds * 1e9)), using: &random)
        }
    }

    @Test(arguments: [0, 3, 143]) func `a command runs under the lock, and its code passes through`(
        _ code: Int32
    ) {
        var run = Run(Self.plan())
        #expect(run.handle(.begun) == [.connect])
        #expect(run.handle(.connected) == [.askLock])
        #expect(run.handle(.lockAnswered(true)) == [.start, .look])
        #expect(run.handle(.alive, 5) == [.look])
        #expect(run.handle(.exited(code), 6) == [.leave, .end(code)])
        #expect(run.handle(.exited(9), 7) == [])
    }

    @Test func `another's lock is waited for`() {
        var run = Run(Self.plan())
        _ = run.handle(.begun)
        _ = run.handle(.connected)
        #expect(run.all(.lockAnswered(false)) == [.say("another has the lock; waiting")])
        #expect(run.machine.nextWake == .zero + .seconds(1))
        #expect(run.handle(.woke, 1) == [.askLock])
        // What is known is not told again.
        #expect(run.all(.lockAnswered(false), 1) == [])
        #expect(run.handle(.woke, 2) == [.askLock])
        #expect(run.handle(.lockAnswered(true), 2) == [.start, .look])
    }

    @Test func `a wait that is too long ends with 1`() {
        var run = Run(Self.plan { $0.waitTimeout = .seconds(3) })
        _ = run.handle(.begun)
        _ = run.handle(.connected)
        _ = run.handle(.lockAnswered(false), 2.5)
        #expect(run.machine.nextWake == .zero + .seconds(3))
        #expect(
            run.all(.woke, 3)
                == [.leave, .say("given up after 3.0 s: another has the lock"), .end(1)]
        )
    }

    @Test func `a server that is down is asked less and less often`() {
        var run = Run(Self.plan { $0.reminder = .seconds(1000) })
        _ = run.handle(.begun)
        var now = 0.0
        var pauses: [Double] = []
        for _ in 0..<7 {
            _ = run.handle(.refused("connection refused", isFinal: false), now)
            let next = Double((run.machine.nextWake ?? .zero).nanoseconds) / 1e9
            pauses.append(next - now)
            now = next
            #expect(run.handle(.woke, now) == [.connect])
        }
        #expect(pauses.prefix(4) == [1, 2, 4, 8])
        #expect(pauses.allSatisfy { $0 <= 10 })
    }

    @Test func `what cannot become better ends it`() {
        var run = Run(Self.plan())
        _ = run.handle(.begun)
        #expect(run.handle(.refused("wrong password", isFinal: true)) == [.end(1)])
    }

    @Test func `a lost lock stops the command, and kills it if it does not stop`() {
        var run = Run(Self.plan())
        _ = run.handle(.begun)
        _ = run.handle(.connected)
        _ = run.handle(.lockAnswered(true))
        #expect(run.handle(.lost("the session ended"), 3) == [.kill(15)])
        #expect(run.machine.nextWake == .zero + .seconds(13))
        #expect(run.handle(.woke, 13) == [.kill(9)])
        #expect(run.machine.nextWake == nil)
        #expect(run.handle(.exited(137), 13) == [.end(1)])
    }

    @Test func `a lost lock may be let go`() {
        var run = Run(Self.plan { $0.stopsOnLoss = false })
        _ = run.handle(.begun)
        _ = run.handle(.connected)
        _ = run.handle(.lockAnswered(true))
        #expect(run.handle(.lost("the session ended"), 3) == [])
        #expect(run.handle(.exited(0), 4) == [.end(0)])
    }

    @Test func `once is once`() {
        var run = Run(Self.plan { $0.isOnce = true })
        _ = run.handle(.begun)
        _ = run.handle(.connected)
        #expect(run.handle(.lockAnswered(true)) == [.askMarker])
        #expect(run.handle(.markerAnswered(false)) == [.start, .look])
        #expect(run.handle(.exited(0)) == [.writeMarker])
        #expect(run.handle(.marked) == [.leave, .end(0)])
        var second = Run(Self.plan { $0.isOnce = true })
        _ = second.handle(.begun)
        _ = second.handle(.connected)
        _ = second.handle(.lockAnswered(true))
        #expect(second.handle(.markerAnswered(true)) == [.leave, .end(0)])
        var failed = Run(Self.plan { $0.isOnce = true })
        _ = failed.handle(.begun)
        _ = failed.handle(.connected)
        _ = failed.handle(.lockAnswered(true))
        _ = failed.handle(.markerAnswered(false))
        #expect(failed.handle(.exited(4)) == [.leave, .end(4)])
    }

    @Test func `signals end a wait, and are handed on to a command`() {
        var waiting = Run(Self.plan())
        _ = waiting.handle(.begun)
        _ = waiting.handle(.connected)
        _ = waiting.handle(.lockAnswered(false))
        #expect(waiting.handle(.signal(1)) == [])
        #expect(waiting.handle(.signal(15)) == [.leave, .end(143)])
        var running = Run(Self.plan())
        _ = running.handle(.begun)
        _ = running.handle(.connected)
        _ = running.handle(.lockAnswered(true))
        #expect(running.handle(.signal(1)) == [.kill(1)])
        #expect(running.handle(.signal(15)) == [.kill(15)])
        #expect(running.handle(.exited(143)) == [.leave, .end(143)])
    }

    /// Every order of events, four deep, with what must always hold.
    @Test(arguments: [true, false], [true, false]) func `whatever happens`(
        _ isOnce: Bool,
        _ stopsOnLoss: Bool
    ) {
        let events: [GuardMachine.Event] = [
            .connected, .refused("x", isFinal: false), .lockAnswered(true), .lockAnswered(false),
            .markerAnswered(true),
            .markerAnswered(false), .alive, .lost("x"), .marked, .unmarked("x"), .exited(0),
            .exited(3), .signal(15), .woke,
        ]
        struct World {
            var run: Run
            var now = 0.0
            var isStarted = false
            var isEnded = false
            var hasLock = false
            var starts = 0
        }
        var first = World(
            run: Run(
                Self.plan {
                    $0.isOnce = isOnce
                    $0.stopsOnLoss = stopsOnLoss
                    $0.waitTimeout = .seconds(100)
                }
            )
        )
        _ = first.run.handle(.begun)
        var worlds = [first]
        var count = 0
        for _ in 0..<4 {
            var next: [World] = []
            for world in worlds where !world.isEnded {
                for event in events {
                    var world = world
                    world.now += 11
                    if case .lockAnswered(let isHad) = event, world.run.machine.phase == .asking {
                        world.hasLock = isHad
                    }
                    if case .lost = event { world.hasLock = false }
                    var wrong: [String] = []
                    for action in world.run.handle(event, world.now) {
                        if world.isEnded { wrong.append("something is done after the end") }
                        switch action {
                        case .start:
                            if !world.hasLock { wrong.append("begun without the lock") }
                            world.starts += 1
                            world.isStarted = true
                        case .kill:
                            if !world.isStarted { wrong.append("a signal without a command") }
                        case .writeMarker:
                            if !isOnce || !world.hasLock {
                                wrong.append("a marker without the lock")
                            }
                        case .end(0) where !isOnce:
                            if !world.isStarted { wrong.append("done without a command") }
                        default: break
                        }
                        if case .end = action { world.isEnded = true }
                    }
                    if world.starts > 1 { wrong.append("begun twice") }
                    for text in wrong { Issue.record("\(text) at \(event)") }
                    if case .exited = event { world.isStarted = false }
                    count += 1
                    next.append(world)
                }
            }
            worlds = next
        }
        #expect(count > 1000)
    }
}

@Suite("The lock of a guard") struct GuardLockTests {
    @Test func `a name has one number, and a number is itself`() throws {
        let one = try GuardLock(key: "app", table: "t", version: "")
        let same = try GuardLock(key: "app", table: "other", version: "2")
        let other = try GuardLock(key: "app2", table: "t", version: "")
        #expect(one.number == same.number && one.number != other.number)
        #expect(try GuardLock(key: "-42", table: "t", version: "").number == -42)
        #expect(
            try GuardLock(key: "-1", table: "t", version: "").isHeld.contains(
                "classid = 4294967295"
            )
        )
        #expect(
            try GuardLock(key: "4294967297", table: "t", version: "").isHeld.contains("objid = 1:")
        )
    }

    @Test func `texts are quoted`() throws {
        let lock = try GuardLock(key: "o'x\\", table: "ops.marks", version: "v'1")
        #expect(
            lock.findMarker
                == "SELECT count(*) FROM \"ops\".\"marks\" WHERE key = 'o''x\\' AND version = 'v''1'"
        )
    }

    @Test(arguments: ["", "a.b.c", "a;b", "a\"", "a.", "ä", String(repeating: "a", count: 64)])
    func `a table that is no plain name is refused`(_ table: String) {
        #expect(throws: Failure.self) { try GuardLock(key: "k", table: table, version: "") }
    }

    @Test @MainLoop func `options`() throws {
        let parser = CommandParser(MigrateGuardRole.role.spec)
        func read(_ words: [String], _ environment: [String: String] = [:]) throws -> GuardOptions {
            guard case .run(let invocation) = try parser.parse(words) else {
                throw Failure(.invalid, "help")
            }
            return try GuardOptions(invocation, environment: environment)
        }
        let usual = try read(["--", "x", "-y"], ["PGHOST": "db"])
        #expect(usual.command == ["x", "-y"] && usual.settings.hosts == [.init("db")])
        #expect(usual.settings.target == .primary && usual.plan == GuardMachine.Plan())
        let full = try read(
            [
                "-d", "postgres://u@h/d?target_session_attrs=any", "--key", "7", "-t", "1m",
                "--lock-retry", "100ms",
                "--once", "--marker", "ops.m", "--version", "3", "--on-loss", "continue", "--grace",
                "2s", "--", "x",
            ],
            ["DATABASE_URL": "postgres://other", "PGPASSWORD": "p"]
        )
        #expect(
            full.settings.hosts == [.init("h")] && full.settings.password == "p"
                && full.settings.target == .any
        )
        #expect(full.lock.number == 7 && full.plan.isOnce && !full.plan.stopsOnLoss)
        #expect(full.plan.waitTimeout == .seconds(60) && full.plan.retry == .milliseconds(100))
        #expect(
            try read(["--", "x"], ["DATABASE_URL": "postgres://other"]).settings.hosts == [
                .init("other")
            ]
        )
        for words in [
            [], ["--"], ["--", "x"], ["--version", "1", "-d", "postgres://h", "--", "x"],
            ["-d", "mysql://h", "--", "x"],
        ] {
            #expect(throws: Failure.self, "\(words)") { try read(words) }
        }
    }
}
