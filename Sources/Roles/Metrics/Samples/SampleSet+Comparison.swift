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

    /// Puts sets together; families of the same name become one, which means what the first of them says.
    static func merged(_ sets: [SampleSet], limit: Int) -> SampleSet {
        guard sets.count != 1 else { return sets[0] }
        var result = SampleSet(limit: limit)
        for set in sets {
            for family in set.families.indices where set.families[family].first >= 0 {
                let place = result.family(
                    set.bytes(set.families[family].name),
                    set.families[family].kind,
                    help: set.help(of: set.families[family])
                )
                var index = set.families[family].first
                while index >= 0 {
                    let sample = set.samples[Int(index)]
                    result.add(
                        place,
                        sample.value,
                        text: set.bytes(sample.labels),
                        suffix: sample.suffix,
                        timestamp: sample.timestamp
                    )
                    index = sample.next
                }
            }
        }
        return result
    }

    /// This set without the families that another one has.
    func without(familiesOf other: SampleSet) -> SampleSet {
        let clash = families.indices.filter {
            families[$0].first >= 0 && other.index(of: bytes(families[$0].name)) != nil
        }
        guard !clash.isEmpty else { return self }
        var result = SampleSet(limit: limit)
        for family in families.indices where !clash.contains(family) && families[family].first >= 0
        {
            let place = result.family(
                bytes(families[family].name),
                families[family].kind,
                help: help(of: families[family])
            )
            for index in indices(of: family) {
                let sample = samples[index]
                result.add(
                    place,
                    sample.value,
                    text: bytes(sample.labels),
                    suffix: sample.suffix,
                    timestamp: sample.timestamp
                )
            }
        }
        return result
    }
}
