import Basics
import Testing

@testable import LogPipeline

/// A machine with a server that does what it wants, and what must hold at every step.
struct DeliveryWorld {
    var machine: TestMachine
    var now = Instant.zero
    let isOrdered: Bool
    let concurrency: Int
    /// Records by how they are: not ended, in an open request, delivered, rejected.
    private(set) var put = 0
    private var under: Set<Int> = []
    private var ended: Set<Int> = []
    /// Records that were sent without a failure since.
    private var clean: Set<Int> = []
    private(set) var open: [Int: [Int]] = [:]
    private(set) var graves: [Int: [Int]] = [:]
    private var refused: Set<Int> = []
    private(set) var sends = 0
    private(set) var complaints: [String] = []

    init(seed: UInt64, _ change: (inout DeliverySettings) -> Void) {
        var settings = DeliverySettings()
        settings.batchBytes = 50
        settings.batchWait = .milliseconds(500)
        settings.memory = 400
        settings.retry.initial = .milliseconds(100)
        settings.retry.cap = .seconds(2)
        change(&settings)
        isOrdered = settings.isOrdered
        concurrency = settings.isOrdered ? 1 : settings.concurrency
        machine = TestMachine(settings, seed: seed)
    }

    mutating func put(_ count: Int, key: [UInt8] = []) {
        machine.put((put..<(put + count)).map { $0 }, key: key, at: now)
        put += count
        settle()
    }

    mutating func answer(_ id: Int, _ answer: DeliveryAnswer) {
        let items = open.removeValue(forKey: id) ?? []
        under.subtract(items)
        switch answer {
        case .delivered: break
        case .partly(let verdicts):
            for verdict in verdicts where items.indices.contains(verdict.item) {
                clean.remove(items[verdict.item])
            }
        case .failed: clean.subtract(items)
        }
        machine.answered(id, answer, at: now)
        settle()
    }

    mutating func bury(_ id: Int, isKept: Bool) {
        graves[id] = nil
        machine.buried(id, isKept: isKept, at: now)
        settle()
    }

    mutating func wake() {
        if let next = machine.nextWake { now = max(now, next) }
        machine.wake(at: now)
        settle()
        // Or it would be woken again and again without time going on.
        if let next = machine.nextWake, next <= now, !machine.isOver { complain("it spins") }
    }

    mutating func finish(after pause: Duration) {
        machine.finish(by: now + pause, at: now)
        settle()
    }

    private mutating func complain(_ text: String) {
        complaints.append("\(text) at \(now.nanoseconds)")
    }

    private mutating func settle() {
        for action in machine.takeActions() {
            switch action {
            case .send(let parcel):
                sends += 1
                let items = parcel.load.items
                if !under.isDisjoint(with: items) { complain("\(items) is sent while it is sent") }
                if !ended.isDisjoint(with: items) { complain("\(items) is sent after its end") }
                if !clean.isDisjoint(with: items) { complain("\(items) is sent again for nothing") }
                if items.isEmpty { complain("nothing is sent") }
                if isOrdered, let first = items.first, !ended.isSuperset(of: 0..<first) {
                    let waiting = Set(0..<first).subtracting(ended).subtracting(refused)
                    if !waiting.isEmpty { complain("\(items) overtakes \(waiting)") }
                }
                clean.formUnion(items)
                under.formUnion(items)
                open[parcel.id] = items
            case .bury(let parcel, let reasons):
                if reasons.map(\.item) != Array(0..<parcel.load.count) { complain("no reason") }
                graves[parcel.id] = parcel.load.items
                refused.formUnion(parcel.load.items)
            case .delivered(let load, let places):
                end((places.map { load.picking($0) } ?? load).items)
            case .rejected(let load): end(load.items)
            }
        }
        check()
    }

    private mutating func end(_ items: [Int]) {
        for item in items {
            if !ended.insert(item).inserted { complain("\(item) ends twice") }
            if under.contains(item) { complain("\(item) ends while it is sent") }
        }
    }

    private mutating func check() {
        let tally = machine.tally
        if tally.received != put { complain("received") }
        if tally.delivered + tally.rejected != ended.count { complain("ended") }
        if tally.buffered != put - ended.count { complain("buffered") }
        if machine.bytes != tally.buffered * TestCargo.weight {
            complain("\(machine.bytes) bytes for \(tally.buffered) records")
        }
        if machine.openCount != open.count || open.count > concurrency { complain("open") }
    }
}
