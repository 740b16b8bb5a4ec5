/// The hosts that one request was sent to already, the last eight of them.
struct TriedHosts {
    private var slots: InlineArray<8, Int32> = .init(repeating: -1)
    private var next = 0

    /// Whether none was tried.
    var isEmpty: Bool { next == 0 }

    init() {}

    init(_ slots: [Int]) {
        for slot in slots { insert(slot) }
    }

    mutating func insert(_ slot: Int) {
        slots[next % 8] = Int32(slot)
        next += 1
    }

    func contains(_ slot: Int) -> Bool {
        if next == 0 { return false }
        for index in 0..<8 where slots[index] == Int32(slot) { return true }
        return false
    }
}
