import Basics
import Reactor
import System
import TestKit
import Testing

@testable import Proxying

@Suite("Discovery machine") struct DiscoveryMachineTests {
    private static func settings(
        _ names: [String] = ["db"],
        _ discovery: ClusterSettings.Discovery = .strictDNS,
        family: ClusterSettings.Family = .auto,
        respectsTTL: Bool = false
    ) -> ClusterSettings {
        ClusterSettings(
            name: "c",
            discovery: discovery,
            endpoints: names.map { Endpoint(address: HostPort(host: $0, port: 80)) },
            family: family,
            respectsTTL: respectsTTL
        )
    }

    private static func names(
        _ texts: [String],
        ttl: Int? = nil,
        failed: [AddressFamily] = []
    ) -> DiscoveryMachine.Event {
        .answer(
            ResolvedNames(
                addresses: texts.compactMap { SocketAddress(number: $0, port: 0) },
                ttl: ttl.map { .seconds($0) },
                failed: failed
            )
        )
    }

    private static func published(_ actions: [DiscoveryMachine.Action]) -> [String]? {
        for case .publish(let found) in actions { return found.map(\.address.description) }
        return nil
    }

    private func machine(_ settings: ClusterSettings) -> DiscoveryMachine {
        DiscoveryMachine(settings, at: .zero, seed: 7)
    }

