import Basics
import TestKit
import Testing

@testable import Roles

@Suite("What is done when about changed files") struct ReloadMachineTests {
    private typealias Event = ReloadMachine.Event
    private typealias Action = ReloadMachine.Action

    /// A machine with a clock and a seed.
    private struct Bench {
        var machine: ReloadMachine
        var now = Instant.zero
        var generator = SeededGenerator(seed: 1)

        init(_ rules: ReloadMachine.Rules = .init(), actions: Int = 1) {
            machine = ReloadMachine(rules, actions: actions)
        }

        mutating func send(_ events: Event...) -> [Action] {
            var actions: [Action] = []
            for event in events {
                actions = machine.handle(event, at: now, using: &generator)
                now = now + .milliseconds(1)
            }
            return actions
        }
    }

    private static func steady(_ tries: Int = 10) -> ReloadMachine.Rules {
        var rules = ReloadMachine.Rules()
        rules.tries = tries
        rules.backoff.jitterPercent = 0
        return rules
    }

    @Test func `the first look only remembers`() {
        var bench = Bench()
        #expect(bench.send(.started) == [.examine])
        #expect(bench.send(.examined("a")) == [])
        #expect(bench.send(.changed) == [.examine])
        #expect(bench.send(.examined("a")) == [.unchanged])
        #expect(bench.send(.changed, .examined("b")) == [.prepare])
        #expect(bench.send(.prepared(.done)) == [.act([0])])
        #expect(bench.send(.acted(failed: [])) == [.applied])
        #expect(bench.machine.applied == "b")
    }

    @Test func `at the start it acts if it is told to`() {
        var rules = ReloadMachine.Rules()
        rules.actsAtStart = true
        var bench = Bench(rules)
        #expect(bench.send(.started, .examined("a")) == [.prepare])
        #expect(bench.send(.prepared(.done)) == [.act([0])])
    }

    @Test func `at the start it prepares without acting`() {
        var rules = ReloadMachine.Rules()
        rules.preparesAtStart = true
        var bench = Bench(rules)
        #expect(bench.send(.started, .examined("a")) == [.prepare])
        #expect(bench.send(.prepared(.done)) == [.applied])
    }

    @Test func `what is refused is not tried again until it is different`() {
        var bench = Bench()
        _ = bench.send(.started, .examined("a"))
        #expect(bench.send(.changed, .examined("b"), .prepared(.refused)) == [.refused])
        #expect(bench.send(.changed, .examined("b")) == [.unchanged])
        #expect(bench.send(.changed, .examined("a")) == [.unchanged])
        #expect(bench.send(.changed, .examined("c")) == [.prepare])
    }

    @Test func `only what failed is tried again, after growing pauses`() {
        var bench = Bench(Self.steady(), actions: 3)
        _ = bench.send(.started, .examined("a"), .changed, .examined("b"), .prepared(.done))
        var now = bench.now
        #expect(bench.send(.acted(failed: [1, 2])) == [.wake(now + .seconds(1))])
        #expect(bench.send(.woken) == [.act([1, 2])])
        now = bench.now
        #expect(bench.send(.acted(failed: [2])) == [.wake(now + .seconds(2))])
        #expect(bench.send(.woken) == [.act([2])])
        #expect(bench.send(.acted(failed: [])) == [.applied])
    }

    @Test func `after the last try it gives up until something changes`() {
        var bench = Bench(Self.steady(2))
        _ = bench.send(.started, .examined("a"), .changed, .examined("b"), .prepared(.done))
        _ = bench.send(.acted(failed: [0]), .woken)
        #expect(bench.send(.acted(failed: [0])) == [.gaveUp([0])])
        #expect(bench.send(.woken) == [])
        #expect(bench.send(.changed, .examined("b")) == [.unchanged])
        #expect(bench.send(.changed, .examined("c")) == [.prepare])
    }

    @Test func `a change drops the tries for older contents`() {
        var bench = Bench(Self.steady())
        _ = bench.send(.started, .examined("a"), .changed, .examined("b"), .prepared(.done))
        _ = bench.send(.acted(failed: [0]))
        #expect(bench.send(.changed) == [.superseded, .examine])
        #expect(bench.send(.examined("c"), .prepared(.done)) == [.act([0])])
        // While it acts, the change waits for its end.
        #expect(bench.send(.changed) == [])
        #expect(bench.send(.acted(failed: [])) == [.applied, .examine])
    }

    @Test func `a full disk is tried again, and the files are read anew`() {
        var bench = Bench(Self.steady())
        _ = bench.send(.started, .examined("a"), .changed, .examined("b"))
        let now = bench.now
        #expect(bench.send(.prepared(.failed)) == [.wake(now + .seconds(1))])
        #expect(bench.send(.woken) == [.examine])
        #expect(bench.send(.examined("b"), .prepared(.done)) == [.act([0])])
    }

