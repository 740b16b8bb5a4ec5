public import Reactor

/// What a record on its way stands for: the read records that end when it ends.
public struct Receipt: Sendable {
    /// The lot that its record was read in.
    public let lot: Lot
    /// The lots of the records that were joined to it, once for each.
    public private(set) var joined: [Lot]?

    /// Stands for one record of a lot.
    public init(_ lot: Lot) {
        self.lot = lot
    }

    /// How many read records, or copies of them, it stands for.
    public var count: Int { 1 + (joined?.count ?? 0) }

    /// Stands for another's records as well.
    public mutating func join(_ other: Receipt) {
        var lots = joined ?? []
        lots.append(other.lot)
        if let more = other.joined { lots += more }
        joined = lots
    }
}

@MainLoop extension Receipt {
    /// Its records are counted as open from now on.
    ///
    /// - Returns: How many they are.
    func open(in tally: Books.Tally) -> Int {
        if lot.tally !== tally { lot.tally = tally }
        for other in joined ?? [] { other.tally = tally }
        return count
    }

    /// Its records came to their end.
    public func end() {
        lot.settle(1)
        for other in joined ?? [] { other.settle(1) }
    }

    /// Another record stands for the same: both must come to their end.
    public func expectAnother() {
        lot.expect(1)
        for other in joined ?? [] { other.expect(1) }
    }
}
