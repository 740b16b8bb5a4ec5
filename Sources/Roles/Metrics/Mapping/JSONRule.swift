/// How numbers of a document become the samples of a name.
package struct JSONRule: Sendable, Hashable {
    /// Where the text of a label comes from.
    enum LabelSource: Sendable, Hashable {
        /// Always this.
        case text(String)
        /// A value at this path from the element.
        case path(TapePath)
    }

    /// How a histogram is put together.
    struct Buckets: Sendable, Hashable {
        /// An object of bounds and counts.
        var counts: TapePath
        /// Whether each count includes those of lower bounds.
        var isCumulative = false
        /// The sum of all observations.
        var sum: TapePath?
        /// How many observations there were.
        var count: TapePath?
    }

    /// What is done if there is nothing at the path.
    enum Missing: String, Sendable, Hashable, CaseIterable {
        /// It is counted as a problem and said.
        case error
        /// Nothing.
        case ignore
    }

    var name: String
    var help = ""
    var kind: MetricKind?
    /// The elements that the rule is applied to; the document if nil.
    var each: TapePath?
    /// The value, from the element.
    var path: TapePath
    var labels: [(name: String, source: LabelSource)] = []
    /// What values are multiplied with.
    var scale = 1.0
    /// Numbers for texts.
    var values: [String: Double] = [:]
    var buckets: Buckets?
    var missing = Missing.error

    init(name: String, path: TapePath) {
        self.name = name
        self.path = path
    }

    package static func == (left: JSONRule, right: JSONRule) -> Bool {
        left.name == right.name && left.path == right.path && left.each == right.each
            && left.labels.elementsEqual(right.labels) {
                $0.name == $1.name && $0.source == $1.source
            }
            && left.help == right.help && left.kind == right.kind && left.scale == right.scale
            && left.values == right.values && left.buckets == right.buckets
            && left.missing == right.missing
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(path)
    }
}

/// Applies rules to a document.
enum JSONRules {
    /// Reads a document.
    ///
    /// - Throws: That it is no JSON.
    static func read(
        _ bytes: [UInt8],
        _ rules: [JSONRule],
        into set: inout SampleSet,
        _ report: inout ReadReport
    ) throws(ReadProblem) {
        let tape = try JSONTape(bytes)
        for rule in rules { apply(rule, tape, into: &set, &report) }
    }

    private static func apply(
        _ rule: JSONRule,
        _ tape: JSONTape,
        into set: inout SampleSet,
        _ report: inout ReadReport
    ) {
        let elements = rule.each?.find(0, in: tape) ?? [0]
        var found = false
        for element in elements {
            let labels = labels(rule, element, tape)
            if let buckets = rule.buckets {
                found = true
                histogram(rule, buckets, element, labels, tape, into: &set, &report)
                continue
            }
            let values = rule.path.find(element, in: tape)
            for (index, value) in values.enumerated() {
                if tape.tokens[value].kind == .null { continue }
                found = true
                guard let number = number(value, rule, tape) else {
                    let text = tape.bytes.text(tape.tokens[value].range).prefix(40)
                    report.note("\(rule.name): \"\(text)\" at \(rule.path.text) is no number")
                    continue
                }
                let kind = rule.kind ?? MetricName.kind(of: Array(rule.name.utf8))
                let family = set.family(rule.name, kind, help: rule.help)
                var pairs = labels
                if values.count > 1, rule.labels.isEmpty {
                    pairs.append(.init("index", "\(index)"))
                }
                set.add(family, number * rule.scale, labels: LabelText(pairs))
            }
        }
        if !found, rule.missing == .error {
            let place = (rule.each.map { $0.text + " " } ?? "") + rule.path.text
            report.note("\(rule.name): there is nothing at \(place)")
        }
    }

