import Basics
import Testing

@testable import LogPipeline

@Suite("Delivery") struct DeliveryMachineTests {
    static func machine(_ change: (inout DeliverySettings) -> Void = { _ in }) -> TestMachine {
        var settings = DeliverySettings()
        settings.batchBytes = 30
        settings.memory = 200
        settings.concurrency = 2
        settings.batchWait = .seconds(1)
        settings.retry.initial = .seconds(1)
        settings.retry.cap = .seconds(8)
        change(&settings)
        return TestMachine(settings, seed: 1)
    }

    static func failure(_ remedy: Setback.Remedy = .retry, _ text: String = "down")
        -> DeliveryAnswer
    {
        .failed(Setback(remedy, text, code: 503))
    }

    // MARK: Batches

    @Test func `a batch is closed by its bytes`() {
        var machine = Self.machine()
        machine.put([1, 2], at: at(0))
        #expect(machine.texts() == [])
        machine.put([3, 4], at: at(0))
        #expect(machine.texts() == ["send 0 [1, 2, 3]"])
        #expect(machine.tally.buffered == 4 && machine.bytes == 40)
    }

    @Test func `a batch is closed by its records`() {
        var machine = Self.machine {
            $0.batchBytes = 1000
            $0.batchRecords = 2
        }
        machine.put([1, 2, 3, 4, 5], at: at(0))
        #expect(machine.texts() == ["send 0 [1, 2]", "send 1 [3, 4]"])
    }

    @Test func `a batch is closed by time`() {
        var machine = Self.machine()
        machine.put([1], at: at(0))
        machine.put([2], at: at(0.9))
        #expect(machine.nextWake == at(1))
        machine.wake(at: at(0.999))
        #expect(machine.texts() == [])
        machine.wake(at: at(1))
        #expect(machine.texts() == ["send 0 [1, 2]"])
        #expect(machine.nextWake == nil)
    }

    @Test func `a batch grows on while nothing can be sent`() {
        var machine = Self.machine {
            $0.batchBytes = 1000
            $0.concurrency = 1
        }
        machine.put([1], at: at(0))
        machine.wake(at: at(1))
        #expect(machine.texts() == ["send 0 [1]"])
        machine.put([2], at: at(1))
        machine.put([3], at: at(5))
        machine.wake(at: at(9))
        #expect(machine.texts() == [])
        machine.answered(0, .delivered, at: at(10))
        #expect(machine.texts() == ["delivered [1]", "send 1 [2, 3]"])
    }

    @Test func `partitions do not mix`() {
        var machine = Self.machine()
        machine.put([1], key: [1], at: at(0))
        machine.put([2], key: [2], at: at(0.5))
        machine.put([3], key: [1], at: at(0.6))
        machine.wake(at: at(1))
        #expect(machine.texts() == ["send 0 [1, 3]"])
        machine.wake(at: at(1.5))
        #expect(machine.texts() == ["send 1 [2]"])
    }

    @Test func `too many partitions close the oldest`() {
        var machine = Self.machine { $0.partitionMaximum = 2 }
        for key in 0..<4 { machine.put([key], key: [UInt8(key)], at: at(Double(key) / 10)) }
        #expect(machine.texts() == ["send 0 [0]", "send 1 [1]"])
    }

    // MARK: Requests

    @Test func `no more requests are open than allowed`() {
        var machine = Self.machine()
        machine.put(Array(1...9), at: at(0))
        #expect(machine.texts() == ["send 0 [1, 2, 3]", "send 1 [4, 5, 6]"])
        machine.answered(1, .delivered, at: at(0))
        #expect(machine.texts() == ["delivered [4, 5, 6]", "send 2 [7, 8, 9]"])
        machine.answered(0, .delivered, at: at(0))
        machine.answered(2, .delivered, at: at(0))
        #expect(machine.tally.delivered == 9 && machine.isEmpty && machine.bytes == 0)
    }

