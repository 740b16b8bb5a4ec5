import Basics

@testable import LogPipeline

/// Records that are numbers.
struct TestCargo: Cargo, Hashable {
    var items: [Int] = []
    /// The bytes of each.
    static let weight = 10
    var count: Int { items.count }
    var size: Int { items.count * Self.weight }

    init() {}

    init(_ items: [Int]) {
        self.items = items
    }

    func picking(_ places: [Int]) -> TestCargo {
        TestCargo(places.map { items[$0] })
    }
}

typealias TestMachine = DeliveryMachine<TestCargo>

extension TestMachine {
    /// Puts records in, in a partition.
    mutating func put(_ items: [Int], key: [UInt8] = [], at now: Instant) {
        select(key, at: now)
        for item in items {
            filling.items.append(item)
            filled(1, at: now)
        }
        wake(at: now)
    }

    /// What was to be done, in short: `send 0 [1, 2]`.
    mutating func texts() -> [String] {
        takeActions().map { action in
            switch action {
            case .send(let parcel): "send \(parcel.id) \(parcel.load.items)"
            case .bury(let parcel, let reasons):
                "bury \(parcel.id) \(parcel.load.items) \(Set(reasons.map(\.reason)).sorted())"
            case .delivered(let load, let items):
                "delivered \((items.map { load.picking($0) } ?? load).items)"
            case .rejected(let load): "rejected \(load.items)"
            }
        }
    }
}

/// Seconds after the start.
func at(_ seconds: Double) -> Instant {
    Instant(nanoseconds: Int64(seconds * 1e9))
}
