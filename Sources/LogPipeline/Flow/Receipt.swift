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
    /// The ends of its records are counted from now on.
    func open(in tally: Books.Tally) {
        lot.tally = tally
        for other in joined ?? [] { other.tally = tally }
    }

    /// Whether it stands for one record alone, of this lot.
    @inline(__always)
    func isOne(of lot: ObjectIdentifier?) -> Bool {
        ObjectIdentifier(self.lot) == lot && joined == nil
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