    @Test func `each record is judged by itself`() {
        var machine = Self.machine()
        machine.put([1, 2, 3], at: at(0))
        _ = machine.texts()
        machine.answered(
            0,
            .partly([
                ItemVerdict(item: 2, isRetriable: true, reason: "busy", code: 429),
                ItemVerdict(item: 0, isRetriable: false, reason: "wrong type", code: 400),
            ]),
            at: at(0)
        )
        #expect(machine.texts() == ["delivered [2]", "bury 1 [1] [\"wrong type\"]"])
        #expect(machine.tally.buffered == 2 && machine.tally.rejected == 0)
        machine.buried(1, isKept: true, at: at(0))
        #expect(machine.texts() == ["rejected [1]"])
        machine.wake(at: at(1.2))
        #expect(machine.texts() == ["send 0 [3]"])
        machine.answered(0, .delivered, at: at(2))
        #expect(machine.tally.delivered == 2 && machine.tally.rejected == 1 && machine.isEmpty)
        #expect(machine.tally.retried == 1)
    }

    @Test func `verdicts on records that were not sent are passed over`() {
        var machine = Self.machine()
        machine.put([1, 2, 3], at: at(0))
        let wild = [-1, 3, 99].map {
            ItemVerdict(item: $0, isRetriable: true, reason: "x", code: nil)
        }
        machine.answered(0, .partly(wild), at: at(0))
        machine.answered(0, .delivered, at: at(0))
        machine.answered(7, .delivered, at: at(0))
        #expect(machine.tally.delivered == 3 && machine.isEmpty)
    }

    @Test func `a record that cannot be kept as a dead letter stays`() {
        var machine = Self.machine()
        machine.put([1, 2, 3], at: at(0))
        machine.answered(0, Self.failure(.reject, "no"), at: at(0))
        _ = machine.texts()
        machine.buried(0, isKept: false, at: at(0))
        #expect(machine.texts() == [] && machine.tally.buffered == 3)
        machine.wake(at: at(9))
        #expect(machine.texts() == ["bury 0 [1, 2, 3] [\"no\"]"])
        machine.buried(0, isKept: true, at: at(9))
        #expect(machine.tally.rejected == 3 && machine.isEmpty)
    }

