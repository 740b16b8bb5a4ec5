import Basics

/// What a configuration changes in the samples of a source, in this order: names, kinds and units, labels by
/// rules, labels that all get, sums.
package struct SampleRewrite: Sendable, Hashable {
    /// What is changed in a family.
    package struct Change: Sendable, Hashable {
        /// The names it is about; `*` stands for any text.
        var match: String
        var name: String?
        var kind: MetricKind?
        var help: String?
        var unit: String?
        var scale = 1.0
        /// Whether a counter goes on where it was when its source begins again.
        var continues = false
        /// Whether it is left out.
        var drops = false

        init(match: String) {
            self.match = match
        }
    }

    var changes: [Change] = []
    var relabel: [RelabelRule] = []
    var labels: [LabelText.Pair] = []
    var aggregations: [Aggregation] = []

    /// Nothing.
    package init() {}

    /// Whether samples stay as they are.
    var isEmpty: Bool {
        changes.isEmpty && relabel.isEmpty && labels.isEmpty && aggregations.isEmpty
    }
}

/// Changes samples as a configuration says; used by one thread.
final class SampleRewriter {
    private let rewrite: SampleRewrite
    private let relabelling: Relabelling
    private var continuity = CounterContinuity()

    /// Prepares changes.
    ///
    /// - Throws: `invalid` for an expression that is not understood.
    init(_ rewrite: SampleRewrite) throws(Failure) {
        self.rewrite = rewrite
        relabelling = try Relabelling(rewrite.relabel)
    }

    /// How the numbers of the last set became those of the result; `nil` if more than the numbers counts: sums of
    /// several series, counters that go on.
    private(set) var plan: ValuePlan?

    /// How often counters of the source began again.
    var resets: Int { continuity.resets }

    /// The changed samples.
    func apply(_ set: SampleSet) -> SampleSet {
        plan = .same
        guard !rewrite.isEmpty else { return set }
        moves = [ValuePlan.Move](repeating: .init(), count: set.count)
        isPlain = true
        var result = SampleSet(limit: set.limit)
        result.note(refused: set.refused, duplicates: set.duplicates)
        var groups = AggregationGroups()
        for index in set.families.indices where set.families[index].first >= 0 {
            self.family(index, of: set, into: &result, &groups)
        }
        groups.finish(&result)
        continuity.endTurn()
        plan = isPlain ? .moved(moves) : nil
        moves = []
        return result
    }

    private var moves: [ValuePlan.Move] = []
    private var isPlain = true

    private func family(
        _ index: Int,
        of set: SampleSet,
        into result: inout SampleSet,
        _ groups: inout AggregationGroups
    ) {
        let family = set.families[index]
        var name = set.text(family.name)
        var (kind, help, unit) = (family.kind, set.help(of: family), set.text(family.unit))
        var scale = 1.0
        var continues = false
        for change in rewrite.changes where Aggregation.fits(name, change.match) {
            if change.drops { return }
            name = change.name ?? name
            kind = change.kind ?? kind
            help = change.help ?? help
            unit = change.unit ?? unit
            scale *= change.scale
            continues = continues || change.continues
        }
        for place in set.indices(of: index) {
            let sample = set.samples[place]
            let isScaled = sample.suffix != .count && sample.suffix != .bucket
            var value = set.values[place]
            if isScaled { value *= scale }
            let isCount = kind == .counter || sample.suffix != .none
            var (target, pairs) = (name, LabelText.pairs(set.texts, sample.labels.range))
            if scale != 1, sample.suffix == .bucket { Self.scaleBound(&pairs, scale) }
            guard settle(&target, &pairs) else { continue }
            if continues, isCount {
                isPlain = false
                let key =
                    target + sample.suffix.text + "{"
                    + String(decoding: LabelText(pairs).bytes, as: UTF8.self)
                value = continuity.value(value, of: key)
            }
            if let aggregation = rewrite.aggregations.first(where: {
                Aggregation.fits(target, $0.match)
            }) {
                isPlain = false
                let left = aggregation.labels(pairs, keepsBuckets: kind == .histogram)
                groups.add(
                    (target, kind, help, sample.suffix),
                    left,
                    value,
                    aggregation.operation
                )
                continue
            }
            let found = result.family(target, kind, help: help)
            if !unit.isEmpty { result.set(kind, unit: unit, of: found) }
            let isAdded = result.add(
                found,
                value,
                labels: LabelText(pairs),
                suffix: sample.suffix,
                timestamp: sample.timestamp
            )
            if isAdded {
                moves[place] = .init(
                    place: Int32(result.count - 1),
                    scale: isScaled ? scale : 1
                )
            }
        }
    }

    /// Applies the rules and adds the labels that all get; whether the series stays.
    private func settle(_ name: inout String, _ pairs: inout [LabelText.Pair]) -> Bool {
        if !relabelling.isEmpty {
            var labels = ["__name__": name]
            for pair in pairs { labels[pair.name] = pair.value }
            guard relabelling.apply(&labels) else { return false }
            name = labels.removeValue(forKey: "__name__") ?? ""
            guard MetricName.isMetric(name) else { return false }
            pairs = labels.filter { !$0.key.hasPrefix("__") }.map { .init($0.key, $0.value) }
        }
        for label in rewrite.labels {
            // As Prometheus does with labels that a target brings of its own.
            if let place = pairs.firstIndex(where: { $0.name == label.name }) {
                pairs[place].name = "exported_" + label.name
            }
            pairs.append(label)
        }
        return true
    }

    private static func scaleBound(_ pairs: inout [LabelText.Pair], _ scale: Double) {
        for index in pairs.indices where pairs[index].name == "le" {
            let text = Array(pairs[index].value.utf8)
            guard let bound = DecimalNumber.parse(text, 0..<text.count), bound.isFinite else {
                return
            }
            pairs[index].value = DecimalNumber.text(bound * scale)
        }
    }
}

/// Values of series that become one.
struct AggregationGroups {
    private struct Key: Hashable {
        var name: String
        var suffix: SampleSuffix
        var labels: LabelText
    }

    private struct Group {
        var key: Key
        var kind: MetricKind
        var help: String
        var operation: Aggregation.Operation
        var value: Double
        var count: Double
    }

    private var places: [Key: Int] = [:]
    private var groups: [Group] = []

    mutating func add(
        _ series: (name: String, kind: MetricKind, help: String, suffix: SampleSuffix),
        _ pairs: [LabelText.Pair],
        _ value: Double,
        _ operation: Aggregation.Operation
    ) {
        let key = Key(name: series.name, suffix: series.suffix, labels: LabelText(pairs))
        guard let place = places[key] else {
            places[key] = groups.count
            groups.append(
                Group(
                    key: key,
                    kind: series.kind,
                    help: series.help,
                    operation: operation,
                    value: value,
                    count: 1
                )
            )
            return
        }
        groups[place].count += 1
        switch operation {
        case .sum, .average, .count: groups[place].value += value
        case .min: groups[place].value = min(groups[place].value, value)
        case .max: groups[place].value = max(groups[place].value, value)
        }
    }

    func finish(_ set: inout SampleSet) {
        for group in groups {
            let isCounter = group.operation == .sum || group.kind != .counter
            let family = set.family(
                group.key.name,
                isCounter && group.operation != .count ? group.kind : .gauge,
                help: group.help
            )
            let value =
                switch group.operation {
                case .average: group.value / group.count
                case .count: group.count
                default: group.value
                }
            set.add(family, value, labels: group.key.labels, suffix: group.key.suffix)
        }
    }
}