    @Test func `addresses are published at once and nobody is asked`() {
        let list = ["10.0.0.1", "::1", "10.0.0.1", "/run/app.sock"]
        var machine = machine(Self.settings(list, .fixed))
        let actions = machine.tick(at: .zero)
        #expect(
            Self.published(actions) == ["10.0.0.1:80", "[::1]:80", "10.0.0.1:80", "/run/app.sock"]
        )
        #expect(Set(machine.hosts.map(\.key)).count == 4)
        #expect(machine.isReady && machine.nextTick == nil)
    }

    @Test func `every address of every name is a host, each once`() {
        var machine = machine(Self.settings(["a", "b", "a"]))
        let asked = machine.tick(at: .zero)
        #expect(
            asked == [
                .ask(question: 0, name: "a", families: [.v6, .v4]),
                .ask(question: 1, name: "b", families: [.v6, .v4]),
            ]
        )
        #expect(!machine.isReady && machine.nextTick == nil)
        let first = machine.handle(Self.names(["10.0.0.2", "10.0.0.1"]), question: 0, at: .zero)
        #expect(Self.published(first) == ["10.0.0.1:80", "10.0.0.2:80"])
        let second = machine.handle(Self.names(["10.0.0.2", "10.0.0.3"]), question: 1, at: .zero)
        #expect(Self.published(second) == ["10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80"])
        #expect(machine.isReady)
        // The same addresses in another order change nothing.
        let same = machine.handle(Self.names(["10.0.0.1", "10.0.0.2"]), question: 0, at: .zero)
        #expect(same.isEmpty && machine.statistics.unchanged == 1)
    }

    @Test func `a failed question keeps the hosts, an empty answer drops those of its name`() {
        var machine = machine(Self.settings(["a", "b"]))
        _ = machine.tick(at: .zero)
        _ = machine.handle(Self.names(["10.0.0.1"]), question: 0, at: .zero)
        _ = machine.handle(Self.names(["10.0.0.2"]), question: 1, at: .zero)
        #expect(machine.handle(.failure, question: 0, at: .zero).isEmpty)
        #expect(Self.published(machine.handle(.empty, question: 0, at: .zero)) == ["10.0.0.2:80"])
        #expect(Self.published(machine.handle(.empty, question: 1, at: .zero)) == [])
    }

    @Test(arguments: [DiscoveryMachine.Event.failure, .empty])
    func `a first outcome without hosts is said, so that nobody waits longer`(
        _ event: DiscoveryMachine.Event
    ) {
        var machine = machine(Self.settings())
        #expect(Self.published(machine.tick(at: .zero)) == nil)
        #expect(Self.published(machine.handle(event, question: 0, at: .zero)) == [])
        #expect(machine.isReady)
        #expect(machine.handle(event, question: 0, at: .zero).isEmpty)
    }

    @Test(arguments: [
        (ClusterSettings.Family.auto, ["[fd00::1]:80"], [AddressFamily.v6, .v4]),
        (.v4, ["10.0.0.1:80"], [.v4]),
        (.v6, ["[fd00::1]:80"], [.v6]),
        (.v4Preferred, ["10.0.0.1:80"], [.v6, .v4]),
        (.all, ["10.0.0.1:80", "[fd00::1]:80"], [.v6, .v4]),
    ])
    func `families are chosen by their rule`(
        _ family: ClusterSettings.Family,
        _ hosts: [String],
        _ asked: [AddressFamily]
    ) {
        var machine = machine(Self.settings(family: family))
        #expect(machine.tick(at: .zero) == [.ask(question: 0, name: "db", families: asked)])
        let actions = machine.handle(Self.names(["fd00::1", "10.0.0.1"]), question: 0, at: .zero)
        #expect(Self.published(actions) == hosts)
    }

    @Test(arguments: [
        (ClusterSettings.Family.auto, ["10.0.0.1:80"]), (.v4Preferred, ["10.0.0.1:80"]),
        (.all, ["10.0.0.1:80"]), (.v6, []),
    ])
    func `without IPv6 the other family is used where the rule allows it`(
        _ family: ClusterSettings.Family,
        _ hosts: [String]
    ) {
        var machine = machine(Self.settings(family: family))
        _ = machine.tick(at: .zero)
        let actions = machine.handle(Self.names(["10.0.0.1"]), question: 0, at: .zero)
        #expect(Self.published(actions) == hosts)
    }

    @Test func `a family whose question failed keeps its hosts`() {
        var machine = machine(Self.settings())
        _ = machine.tick(at: .zero)
        _ = machine.handle(Self.names(["fd00::1", "10.0.0.1"]), question: 0, at: .zero)
        let half = Self.names(["10.0.0.1"], failed: [.v6])
        #expect(machine.handle(half, question: 0, at: .zero).isEmpty)
        let whole = machine.handle(Self.names(["10.0.0.1"]), question: 0, at: .zero)
        #expect(Self.published(whole) == ["10.0.0.1:80"])
    }

    @Test func `a logical host is one, stays the same and outlives empty answers`() {
        var machine = machine(Self.settings(["db"], .logicalDNS))
        _ = machine.tick(at: .zero)
        let first = machine.handle(Self.names(["10.0.0.2", "10.0.0.1"]), question: 0, at: .zero)
        #expect(Self.published(first) == ["10.0.0.2:80"])
        let key = machine.hosts[0].key
        let moved = machine.handle(Self.names(["10.0.0.1", "10.0.0.2"]), question: 0, at: .zero)
        #expect(Self.published(moved) == ["10.0.0.1:80"])
        #expect(machine.hosts[0].key == key)
        #expect(machine.handle(.empty, question: 0, at: .zero).isEmpty)
        #expect(machine.handle(.failure, question: 0, at: .zero).isEmpty)
    }

    @Test(arguments: [
        (false, 60, 4.5...5.0), (true, 60, 54.0...60.0), (true, 0, 4.5...5.0),
        (true, 1, 0.9...1.0),
    ])
    func `the next question comes in time`(
        _ respectsTTL: Bool,
        _ ttl: Int,
        _ range: ClosedRange<Double>
    ) throws {
        for seed in UInt64(0)..<50 {
            let settings = Self.settings(respectsTTL: respectsTTL)
            var machine = DiscoveryMachine(settings, at: .zero, seed: seed)
            _ = machine.tick(at: .zero)
            _ = machine.handle(Self.names(["10.0.0.1"], ttl: ttl), question: 0, at: .zero)
            let next = try #require(machine.nextTick)
            #expect(range.contains((next - .zero).inSeconds))
            #expect(machine.tick(at: .zero).isEmpty)
            #expect(machine.tick(at: next).count == 1)
        }
    }

    @Test func `failures are asked again soon, then less often, never less than usual`() throws {
        var machine = machine(Self.settings())
        var now = Instant.zero
        var pauses: [Double] = []
        _ = machine.tick(at: now)
        for _ in 0..<6 {
            _ = machine.handle(.failure, question: 0, at: now)
            let next = try #require(machine.nextTick)
            pauses.append((next - now).inSeconds)
            now = next
            #expect(machine.tick(at: now).count == 1)
        }
        for (pause, most) in zip(pauses, [1.0, 2, 4, 5, 5, 5]) {
            #expect(pause > most * 0.89 && pause <= most)
        }
    }

    @Test func `an answer can be too long`() {
        var machine = machine(Self.settings())
        _ = machine.tick(at: .zero)
        let many = (0..<6000).map { "10.0.\($0 / 250).\($0 % 250)" }
        _ = machine.handle(Self.names(many), question: 0, at: .zero)
        #expect(machine.hosts.count == DiscoveryMachine.hostsMaximum)
    }

    /// Random worlds against a plain model: what each name and family said last.
    @Test(arguments: 0..<40) func `hosts are what names said last`(_ seed: Int) {
        var dice = SeededGenerator(seed: UInt64(seed))
        let families: [ClusterSettings.Family] = [.auto, .v4, .v6, .v4Preferred, .all]
        let family = families[seed % families.count]
        let labels = ["a", "b", "c"]
        var machine = DiscoveryMachine(
            Self.settings(labels, family: family),
            at: .zero,
            seed: UInt64(seed)
        )
        var v6 = [[String]](repeating: [], count: 3)
        var v4 = [[String]](repeating: [], count: 3)
        var open: Set<Int> = []
        var now = Instant.zero
        var last: [String] = []
        for _ in 0..<300 {
            now = now + .milliseconds(Int64.random(in: 0...4000, using: &dice))
            for action in machine.tick(at: now) {
                switch action {
                case .ask(let question, _, _):
                    #expect(open.insert(question).inserted)
                case .publish(let found): last = found.map(\.address.host)
                }
            }
            guard let question = open.randomElement(using: &dice) else { continue }
            open.remove(question)
            var event = DiscoveryMachine.Event.failure
            switch Int.random(in: 0..<5, using: &dice) {
            case 0: break
            case 1:
                event = .empty
                (v6[question], v4[question]) = ([], [])
            case let kind:
                let six = (0..<3).filter { _ in Bool.random(using: &dice) }.map {
                    "fd00::\($0 + 1)"
                }
                let four = (0..<3).filter { _ in Bool.random(using: &dice) }.map { "10.0.0.\($0)" }
                let isHalf = kind == 2
                if !isHalf { v6[question] = six }
                v4[question] = four
                event = Self.names((isHalf ? [] : six) + four, failed: isHalf ? [.v6] : [])
            }
            let actions = machine.handle(event, question: question, at: now)
            if let hosts = Self.published(actions) { last = hosts }
            var expected: Set<String> = []
            for index in 0..<3 {
                let six = v6[index].map { "[\($0)]:80" }
                let four = v4[index].map { "\($0):80" }
                switch family {
                case .v4: expected.formUnion(four)
                case .v6: expected.formUnion(six)
                case .auto: expected.formUnion(six.isEmpty ? four : six)
                case .v4Preferred: expected.formUnion(four.isEmpty ? six : four)
                case .all: expected.formUnion(six + four)
                }
            }
            #expect(Set(last) == expected)
            #expect(last.count == expected.count)
            // Nothing is ever forgotten: each name is open or due.
            #expect(open.count == 3 || machine.nextTick != nil)
        }
    }
}