    @Test func `what is too large is halved`() {
        var machine = Self.machine { $0.concurrency = 1 }
        machine.put([1, 2, 3], at: at(0))
        machine.put([4, 5, 6], at: at(0))
        machine.answered(0, Self.failure(.split), at: at(0))
        machine.answered(0, .delivered, at: at(0))
        machine.answered(2, Self.failure(.split), at: at(0))
        #expect(
            machine.texts() == [
                "send 0 [1, 2, 3]", "send 0 [1]", "delivered [1]", "send 2 [2, 3]", "send 2 [2]",
            ]
        )
        machine.answered(2, Self.failure(.split, "413"), at: at(0))
        #expect(machine.texts() == ["bury 2 [2] [\"413\"]", "send 3 [3]"])
    }

    // MARK: Attempts

    @Test func `pauses grow and vary by an eighth`() {
        var machine = Self.machine()
        for (attempts, seconds) in [(1, 1.0), (2, 2), (3, 4), (4, 8), (5, 8), (500, 8)] {
            for _ in 0..<50 {
                let pause = machine.pause(after: attempts).inSeconds
                #expect(pause >= seconds * 0.875 && pause <= seconds * 1.125)
            }
        }
    }

    @Test func `Fluent Bit's pauses are random from the first on`() {
        var machine = Self.machine {
            $0.retry.isFullyRandom = true
            $0.retry.initial = .seconds(5)
            $0.retry.cap = .seconds(2000)
        }
        for (attempts, longest) in [(1, 10.0), (2, 20), (9, 2000), (99, 2000)] {
            let pauses = (0..<200).map { _ in machine.pause(after: attempts).inSeconds }
            #expect(pauses.allSatisfy { $0 >= 5 && $0 <= longest })
            // A shortest and a longest that even ones nearly reach.
            #expect((pauses.max() ?? 0) > longest * 0.9 && (pauses.min() ?? 0) < 5 + longest * 0.1)
        }
    }

    @Test func `attempts end at the limit with the reason`() {
        var machine = Self.machine { $0.retry.limit = 2 }
        machine.put([1, 2, 3], at: at(0))
        for second in [0.0, 10, 20] {
            machine.wake(at: at(second))
            machine.answered(0, Self.failure(), at: at(second))
        }
        #expect(
            machine.texts() == [
                "send 0 [1, 2, 3]", "send 0 [1, 2, 3]", "send 0 [1, 2, 3]",
                "bury 0 [1, 2, 3] [\"given up after 3 attempts: down\"]",
            ]
        )
        #expect(machine.tally.retried == 2 && machine.tally.errors == 3)
    }

    @Test func `attempts that reach nobody do not count`() {
        var machine = Self.machine { $0.retry.limit = 0 }
        machine.put([1, 2, 3], at: at(0))
        var unreached = Setback(.retry, "nobody is there")
        unreached.isUnreached = true
        for second in 0..<50 {
            machine.wake(at: at(Double(second) * 100))
            machine.answered(0, .failed(unreached), at: at(Double(second) * 100))
        }
        #expect(machine.tally.buffered == 3)
        machine.wake(at: at(99999))
        machine.answered(0, Self.failure(), at: at(99999))
        #expect(machine.texts().last?.hasPrefix("bury 0") == true)
    }

    @Test func `attempts end when the time for them is over`() {
        var machine = Self.machine { $0.retry.timeout = .seconds(5) }
        machine.put([1, 2, 3], at: at(0))
        machine.answered(0, Self.failure(), at: at(0))
        machine.wake(at: at(4.9))
        machine.answered(0, Self.failure(), at: at(5))
        #expect(machine.texts().last == "bury 0 [1, 2, 3] [\"given up after 5.0 s: down\"]")
    }

    @Test func `what the other side asks for is waited for, within limits`() {
        var machine = Self.machine { $0.retryAfterMaximum = .seconds(60) }
        machine.put([1, 2, 3], at: at(0))
        _ = machine.texts()
        var setback = Setback(.retry, "slow down", code: 429)
        setback.retryAfter = .seconds(30)
        machine.answered(0, .failed(setback), at: at(0))
        machine.put([7, 8, 9], at: at(1))
        machine.wake(at: at(29))
        #expect(machine.texts() == [])
        machine.wake(at: at(30))
        #expect(machine.texts() == ["send 0 [1, 2, 3]", "send 1 [7, 8, 9]"])
        setback.retryAfter = .seconds(100_000)
        machine.answered(0, .failed(setback), at: at(30))
        #expect(machine.nextWake.map { $0 <= at(90) } == true)
    }

    @Test func `after failures in a row one request tries`() {
        var machine = Self.machine { $0.breakerAfter = 2 }
        machine.put(Array(1...15), at: at(0))
        machine.answered(0, Self.failure(), at: at(0))
        machine.answered(1, Self.failure(), at: at(0))
        #expect(machine.isBroken)
        _ = machine.texts()
        machine.wake(at: at(0.5))
        // The third was sent before the second failed; nothing else goes.
        #expect(machine.texts() == [] && machine.openCount == 1)
        machine.answered(2, Self.failure(), at: at(0.5))
        machine.wake(at: at(3))
        #expect(machine.openCount == 1)
        #expect(machine.texts() == ["send 0 [1, 2, 3]"])
        machine.answered(0, .delivered, at: at(3))
        #expect(!machine.isBroken && machine.openCount == 2 && machine.trouble == nil)
    }

    @Test func `a lost answer makes records uncertain once`() {
        var machine = Self.machine()
        machine.put([1, 2, 3], at: at(0))
        var setback = Setback(.retry, "no answer")
        setback.isUncertain = true
        for second in [0.0, 5, 20] {
            machine.wake(at: at(second))
            machine.answered(0, .failed(setback), at: at(second))
        }
        #expect(machine.tally.uncertain == 3 && machine.tally.errors == 3)
    }

    @Test func `order is kept where it is asked for`() {
        var machine = Self.machine { $0.isOrdered = true }
        machine.put(Array(1...6), at: at(0))
        machine.answered(0, Self.failure(), at: at(0))
        machine.wake(at: at(0.5))
        #expect(machine.texts() == ["send 0 [1, 2, 3]"])
        machine.wake(at: at(2))
        machine.answered(
            0,
            .partly([ItemVerdict(item: 1, isRetriable: true, reason: "busy", code: nil)]),
            at: at(2)
        )
        machine.wake(at: at(2.1))
        #expect(machine.texts() == ["send 0 [1, 2, 3]", "delivered [1, 3]"])
        machine.wake(at: at(9))
        machine.answered(0, .delivered, at: at(9))
        #expect(machine.texts() == ["send 0 [2]", "delivered [2]", "send 1 [4, 5, 6]"])
    }

    // MARK: Limits and ends

    @Test func `it is full by its bytes, and has room again`() {
        var machine = Self.machine()
        machine.put(Array(1...19), at: at(0))
        #expect(!machine.isFull && !machine.hasRoom)
        machine.put([20], at: at(0))
        #expect(machine.isFull)
        machine.answered(0, .delivered, at: at(0))
        #expect(!machine.isFull && !machine.hasRoom)
        machine.answered(1, .delivered, at: at(0))
        #expect(machine.hasRoom)
    }

    @Test func `the oldest records that are not under way can be given up`() {
        var machine = Self.machine { $0.concurrency = 1 }
        machine.put(Array(1...8), at: at(0))
        #expect(machine.dropOldest()?.items == [4, 5, 6])
        #expect(machine.dropOldest()?.items == [7, 8])
        #expect(machine.dropOldest() == nil)
        #expect(machine.tally.rejected == 5 && machine.tally.buffered == 3 && machine.bytes == 30)
    }

    @Test func `at the end nothing waits for more`() {
        var machine = Self.machine()
        machine.put([1], key: [1], at: at(0))
        machine.put([2], key: [2], at: at(0))
        machine.finish(by: at(10), at: at(0.1))
        #expect(machine.texts() == ["send 0 [2]", "send 1 [1]"])
        #expect(!machine.isOver)
        machine.answered(0, .delivered, at: at(1))
        machine.answered(1, .delivered, at: at(1))
        #expect(machine.isOver && machine.tally.delivered == 2)
    }

    @Test func `at the deadline what is left stays unsettled`() {
        var machine = Self.machine()
        machine.put(Array(1...7), at: at(0))
        machine.answered(0, Self.failure(), at: at(0))
        machine.finish(by: at(5), at: at(0.1))
        machine.answered(0, Self.failure(), at: at(0.2))
        #expect(machine.nextWake.map { $0 <= at(5) } == true)
        machine.wake(at: at(5))
        #expect(machine.isOver && machine.tally.buffered == 7)
    }

    @Test func `an end with nothing to do is at once`() {
        var machine = Self.machine()
        machine.finish(by: at(5), at: at(0))
        #expect(machine.isOver)
        var more = Self.machine()
        more.expectsMore = true
        more.finish(by: at(5), at: at(0))
        #expect(!more.isOver)
    }
}

/// Limits of numbers.
extension DeliveryMachineTests {
    @Test func `a buffer is full at its number of records, those of open batches left aside`() {
        var machine = Self.machine {
            $0.batchBytes = 1000
            $0.memory = 100_000
            $0.recordMaximum = 2
            $0.concurrency = 1
        }
        machine.put([1, 2, 3, 4], at: at(0))
        #expect(!machine.isFull)
        machine.wake(at: at(1))
        #expect(machine.isFull && !machine.hasRoom)
        machine.answered(0, .delivered, at: at(1))
        #expect(!machine.isFull && machine.hasRoom)
    }
}