    private static func labels(
        _ rule: JSONRule,
        _ element: Int,
        _ tape: JSONTape
    ) -> [LabelText.Pair] {
        rule.labels.compactMap { name, source in
            switch source {
            case .text(let text): return .init(name, text)
            case .path(let path):
                guard let value = path.find(element, in: tape, maximum: 1).first else { return nil }
                switch tape.tokens[value].kind {
                case .string, .escapedString:
                    return .init(name, String(decoding: tape.text(value), as: UTF8.self))
                case .number, .yes, .no:
                    return .init(name, tape.bytes.text(tape.tokens[value].range))
                default: return nil
                }
            }
        }
    }

    private static func number(_ index: Int, _ rule: JSONRule, _ tape: JSONTape) -> Double? {
        switch tape.tokens[index].kind {
        case .number: return tape.number(index)
        case .yes: return rule.values["true"] ?? 1
        case .no: return rule.values["false"] ?? 0
        case .string, .escapedString:
            let text = tape.text(index)
            if let number = rule.values[String(decoding: text, as: UTF8.self)] { return number }
            return DecimalNumber.parse(text, text.trimmed(0..<text.count))
        case .object, .array, .key, .null: return nil
        }
    }

    private static func histogram(
        _ rule: JSONRule,
        _ buckets: JSONRule.Buckets,
        _ element: Int,
        _ labels: [LabelText.Pair],
        _ tape: JSONTape,
        into set: inout SampleSet,
        _ report: inout ReadReport
    ) {
        guard let object = buckets.counts.find(element, in: tape, maximum: 1).first,
            tape.tokens[object].kind == .object
        else {
            if rule.missing == .error {
                report.note("\(rule.name): there are no buckets at \(buckets.counts.text)")
            }
            return
        }
        var counts: [(bound: Double, count: Double)] = []
        for value in TapePath.children(object, tape) {
            let key = tape.text(value - 1)
            guard let bound = DecimalNumber.parse(key, key.trimmed(0..<key.count)), !bound.isNaN,
                let count = number(value, rule, tape), count >= 0
            else {
                report.note(
                    "\(rule.name): \"\(String(decoding: key, as: UTF8.self))\" is no bucket"
                )
                return
            }
            counts.append((bound * rule.scale, count))
        }
        func first(_ path: TapePath?) -> Double? {
            path?.find(element, in: tape, maximum: 1).first.flatMap { number($0, rule, tape) }
        }
        HistogramParts(
            counts: counts,
            isCumulative: buckets.isCumulative,
            sum: first(buckets.sum).map { $0 * rule.scale },
            count: first(buckets.count)
        ).add(rule.name, rule.help, labels, into: &set)
    }
}

/// A histogram whose buckets a source gives.
struct HistogramParts {
    /// The upper bounds and what they count.
    var counts: [(bound: Double, count: Double)]
    /// Whether each count includes those of lower bounds.
    var isCumulative: Bool
    /// The sum of all observations, if it is known.
    var sum: Double?
    /// How many there were, if that is known; else the last bucket says so.
    var count: Double?

    /// Adds its series in the order of the bounds, with the bucket `+Inf`.
    func add(
        _ name: String,
        _ help: String,
        _ labels: [LabelText.Pair],
        into set: inout SampleSet
    ) {
        let family = set.family(name, .histogram, help: help)
        var total = 0.0
        var hasInfinity = false
        func bucket(_ bound: Double, _ value: Double) {
            let le = LabelText.Pair("le", DecimalNumber.text(bound))
            set.add(family, value, labels: LabelText(labels + [le]), suffix: .bucket)
        }
        for (bound, value) in counts.sorted(by: { $0.bound < $1.bound }) {
            // Cumulative counts never fall with the bound.
            total = isCumulative ? max(total, value) : total + value
            hasInfinity = bound == .infinity
            bucket(bound, hasInfinity ? max(total, count ?? 0) : total)
        }
        let whole = max(total, count ?? 0)
        if !hasInfinity { bucket(.infinity, whole) }
        let text = LabelText(labels)
        set.add(family, sum ?? .nan, labels: text, suffix: .sum)
        set.add(family, whole, labels: text, suffix: .count)
    }
}
