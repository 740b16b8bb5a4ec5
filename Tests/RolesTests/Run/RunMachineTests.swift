import Basics
import Formats
import Testing

@testable import Roles

@Suite("Roles of one process: what is done when") struct RunMachineTests {
    private static func entry(
        _ name: String,
        _ args: [String] = [],
        configuration: String? = nil,
        rereads: Bool = true
    ) -> RunFile.Entry {
        RunFile.Entry(
            name: name,
            role: "logs",
            args: args,
            environment: [:],
            configuration: configuration,
            place: Place("f", nil),
            rereadsConfiguration: rereads
        )
    }

    private func at(_ seconds: Double) -> Instant {
        Instant(nanoseconds: Int64(seconds * 1_000_000_000))
    }

    private let grace = Duration.seconds(9)

    @Test func `a role that ends unasked begins anew alone, later each time`() {
        var machine = RunMachine()
        #expect(
            machine.load([Self.entry("a"), Self.entry("b")], at: at(0), grace: grace)
                == [.start("a"), .start("b")]
        )
        var now = at(0)
        for pause in [1, 2, 4, 8, 16, 32, 60, 60] {
            #expect(machine.ended("a", at: now).isEmpty)
            #expect(machine.nextWake == now + .seconds(pause))
            #expect(machine.wake(at: now + .seconds(pause) + .nanoseconds(-1)).isEmpty)
            now = now + .seconds(pause)
            #expect(machine.wake(at: now) == [.start("a")])
            #expect(machine.nextWake == nil)
        }
        now = now + .seconds(60)
        #expect(machine.ended("a", at: now).isEmpty)
        #expect(machine.nextWake == now + .seconds(1))
        #expect(machine.members.map(\.restarts) == [8, 0])
    }

    @Test func `at the end each waits for those behind it, and all share one deadline`() {
        var machine = RunMachine()
        _ = machine.load(["a", "b", "c"].map { Self.entry($0) }, at: at(0), grace: grace)
        #expect(machine.end(by: at(8), at: at(0)) == [.end("c", by: at(8))])
        #expect(machine.ended("c", at: at(1)) == [.end("b", by: at(8))])
        #expect(machine.ended("b", at: at(3)) == [.end("a", by: at(8))])
        #expect(machine.ended("a", at: at(6)) == [.finish])
        #expect(machine.nextWake == nil && machine.wake(at: at(100)).isEmpty)
    }

    @Test func `one that takes half of the time does not keep the others waiting`() {
        var machine = RunMachine()
        _ = machine.load(["a", "b", "c"].map { Self.entry($0) }, at: at(0), grace: grace)
        _ = machine.end(by: at(8), at: at(0))
        #expect(machine.nextWake == at(4))
        #expect(machine.wake(at: at(3.9)).isEmpty)
        #expect(machine.wake(at: at(4)) == [.end("a", by: at(8)), .end("b", by: at(8))])
        #expect(machine.nextWake == nil && machine.wake(at: at(5)).isEmpty)
        for name in ["b", "c"] { #expect(machine.ended(name, at: at(7)).isEmpty) }
        #expect(machine.ended("a", at: at(8)) == [.finish])
    }

    @Test func `half of the time is counted anew for each that is asked`() {
        var machine = RunMachine()
        _ = machine.load(["a", "b"].map { Self.entry($0) }, at: at(0), grace: grace)
        _ = machine.end(by: at(8), at: at(0))
        _ = machine.ended("b", at: at(2))
        #expect(machine.nextWake == at(5))
        // Nobody is left who waits.
        #expect(machine.wake(at: at(5)).isEmpty && machine.nextWake == nil)
        #expect(machine.ended("a", at: at(6)) == [.finish])
    }

    @Test func `one that a change of the file ends keeps the others waiting no longer either`() {
        var machine = RunMachine()
        _ = machine.load(["a", "b"].map { Self.entry($0) }, at: at(0), grace: grace)
        _ = machine.load([Self.entry("a")], at: at(1), grace: .seconds(60))
        #expect(machine.end(by: at(9), at: at(1)) == [.end("b", by: at(9))])
        #expect(machine.nextWake == at(5))
        #expect(machine.wake(at: at(5)) == [.end("a", by: at(9))])
        #expect(machine.ended("a", at: at(6)).isEmpty)
        #expect(machine.ended("b", at: at(6)) == [.finish])
    }

    @Test func `a second word to end hurries all at once`() {
        var machine = RunMachine()
        _ = machine.load(["a", "b"].map { Self.entry($0) }, at: at(0), grace: grace)
        _ = machine.end(by: at(9), at: at(0))
        #expect(machine.end(by: at(1), at: at(1)) == [.end("a", by: at(1)), .end("b", by: at(1))])
        #expect(machine.ended("a", at: at(1)).isEmpty)
        #expect(machine.ended("b", at: at(1)) == [.finish])
    }

    @Test func `one that waits for its next start is not begun any more at the end`() {
        var machine = RunMachine()
        _ = machine.load([Self.entry("a")], at: at(0), grace: grace)
        _ = machine.ended("a", at: at(0))
        #expect(machine.end(by: at(9), at: at(0)) == [.finish])
    }

    @Test func `a changed file begins, changes and ends only what it is about`() {
        var machine = RunMachine()
        _ = machine.load(["a", "b", "c"].map { Self.entry($0) }, at: at(0), grace: grace)
        let next = [Self.entry("d"), Self.entry("a"), Self.entry("b", ["-x"])]
        #expect(
            machine.load(next, at: at(1), grace: grace)
                == [.start("d"), .end("b", by: at(10)), .end("c", by: at(10))]
        )
        #expect(machine.ended("b", at: at(2)) == [.start("b")])
        #expect(machine.members.first { $0.entry.name == "b" }?.entry.args == ["-x"])
        #expect(machine.ended("c", at: at(2)).isEmpty)
        #expect(machine.members.map(\.entry.name) == ["d", "a", "b"])
        // Taken out and put back while it ends.
        #expect(machine.load([Self.entry("a")], at: at(3), grace: grace).count == 2)
        #expect(machine.load([Self.entry("a"), Self.entry("d")], at: at(3), grace: grace).isEmpty)
        #expect(machine.ended("d", at: at(4)) == [.start("d")])
    }

    @Test func `a role that goes on is given its new configuration, if it can read one`() {
        var machine = RunMachine()
        func load(_ entry: RunFile.Entry) -> [RunMachine.Action] {
            machine.load([entry], at: at(1), grace: grace)
        }
        #expect(load(Self.entry("a", configuration: "1")) == [.start("a")])
        #expect(load(Self.entry("a", configuration: "1")).isEmpty)
        #expect(load(Self.entry("a", configuration: "2")) == [.configure("a")])
        #expect(machine.members.map(\.entry.configuration) == ["2"])
        // Its words change with these.
        let end: [RunMachine.Action] = [.end("a", by: at(10))]
        #expect(load(Self.entry("a", ["-x"], configuration: "3")) == end)
        #expect(machine.ended("a", at: at(1)) == [.start("a")])
        #expect(load(Self.entry("a", ["-x"])) == end)
        #expect(machine.ended("a", at: at(1)) == [.start("a")])
        #expect(load(Self.entry("a", ["-x"], configuration: "3")) == end)
        #expect(machine.ended("a", at: at(1)) == [.start("a")])
        // One that waits begins at once, for the mistake may be gone.
        _ = machine.ended("a", at: at(1))
        #expect(load(Self.entry("a", ["-x"], configuration: "4")) == [.start("a")])
        var other = RunMachine()
        for text in ["1", "2"] {
            let entry = Self.entry("b", configuration: text, rereads: false)
            let actions = other.load([entry], at: at(1), grace: grace)
            #expect(actions == (text == "1" ? [.start("b")] : [.end("b", by: at(10))]))
        }
    }

    /// Every sequence of five events over two roles: nothing is begun that runs, and nothing is asked to end
    /// that does not.
    @Test func `whatever happens, roles begin once, end once, and in the end all have ended`() {
        enum Happening: CaseIterable {
            case endA, endB, wake, loadBoth, loadA, changeB, configureB, stop
        }
        func check(_ happenings: [Happening]) {
            var machine = RunMachine()
            var running: Set<String> = []
            var isFinished = false
            var now = at(0)
            func carry(_ actions: [RunMachine.Action]) {
                for action in actions {
                    switch action {
                    case .start(let name):
                        #expect(running.insert(name).inserted, "\(happenings)")
                    case .configure(let name):
                        #expect(running.contains(name), "\(happenings)")
                    case .end(let name, by: let deadline):
                        #expect(running.contains(name) && deadline >= now, "\(happenings)")
                    case .finish:
                        #expect(running.isEmpty && !isFinished, "\(happenings)")
                        isFinished = true
                    }
                }
            }
            func load(_ entries: [RunFile.Entry]) {
                carry(machine.load(entries, at: now, grace: grace))
            }
            func end(_ name: String) {
                if running.remove(name) != nil { carry(machine.ended(name, at: now)) }
            }
            load([Self.entry("a"), Self.entry("b")])
            for happening in happenings {
                now = now + .seconds(2)
                switch happening {
                case .endA: end("a")
                case .endB: end("b")
                case .wake: carry(machine.wake(at: now))
                case .loadBoth: load([Self.entry("a"), Self.entry("b")])
                case .loadA: load([Self.entry("a")])
                case .configureB: load([Self.entry("b", ["-x"], configuration: "2")])
                case .changeB: load([Self.entry("b", ["-x"], configuration: "1"), Self.entry("a")])
                case .stop: if !isFinished { carry(machine.end(by: now + grace, at: now)) }
                }
            }
            if machine.deadline == nil { carry(machine.end(by: now + grace, at: now)) }
            for _ in 0..<4 {
                end("b")
                end("a")
            }
            #expect(isFinished && running.isEmpty, "\(happenings)")
        }
        func grow(_ happenings: [Happening]) {
            check(happenings)
            guard happenings.count < 5 else { return }
            for next in Happening.allCases { grow(happenings + [next]) }
        }
        grow([])
    }
}
