import Basics
import Reactor
import TestKit
import Testing

@testable import LogPipeline

@Suite("Tail simulation") @MainLoop struct TailSimulationTests {
    private func attempt(
        _ seed: UInt64,
        _ fault: TailWorld.Fault = .none,
        crashes: Bool,
        isStrict: Bool = false,
        change: (inout TailSettings) -> Void = { _ in }
    ) -> String? {
        let world = TailWorld(seed: seed, fault: fault, isStrict: isStrict, change: change)
        do {
            try world.run(deeds: 120, crashes: crashes)
            return nil
        } catch {
            return "seed \(seed): \(error)"
        }
    }

    @Test func `without a death every line comes once, in order`() {
        for seed in 0..<300 as Range<UInt64> {
            if let wrong = attempt(seed, crashes: false) { Issue.record("\(wrong)") }
        }
    }

    @Test func `with deaths at any moment no line is lost`() {
        for seed in 1_000..<1_400 as Range<UInt64> {
            if let wrong = attempt(seed, crashes: true) { Issue.record("\(wrong)") }
        }
    }

    @Test func `what was made and renamed while nobody looked is read`() {
        for seed in 4_000..<4_400 as Range<UInt64> {
            let wrong = attempt(seed, crashes: seed % 4 != 0, isStrict: true)
            if let wrong { Issue.record("\(wrong)") }
        }
    }

    /// Files that were copied, emptied and renamed before a death; one that was emptied and filled to the size
    /// that was read before.
    @Test(
        arguments: [(4_229, false), (6_743, false), (9_218, false), (21_137, true)]
            as [(UInt64, Bool)]
    )
    func `what lost a line once loses none`(_ seed: UInt64, _ isStrict: Bool) {
        let crashes = !isStrict || seed % 4 != 0
        if let wrong = attempt(seed, crashes: crashes, isStrict: isStrict) {
            Issue.record("\(wrong)")
        }
    }

    @Test func `with one file open at a time no line is lost`() {
        for seed in 2_000..<2_200 as Range<UInt64> {
            let wrong = attempt(seed, crashes: seed % 2 == 0) { $0.openMaximum = 1 }
            if let wrong { Issue.record("\(wrong)") }
        }
    }

    @Test(arguments: TailWorld.Fault.allCases.filter { $0 != .none })
    func `a wrong reader is noticed`(_ fault: TailWorld.Fault) {
        let found = (3_000..<3_200 as Range<UInt64>).contains {
            let isStrict = fault == .missesRenamedFiles || fault == .trustsTheClock
            return attempt($0, fault, crashes: true, isStrict: isStrict) != nil
        }
        #expect(found)
    }

    @Test func `every order of five deeds is survived`() {
        let deeds: [TailWorld.Deed] = [
            .append, .rotateAway, .copyTruncate, .recreate, .read, .settle, .save, .crash,
        ]
        var order = [0, 0, 0, 0, 0]
        var count = 0
        while true {
            let world = TailWorld(seed: UInt64(count))
            do {
                try world.perform(.append)
                try world.perform(.read)
                for place in order { try world.perform(deeds[place]) }
                try world.finish()
            } catch {
                Issue.record("\(order.map { deeds[$0] }): \(error)")
                if count > 10 { return }
            }
            count += 1
            guard let last = order.lastIndex(where: { $0 < deeds.count - 1 }) else { break }
            order[last] += 1
            for place in order.indices where place > last { order[place] = 0 }
        }
        #expect(count == 32_768)
    }
}
