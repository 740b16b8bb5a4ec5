import TestKit
import Testing

@testable import LogPipeline

struct AccountsTests {
    private static func accounts(
        read: UInt64 = 0,
        made: UInt64 = 0,
        open: UInt64 = 0,
        delivered: UInt64 = 0,
        stored: Int64 = 0
    ) -> Accounts {
        var accounts = Accounts()
        accounts.made = made
        accounts.sources["in"] = Accounts.Source()
        accounts.sources["in"]?.read = read
        accounts.sources["in"]?.open = open
        accounts.sinks["out"] = Accounts.Sink()
        accounts.sinks["out"]?.received = read + made
        accounts.sinks["out"]?.delivered = delivered
        accounts.sinks["out"]?.stored = stored
        return accounts
    }

    @Test func `what was open is taken back, for it is read again`() {
        var accounts = Self.accounts(read: 10, open: 4, delivered: 6)
        #expect(accounts.isBalanced && accounts.buffered == 4)
        accounts.withdraw()
        #expect(accounts.isBalanced && accounts.buffered == 0)
        #expect(accounts.read == 6 && accounts.sources["in"]?.withdrawn == 4)
        #expect(accounts.sinks["out"]?.received == 6 && accounts.sinks["out"]?.withdrawn == 4)
    }

    @Test func `copies are taken back in proportion`() {
        var accounts = Self.accounts(read: 100, made: 100, open: 20, delivered: 180)
        accounts.withdraw()
        #expect(accounts.read == 90 && accounts.made == 90 && accounts.unmade == 10)
        #expect(accounts.isBalanced)
    }

    @Test func `what lies on disk stays`() {
        var accounts = Self.accounts(read: 10, open: 3, delivered: 5, stored: 2)
        accounts.withdraw()
        #expect(accounts.isBalanced && accounts.buffered == 2 && accounts.read == 7)
    }

    @Test func `what was delivered before it was safe on disk needs no taking back`() {
        var accounts = Self.accounts(read: 10, open: 4, delivered: 7, stored: -1)
        #expect(accounts.isBalanced)
        accounts.withdraw()
        #expect(accounts.isBalanced && accounts.read == 7 && accounts.buffered == 0)
    }

    @Test func `what cannot be read again is lost, and the books say so`() {
        var accounts = Self.accounts(read: 10, open: 4, delivered: 6)
        accounts.sources["in"]?.readsAgain = false
        accounts.withdraw()
        #expect(accounts.isBalanced && accounts.read == 10 && accounts.left == [.interrupted: 4])
    }

    @Test func `a buffer on disk is believed`() {
        var more = Self.accounts(read: 10, delivered: 8, stored: 2)
        more.reconcile("out", stored: 5)
        #expect(more.isBalanced && more.sources["out (buffer)"]?.read == 3 && more.buffered == 5)
        var less = Self.accounts(read: 10, delivered: 8, stored: 2)
        less.reconcile("out", stored: 0)
        #expect(less.isBalanced && less.sinks["out"]?.delivered == 10 && less.buffered == 0)
    }

    @Test func `books that are out by one are noticed`() {
        var accounts = Self.accounts(read: 10, open: 4, delivered: 6)
        accounts.sinks["out"]?.delivered += 1
        #expect(!accounts.isBalanced)
        #expect(Accounts(numbers: accounts.numbers) == nil)
    }

    @Test(arguments: [
        ["read in": Int64.max, "open in": .max], ["delivered out": 5, "read in": 5, "open in": 0],
        ["read in": -1],
    ])
    func `numbers that cannot be true are not believed`(_ numbers: [String: Int64]) {
        #expect(Accounts(numbers: numbers) == nil)
    }

    /// A program of two sources and two sinks, one of them with a buffer on disk, that is killed at any moment.
    private struct World {
        var accounts = Accounts()
        var kept = Accounts()
        var random: SeededGenerator
        var disk: Int64 = 0

        init(seed: UInt64) {
            random = SeededGenerator(seed: seed)
            accounts.sources["file"] = Accounts.Source()
            accounts.sources["stream"] = Accounts.Source()
            accounts.sources["stream"]?.readsAgain = false
            accounts.sinks["memory"] = Accounts.Sink()
            accounts.sinks["disk"] = Accounts.Sink()
            kept = accounts
        }

        private var waiting: UInt64 { accounts.sinks["memory"]?.buffered ?? 0 }

        mutating func step() {
            let source = Bool.random(using: &random) ? "file" : "stream"
            let count = UInt64.random(in: 0..<20, using: &random)
            switch Int.random(in: 0..<9, using: &random) {
            case 0, 1, 2:
                // Each sink gets a copy.
                accounts.sources[source]?.read += count
                accounts.sources[source]?.open += 2 * count
                accounts.made += count
                accounts.sinks["memory"]?.received += count
                accounts.sinks["disk"]?.received += count
                open[source, default: 0] += count
                unsafe[source, default: 0] += count
            case 3, 4:
                let ended = min(count, open[source] ?? 0)
                open[source, default: 0] -= ended
                accounts.sources[source]?.open -= ended
                accounts.sinks["memory"]?.delivered += ended
            case 5:
                let safe = min(count, unsafe[source] ?? 0)
                unsafe[source, default: 0] -= safe
                accounts.sources[source]?.open -= safe
                accounts.sinks["disk"]?.stored += Int64(safe)
                disk += Int64(safe)
            case 6:
                let sent = min(Int64(count), max(0, disk))
                disk -= sent
                accounts.sinks["disk"]?.stored -= sent
                accounts.sinks["disk"]?.delivered += UInt64(sent)
            case 7: kept = accounts
            default: kill()
            }
        }

        private var open: [String: UInt64] = [:]
        private var unsafe: [String: UInt64] = [:]

        private mutating func kill() {
            let delivered = kept.ended - kept.left.values.reduce(0, +)
            guard let restored = Accounts(numbers: kept.numbers) else {
                Issue.record("kept accounts are not believed")
                return
            }
            #expect(restored == kept)
            accounts = restored
            accounts.withdraw()
            #expect(accounts.open == 0)
            #expect(accounts.ended - accounts.left.values.reduce(0, +) == delivered)
            #expect(accounts.isBalanced)
            accounts.reconcile("disk", stored: UInt64(disk))
            (open, unsafe) = ([:], [:])
            kept = accounts
        }
    }

    @Test(arguments: 0..<200) func `books balance at every moment`(_ seed: Int) {
        var world = World(seed: UInt64(seed))
        for _ in 0..<400 {
            world.step()
            #expect(world.accounts.isBalanced, "seed \(seed)")
        }
    }
}
