/// What one reading of a source gave: families of samples, with all their texts in one piece of memory.
///
/// A series stands in it once: what is offered again is dropped and counted, and so is what exceeds the limit.
package struct SampleSet: Sendable {
    /// Where a text lies in `texts`.
    struct Piece: Sendable, Hashable {
        var start: UInt32 = 0
        var count: UInt32 = 0

        var range: Range<Int> { Int(start)..<(Int(start) + Int(count)) }
    }

    /// Samples with the same name and meaning.
    struct Family: Sendable {
        var name: Piece
        var help = Piece()
        var unit = Piece()
        var kind: MetricKind
        /// The first of its samples, the last, and how many there are.
        var first: Int32 = -1
        var last: Int32 = -1
        var count: Int32 = 0
    }

    /// A series of a family; its number stands in `values`.
    struct Sample: Sendable {
        var labels: Piece
        /// Milliseconds since 1970; `Int64.min` if the source says none.
        var timestamp: Int64
        /// The next sample of its family; -1 for the last.
        var next: Int32
        var family: Int32
        var suffix: SampleSuffix
    }

    /// The most series unless told otherwise.
    package static let seriesMaximum = 100_000
    /// The most bytes of names and labels.
    static let textsMaximum = 1 << 30
    /// A sample without a time of its own.
    static let now = Int64.min

    private(set) var texts: [UInt8] = []
    private(set) var families: [Family] = []
    private(set) var samples: [Sample] = []
    /// The numbers, one for each sample: apart, so that the next reading of the same series changes nothing else.
    private(set) var values: [Double] = []
    private var familyTable = SlotTable()
    private var sampleTable = SlotTable()
    /// The most series.
    package let limit: Int
    /// How many samples were dropped because the limit was reached.
    package private(set) var refused = 0
    /// How many samples were dropped because their series was there already.
    package private(set) var duplicates = 0
    private var lastLabels = Piece()
    /// What is told about families that nothing is known about; empty tells nothing.
    private(set) var usualHelp = Piece()

    /// An empty set that takes at most so many series.
    package init(limit: Int = seriesMaximum) {
        self.limit = limit
    }

    /// How many series there are.
    package var count: Int { samples.count }

    // MARK: Writing

    /// Takes memory for what is about to come, at most for the limit.
    mutating func reserve(texts bytes: Int, samples count: Int) {
        texts.reserveCapacity(texts.count + bytes)
        let room = samples.count + min(limit, count)
        samples.reserveCapacity(room)
        values.reserveCapacity(room)
        sampleTable.reserve(room)
    }

    /// The family of a name; makes it if there is none.
    ///
    /// The first to make it says what it means.
    ///
    /// - Precondition: `name` is a name of a metric.
    @discardableResult
    mutating func family(_ name: [UInt8], _ kind: MetricKind, help: String = "") -> Int {
        var hash = ByteHash()
        hash.add(name, 0..<name.count)
        let key = hash.value
        var slot = familyTable.begin(key)
        while let index = familyTable.next(&slot) {
            if equal(families[index].name, name) { return index }
        }
        var family = Family(name: keep(name, 0..<name.count), kind: kind)
        if !help.isEmpty {
            let bytes = Array(help.utf8)
            family.help = keep(bytes, 0..<bytes.count)
        }
        families.append(family)
        familyTable.insert(key, families.count - 1)
        return families.count - 1
    }

    /// The family of a name given as a text.
    @discardableResult
    mutating func family(_ name: String, _ kind: MetricKind, help: String = "") -> Int {
        family(Array(name.utf8), kind, help: help)
    }

    /// The index of the family of a name, if there is one.
    func index(of name: [UInt8]) -> Int? {
        var hash = ByteHash()
        hash.add(name, 0..<name.count)
        var slot = familyTable.begin(hash.value)
        while let index = familyTable.next(&slot) {
            if equal(families[index].name, name) { return index }
        }
        return nil
    }

    /// Adds a sample; whether it was taken.
    ///
    /// - Precondition: `labels` has the form of `LabelText`.
    @discardableResult
    mutating func add(
        _ family: Int,
        _ value: Double,
        labels: LabelText = LabelText(),
        suffix: SampleSuffix = .none,
        timestamp: Int64 = now
    ) -> Bool {
        add(family, value, text: labels.bytes, suffix: suffix, timestamp: timestamp)
    }

    /// Adds a sample whose labels are already text.
    @discardableResult
    mutating func add(
        _ family: Int,
        _ value: Double,
        text labels: [UInt8],
        suffix: SampleSuffix = .none,
        timestamp: Int64 = now
    ) -> Bool {
        guard samples.count < limit, texts.count + labels.count < Self.textsMaximum else {
            refused += 1
            return false
        }
        let key = Self.key(family, suffix, labels, 0..<labels.count)
        var slot = sampleTable.begin(key)
        while let index = sampleTable.next(&slot) {
            let sample = samples[index]
            if sample.family == Int32(family), sample.suffix == suffix, equal(sample.labels, labels)
            {
                duplicates += 1
                return false
            }
        }
        // Neighbours often have the same labels.
        var piece = lastLabels
        if !equal(lastLabels, labels) { piece = keep(labels, 0..<labels.count) }
        lastLabels = piece
        let index = Int32(samples.count)
        samples.append(
            Sample(
                labels: piece,
                timestamp: timestamp,
                next: -1,
                family: Int32(family),
                suffix: suffix
            )
        )
        values.append(value)
        sampleTable.insert(key, Int(index))
        if families[family].last >= 0 {
            samples[Int(families[family].last)].next = index
        } else {
            families[family].first = index
        }
        families[family].last = index
        families[family].count += 1
        return true
    }

    /// Changes all numbers.
    ///
    /// - Precondition: There are as many as samples, in their order.
    mutating func set(_ values: [Double]) {
        precondition(values.count == samples.count, "a number for each series")
        self.values = values
    }

    /// Changes what a family means.
    mutating func set(_ kind: MetricKind, help: String? = nil, unit: String? = nil, of family: Int)
    {
        families[family].kind = kind
        if let help {
            let bytes = Array(help.utf8)
            families[family].help = keep(bytes, 0..<bytes.count)
        }
        if let unit {
            let bytes = Array(unit.utf8)
            families[family].unit = keep(bytes, 0..<bytes.count)
        }
    }

    /// Sets what is told about families that nothing is known about.
    mutating func setUsualHelp(_ text: String) {
        let bytes = Array(text.utf8)
        usualHelp = keep(bytes, 0..<bytes.count)
    }

    /// What a family is said to mean.
    func help(of family: Family) -> String {
        text(family.help.count > 0 ? family.help : usualHelp)
    }

    /// Counts samples that another set or reader dropped.
    mutating func note(refused: Int, duplicates: Int) {
        self.refused += refused
        self.duplicates += duplicates
    }

    // MARK: Reading

    /// The text of a piece.
    func text(_ piece: Piece) -> String { String(decoding: texts[piece.range], as: UTF8.self) }

    /// The bytes of a piece.
    func bytes(_ piece: Piece) -> [UInt8] { Array(texts[piece.range]) }

    /// The samples of a family, in order.
    func indices(of family: Int) -> [Int] {
        var found: [Int] = []
        found.reserveCapacity(Int(families[family].count))
        var index = families[family].first
        while index >= 0 {
            found.append(Int(index))
            index = samples[Int(index)].next
        }
        return found
    }

    /// Whether a series of another set is in a family of this one.
    func contains(_ index: Int, of other: SampleSet, family: Int) -> Bool {
        let sample = other.samples[index]
        let range = sample.labels.range
        var slot = sampleTable.begin(Self.key(family, sample.suffix, other.texts, range))
        while let mine = sampleTable.next(&slot) {
            let candidate = samples[mine]
            guard candidate.family == Int32(family), candidate.suffix == sample.suffix,
                candidate.labels.count == sample.labels.count
            else { continue }
            let start = Int(candidate.labels.start) - range.lowerBound
            if range.allSatisfy({ texts[start + $0] == other.texts[$0] }) { return true }
        }
        return false
    }

    /// A series as people write it: `name{label="value"}`.
    func description(of index: Int) -> String {
        let sample = samples[index]
        let name = text(families[Int(sample.family)].name) + sample.suffix.text
        return sample.labels.count == 0 ? name : name + "{" + text(sample.labels) + "}"
    }

    private static func key(
        _ family: Int,
        _ suffix: SampleSuffix,
        _ labels: [UInt8],
        _ range: Range<Int>
    ) -> UInt64 {
        var hash = ByteHash()
        hash.add(labels, range)
        hash.add(family &* 4 &+ Int(suffix.rawValue))
        return hash.value
    }

    private func equal(_ piece: Piece, _ bytes: [UInt8]) -> Bool {
        guard Int(piece.count) == bytes.count else { return false }
        let start = Int(piece.start)
        for index in 0..<bytes.count where texts[start &+ index] != bytes[index] { return false }
        return true
    }

    private mutating func keep(_ bytes: [UInt8], _ range: Range<Int>) -> Piece {
        let piece = Piece(start: UInt32(texts.count), count: UInt32(range.count))
        texts.append(contentsOf: bytes[range])
        return piece
    }
}
