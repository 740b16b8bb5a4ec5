import Basics
import TestKit
import Testing

@testable import Roles

@Suite("Deciding when to ask") struct WaitMachineTests {
    private static func moment(_ seconds: Double) -> Instant {
        .zero + .nanoseconds(Int64(seconds * 1e9))
    }

    private struct Run {
        var machine: WaitMachine
        var random = SeededGenerator(seed: 1)

        mutating func handle(_ event: WaitMachine.Event, _ seconds: Double) -> [WaitMachine.Action]
        {
            machine.handle(event, at: WaitMachineTests.moment(seconds), using: &random)
        }
    }

    private static func plan(_ names: [String] = ["a"]) -> WaitMachine.Plan {
        var plan = WaitMachine.Plan(names: names)
        plan.jitterPercent = 0
        return plan
    }

    @Test func `a target that is there at once needs one attempt`() {
        var run = Run(machine: WaitMachine(Self.plan()))
        #expect(run.handle(.begun, 0) == [.ask(0, until: Self.moment(5))])
        #expect(
            run.handle(.answered(0, .there("")), 0.042)
                == [.say("a: ready after 0.042 s, 1 attempt"), .end(.reached)]
        )
        #expect(run.machine.nextWake == nil)
        #expect(run.handle(.answered(0, .missing("x")), 1) == [])
    }

    @Test func `pauses grow by half up to the cap, reasons are told when they change`() {
        var plan = Self.plan()
        plan.reminder = .seconds(1000)
        var run = Run(machine: WaitMachine(plan))
        _ = run.handle(.begun, 0)
        var now = 0.0
        var pauses: [Double] = []
        var said: [String] = []
        for step in 0..<6 {
            let reason = step < 3 ? "refused" : "no host"
            for case .say(let text) in run.handle(.answered(0, .missing(reason)), now) {
                said.append(text)
            }
            let next = run.machine.nextWake ?? .zero
            pauses.append((next - Self.moment(now)).inSeconds)
            now = Double(next.nanoseconds) / 1e9
            let asked = run.handle(.woke, now)
            #expect(asked.contains(.ask(0, until: Self.moment(now + 5))))
        }
        #expect(pauses == [1, 1.5, 2.25, 3.375, 5, 5])
        #expect(said == ["a: refused; waiting", "a: no host; waiting"])
    }

    @Test func `that nothing changes is told every ten seconds`() {
        var run = Run(machine: WaitMachine(Self.plan()))
        _ = run.handle(.begun, 0)
        var told: [Double] = []
        var now = 0.0
        _ = run.handle(.answered(0, .missing("no")), 0)
        while now < 35, let next = run.machine.nextWake {
            now = Double(next.nanoseconds) / 1e9
            for action in run.handle(.woke, now) {
                switch action {
                case .say(let text):
                    #expect(text.contains("still waiting") && text.hasSuffix(": no"))
                    told.append(now)
                case .ask: _ = run.handle(.answered(0, .missing("no")), now)
                case .end: break
                }
            }
        }
        #expect(told == [10, 20, 30])
    }

    @Test func `a target that never answers is told of when time is over`() {
        var plan = Self.plan(["a", "b"])
        plan.timeout = .seconds(3)
        var run = Run(machine: WaitMachine(plan))
        #expect(
            run.handle(.begun, 0)
                == [.ask(0, until: Self.moment(3)), .ask(1, until: Self.moment(3))]
        )
        _ = run.handle(.answered(0, .missing("refused")), 0.1)
        #expect(
            run.handle(.woke, 2.9).contains { if case .end = $0 { true } else { false } } == false
        )
        #expect(
            run.handle(.woke, 3)
                == [
                    .say("a: given up after 3.0 s: refused"),
                    .say("b: given up after 3.0 s: no answer in time"), .end(.timedOut),
                ]
        )
    }

    @Test func `an answer at the last moment counts`() {
        var plan = Self.plan()
        plan.timeout = .seconds(3)
        var run = Run(machine: WaitMachine(plan))
        _ = run.handle(.begun, 0)
        #expect(run.handle(.answered(0, .there("")), 3).last == .end(.reached))
    }

    @Test(arguments: [true, false]) func `all or any`(_ needsAll: Bool) {
        var plan = Self.plan(["a", "b"])
        plan.needsAll = needsAll
        var run = Run(machine: WaitMachine(plan))
        _ = run.handle(.begun, 0)
        let first = run.handle(.answered(1, .there("")), 1)
        #expect((first.last == .end(.reached)) == !needsAll)
        if needsAll { #expect(run.handle(.answered(0, .there("x")), 2).last == .end(.reached)) }
    }

    @Test func `several good answers in a row may be wanted, and one bad begins anew`() {
        var plan = Self.plan()
        plan.successes = 2
        var run = Run(machine: WaitMachine(plan))
        _ = run.handle(.begun, 0)
        #expect(run.handle(.answered(0, .there("")), 0) == [])
        #expect(run.handle(.woke, 1) == [.ask(0, until: Self.moment(6))])
        _ = run.handle(.answered(0, .missing("no")), 1)
        _ = run.handle(.woke, 2)
        #expect(run.handle(.answered(0, .there("")), 2) == [])
        _ = run.handle(.woke, 3)
        #expect(run.handle(.answered(0, .there("")), 3).last == .end(.reached))
    }

    @Test func `what is waited for may be that it goes`() {
        var plan = Self.plan()
        plan.isInverted = true
        var run = Run(machine: WaitMachine(plan))
        _ = run.handle(.begun, 0)
        #expect(run.handle(.answered(0, .there("")), 0) == [.say("a: it is still there; waiting")])
        _ = run.handle(.woke, 1)
        #expect(
            run.handle(.answered(0, .missing("refused")), 1)
                == [.say("a: gone after 1.0 s, 2 attempts"), .end(.reached)]
        )
    }

    /// Seeded worlds: targets come and go; what must always hold.
    @Test(arguments: 0..<60) func `whatever happens`(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var plan = WaitMachine.Plan(names: ["a", "b", "c"])
        plan.needsAll = Bool.random(using: &random)
        plan.isInverted = Bool.random(using: &random)
        plan.successes = Int.random(in: 1...3, using: &random)
        plan.timeout = Bool.random(using: &random) ? .seconds(30) : nil
        let comesAt = (0..<3).map { _ in Double.random(in: 0..<60, using: &random) }
        var machine = WaitMachine(plan)
        var open: Set<Int> = []
        var now = Instant.zero
        var ended: WaitMachine.Ending?
        var last: [Int: Instant] = [:]
        func take(_ actions: [WaitMachine.Action]) {
            for action in actions {
                #expect(ended == nil)
                switch action {
                case .ask(let index, let until):
                    #expect(open.insert(index).inserted, "asked twice at once")
                    #expect(until > now && until <= now + plan.perTry)
                    if let before = last[index] { #expect(now - before >= .milliseconds(800)) }
                    last[index] = now
                case .say: break
                case .end(let ending): ended = ending
                }
            }
        }
        take(machine.handle(.begun, at: now, using: &random))
        for _ in 0..<2000 where ended == nil {
            if let index = open.randomElement(using: &random), Bool.random(using: &random) {
                open.remove(index)
                now = now + .milliseconds(Int64.random(in: 0...400, using: &random))
                let isThere = Double(now.nanoseconds) / 1e9 >= comesAt[index]
                let answer: WaitMachine.Answer =
                    isThere != plan.isInverted ? .there("") : .missing("no")
                take(machine.handle(.answered(index, answer), at: now, using: &random))
            } else {
                let wake = machine.nextWake
                #expect(wake != nil || !open.isEmpty, "nothing would ever happen again")
                if let wake, open.isEmpty || wake <= now + .seconds(5) {
                    now = max(now, wake)
                    take(machine.handle(.woke, at: now, using: &random))
                }
            }
        }
        #expect(ended != nil)
        if let limit = plan.timeout, ended == .reached {
            #expect(now <= .zero + limit + .seconds(1))
        }
        if ended == .timedOut { #expect(plan.timeout.map { now >= .zero + $0 } ?? false) }
    }

    @Test(arguments: [
        (5, "0.005 s"), (42, "0.042 s"), (3210, "3.2 s"), (119_900, "119.9 s"), (125_000, "2m5s"),
    ])
    func `times as people say them`(_ milliseconds: Int, _ text: String) {
        #expect(WaitMachine.text(.milliseconds(milliseconds)) == text)
    }
}
