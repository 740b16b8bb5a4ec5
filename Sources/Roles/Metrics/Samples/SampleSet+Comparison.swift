extension SampleSet {
    /// The series of another set that are not in this one, as indices there.
    func missing(of other: SampleSet) -> [Int] {
        var found: [Int] = []
        for family in other.families where family.first >= 0 {
            let mine = self.index(of: other.bytes(family.name))
            var index = family.first
            while index >= 0 {
                if mine.map({ !contains(Int(index), of: other, family: $0) }) ?? true {
                    found.append(Int(index))
                }
                index = other.samples[Int(index)].next
            }
        }
        return found
    }

    /// A hash of what there is: names, kinds, and the names of the labels of each family's first series.
    ///
    /// It does not depend on the order, nor on how many series a family has.
    var fingerprint: UInt64 {
        var result: UInt64 = 0
        for family in families where family.first >= 0 {
            var hash = ByteHash()
            hash.add(texts, family.name.range)
            hash.add(Int(family.kind.rawValue))
            let labels = samples[Int(family.first)].labels.range
            for pair in LabelText.pairs(texts, labels) {
                let name = Array(pair.name.utf8)
                hash.add(name, 0..<name.count)
            }
            result = result &+ hash.value
        }
        return result
    }

    /// Puts sets together, without the families that another set has.
    ///
    /// Families of the same name become one, which means what the first of them says.
    /// - Returns: The whole, and for each set how its numbers come into it.
    static func merged(
        _ sets: [SampleSet],
        without other: SampleSet,
        limit: Int
    ) -> (set: SampleSet, plans: [ValuePlan]) {
        if sets.count == 1, !sets[0].hasFamily(of: other) { return (sets[0], [.same]) }
        var result = SampleSet(limit: limit)
        var plans: [ValuePlan] = []
        for set in sets {
            var moves = [ValuePlan.Move](repeating: .init(), count: set.count)
            for family in set.families.indices
            where set.families[family].first >= 0
                && other.index(of: set.bytes(set.families[family].name)) == nil
            {
                result.take(family, of: set, &moves)
            }
            plans.append(.moved(moves))
        }
        return (result, plans)
    }

    private func hasFamily(of other: SampleSet) -> Bool {
        families.contains { $0.first >= 0 && other.index(of: bytes($0.name)) != nil }
    }

    private mutating func take(
        _ family: Int,
        of set: SampleSet,
        _ moves: inout [ValuePlan.Move]
    ) {
        let known = families.count
        let taken = set.families[family]
        let place = self.family(set.bytes(taken.name), taken.kind, help: set.help(of: taken))
        if place == known, taken.unit.count > 0 {
            self.set(taken.kind, unit: set.text(taken.unit), of: place)
        }
        for index in set.indices(of: family) {
            let sample = set.samples[index]
            let isAdded = add(
                place,
                set.values[index],
                text: set.bytes(sample.labels),
                suffix: sample.suffix,
                timestamp: sample.timestamp
            )
            if isAdded { moves[index].place = Int32(count - 1) }
        }
    }
}