    @Test func `files that cannot be read are waited for, and their coming is a change`() {
        var bench = Bench()
        #expect(bench.send(.started, .examined(nil)) == [])
        #expect(bench.send(.changed, .examined("a")) == [.prepare])
        #expect(bench.send(.prepared(.done)) == [.act([0])])
        #expect(bench.send(.acted(failed: [])) == [.applied])
        #expect(bench.send(.changed, .examined(nil)) == [])
        #expect(bench.send(.changed, .examined("a")) == [.unchanged])
    }

    @Test func `who asks gets the actions without a change`() {
        var bench = Bench()
        _ = bench.send(.started, .examined("a"))
        #expect(bench.send(.asked, .examined("a")) == [.prepare])
        #expect(bench.send(.prepared(.done)) == [.act([0])])
        #expect(bench.send(.acted(failed: [])) == [.applied])
        #expect(bench.send(.changed, .examined("a")) == [.unchanged])
    }

    @Test(
        arguments: [
            ([.examined("a"), .prepared(.done), .acted(failed: [])], 0),
            ([.examined(nil)], 1), ([.examined("a"), .prepared(.refused)], 1),
            ([.examined("a"), .prepared(.done), .acted(failed: [0])], 1),
        ] as [([ReloadMachine.Event], Int32)]
    )
    func `once, it ends with the result`(_ events: [ReloadMachine.Event], _ code: Int32) {
        var rules = Self.steady(1)
        rules.isOnce = true
        var bench = Bench(rules)
        _ = bench.send(.started)
        var last: [ReloadMachine.Action] = []
        for event in events { last = bench.send(event) }
        #expect(last.last == .finished(code))
    }

    @Test func `the end waits for what was begun, and for nothing else`() {
        var waiting = Bench(Self.steady())
        _ = waiting.send(.started, .examined("a"), .changed, .examined("b"), .prepared(.done))
        var acting = waiting
        #expect(acting.send(.end) == [])
        #expect(acting.send(.acted(failed: [])) == [.applied, .finished(0)])
        _ = waiting.send(.acted(failed: [0]))
        #expect(waiting.send(.end) == [.gaveUp([0]), .finished(0)])
        #expect(waiting.send(.woken) == [])
    }

    @Test func `in every order of events there is one step at a time, and the newest contents win`()
    {
        // All sequences of what a world can do, six deep, with two contents.
        var count = 0
        func explore(_ bench: Bench, _ open: Action?, _ content: String, _ depth: Int) {
            count += 1
            guard depth > 0 else { return settle(bench, open, content) }
            var moves: [Event] = [.changed, .asked]
            switch open {
            case .examine?: moves += [.examined(content), .examined(nil)]
            case .prepare?: moves += [.prepared(.done), .prepared(.refused), .prepared(.failed)]
            case .act(let list)?: moves += [.acted(failed: []), .acted(failed: list)]
            case .wake?: moves += [.woken]
            default: break
            }
            for move in moves {
                let next = move == .changed ? (content == "a" ? "b" : "a") : content
                step(bench, open, move, next, depth - 1)
            }
        }
        func step(_ bench: Bench, _ open: Action?, _ move: Event, _ content: String, _ depth: Int) {
            var bench = bench
            let actions = bench.send(move)
            let steps = actions.filter(Self.isStep)
            #expect(steps.count <= 1, "two steps at once: \(actions)")
            let answers = Self.answers(move)
            if !answers, case .wake? = open, !steps.isEmpty {
                explore(bench, steps[0], content, depth)
            } else if answers || open == nil {
                explore(bench, steps.first, content, depth)
            } else {
                #expect(steps.isEmpty, "a step while another is open: \(move) \(actions)")
                explore(bench, open, content, depth)
            }
        }
        /// From here on everything works: the contents must be applied or known.
        func settle(_ bench: Bench, _ open: Action?, _ content: String) {
            var bench = bench
            var open = open
            for round in 0..<40 {
                let event: Event
                switch open {
                case .examine?: event = .examined(content)
                case .prepare?: event = .prepared(.done)
                case .act?: event = .acted(failed: [])
                case .wake?: event = .woken
                default:
                    guard round == 0 else {
                        let known =
                            bench.machine.applied == content
                            || bench.machine.refused == content
                        #expect(known, "the newest contents were forgotten")
                        return
                    }
                    event = .changed
                }
                open = bench.send(event).first(where: Self.isStep)
            }
            Issue.record("it never comes to rest")
        }
        var bench = Bench(Self.steady(3), actions: 2)
        let first = bench.send(.started)
        explore(bench, first.first, "a", 6)
        #expect(count > 1000)
    }

    private static func isStep(_ action: ReloadMachine.Action) -> Bool {
        switch action {
        case .examine, .prepare, .act, .wake: true
        default: false
        }
    }

    private static func answers(_ event: ReloadMachine.Event) -> Bool {
        switch event {
        case .examined, .prepared, .acted, .woken: true
        default: false
        }
    }
}
