import Basics
import Formats

/// Mappings of names of StatsD, ready to be applied; used by one thread.
final class StatsDMappings {
    /// What a line becomes.
    struct Described {
        var name: String
        var help: String
        var kind: MetricKind
        var labels: LabelText
        var scale: Double
        var ttl: Duration
        var buckets: [Double]
        var quantiles: [Double]
    }

    private let mappings: [(mapping: StatsDMapping, pattern: Pattern?)]

    /// Compiles mappings.
    ///
    /// - Throws: `invalid` for an expression that is not understood.
    init(_ mappings: [StatsDMapping]) throws(Failure) {
        var compiled: [(mapping: StatsDMapping, pattern: Pattern?)] = []
        for mapping in mappings {
            let pattern = mapping.isRegex ? try Pattern(mapping.match, mode: .unicode) : nil
            compiled.append((mapping, pattern))
        }
        self.mappings = compiled
    }

    /// What a line becomes; `nil` if it is dropped.
    func describe(
        _ bytes: [UInt8],
        _ line: StatsDLine,
        _ options: StatsDOptions
    ) -> Described? {
        let (name, inline) = Self.split(bytes.text(line.name))
        var pairs = inline + Self.tags(bytes, line.tags)
        var described = Described(
            name: options.prefix + MetricName.sane(name, splitsWords: false),
            help: "StatsD's \(name)",
            kind: Self.kind(line.kind, options.observer),
            labels: LabelText(),
            scale: line.kind == .timer ? 1e-3 : 1,
            ttl: options.ttl,
            buckets: options.buckets,
            quantiles: options.quantiles
        )
        if let (mapping, captures) = match(name, line.kind) {
            if mapping.action == .drop { return nil }
            if !mapping.name.isEmpty {
                let filled = StatsDMapping.fill(mapping.name, captures)
                described.name = options.prefix + MetricName.sane(filled, splitsWords: false)
            }
            if !mapping.help.isEmpty { described.help = mapping.help }
            for label in mapping.labels {
                pairs.append(.init(label.name, StatsDMapping.fill(label.value, captures)))
            }
            described.kind = Self.kind(line.kind, mapping.observer ?? options.observer)
            described.scale = mapping.scale ?? described.scale
            described.ttl = mapping.ttl ?? described.ttl
            described.buckets = mapping.buckets ?? described.buckets
            described.quantiles = mapping.quantiles ?? described.quantiles
        }
        described.labels = LabelText(pairs)
        return described
    }

    private func match(
        _ name: String,
        _ kind: StatsDLine.Kind
    ) -> (StatsDMapping, [String])? {
        for (mapping, pattern) in mappings {
            if let type = mapping.type, type != Self.word(kind) { continue }
            guard let pattern else {
                if let captures = StatsDMapping.captures(name, mapping.match) {
                    return (mapping, captures)
                }
                continue
            }
            let bytes = Array(name.utf8)
            guard pattern.find(in: bytes.span) else { continue }
            let captures = (0..<pattern.groupCount).map { group in
                pattern.range(of: group + 1).map { bytes.text($0) } ?? ""
            }
            return (mapping, captures)
        }
        return nil
    }

    private static func word(_ kind: StatsDLine.Kind) -> String {
        switch kind {
        case .counter: "counter"
        case .gauge: "gauge"
        case .set: "set"
        case .timer, .observation: "timer"
        }
    }

    private static func kind(
        _ kind: StatsDLine.Kind,
        _ observer: StatsDMapping.Observer
    ) -> MetricKind {
        switch kind {
        case .counter: .counter
        case .gauge, .set: .gauge
        case .timer, .observation: observer == .histogram ? .histogram : .summary
        }
    }

    /// Parts a name from the tags that InfluxDB (`name,tag=value`), Librato (`name#tag=value`) and
    /// SignalFx (`name[tag=value]rest`) put into it.
    static func split(_ text: String) -> (name: String, tags: [LabelText.Pair]) {
        if let open = text.firstIndex(of: "["), let close = text.lastIndex(of: "]"), open < close {
            let name = String(text[..<open] + text[text.index(after: close)...])
            return (name, pairs(text[text.index(after: open)..<close], "="))
        }
        guard let mark = text.firstIndex(where: { $0 == "," || $0 == "#" }) else {
            return (text, [])
        }
        return (String(text[..<mark]), pairs(text[text.index(after: mark)...], "="))
    }

    /// DogStatsD's tags: `name:value`, or a word alone, which has the value `true`.
    static func tags(_ bytes: [UInt8], _ range: Range<Int>) -> [LabelText.Pair] {
        range.isEmpty ? [] : pairs(Substring(bytes.text(range)), ":")
    }

    private static func pairs(_ text: Substring, _ separator: Character) -> [LabelText.Pair] {
        text.split(separator: ",").map { part in
            let halves = part.split(
                separator: separator,
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            let name = MetricName.sane(halves[0], splitsWords: false).replacing(":", with: "_")
            return .init(name, halves.count > 1 ? String(halves[1]) : "true")
        }
    }
}
