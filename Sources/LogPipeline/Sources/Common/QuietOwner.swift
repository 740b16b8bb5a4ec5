import Reactor

/// The owner of lots whose end nobody waits for: their origin cannot send them again.
@MainLoop final class QuietOwner: LotOwner {
    /// How many lots have not come to their end.
    private(set) var open = 0

    /// Makes a lot.
    func lot(of count: Int, group: Int = 0) -> Lot {
        open += 1
        return Lot(owner: self, group: group, mark: 0, count: count)
    }

    func settled(_ lot: Lot) {
        open -= 1
    }
}
