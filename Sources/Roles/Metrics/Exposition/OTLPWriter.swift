import Formats

/// Writes samples as the request `ExportMetricsServiceRequest` of OTLP, in its form of JSON.
///
/// Counters are monotonic cumulative sums that begin with the program; histograms and summaries are put together
/// from their series again. Numbers that JSON has no word for (NaN, infinite) are left out and counted.
package struct OTLPWriter {
    /// How many samples were left out.
    package private(set) var omitted = 0
    private let resource: [LabelText.Pair]
    private let start: String
    private let now: String

    /// Begins a request.
    ///
    /// - Parameters:
    ///   - resource: What the samples belong to: `service.name` and the like.
    ///   - start: When counting began, in nanoseconds since 1970.
    ///   - now: The time of samples without one.
    package init(resource: [LabelText.Pair], start: Int64, now: Int64) {
        self.resource = resource
        self.start = String(start)
        self.now = String(now)
    }

    /// The bodies of the requests: at most so many series in each.
    package mutating func requests(_ set: SampleSet, maximum: Int = 5000) -> [[UInt8]] {
        var bodies: [[UInt8]] = []
        var metrics: [JSON] = []
        var count = 0
        for family in set.families.indices where set.families[family].first >= 0 {
            let size = Int(set.families[family].count)
            if count > 0, count + size > maximum {
                bodies.append(body(metrics))
                (metrics, count) = ([], 0)
            }
            if let metric = metric(family, set) { metrics.append(metric) }
            count += size
        }
        if !metrics.isEmpty { bodies.append(body(metrics)) }
        return bodies
    }

    private func body(_ metrics: [JSON]) -> [UInt8] {
        let scope: JSON = ["scope": ["name": "companion"], "metrics": .array(metrics)]
        let whole: JSON = [
            "resourceMetrics": [
                [
                    "resource": ["attributes": Self.attributes(resource)],
                    "scopeMetrics": [scope],
                ]
            ]
        ]
        return whole.bytes()
    }

    private static func attributes(_ pairs: [LabelText.Pair]) -> JSON {
        .array(
            pairs.map { ["key": .string($0.name), "value": ["stringValue": .string($0.value)]] }
        )
    }

    private mutating func metric(_ index: Int, _ set: SampleSet) -> JSON? {
        let family = set.families[index]
        var members = JSONObject()
        members.add("name", .string(set.text(family.name)))
        if family.help.count > 0 { members.add("description", .string(set.text(family.help))) }
        if family.unit.count > 0 { members.add("unit", .string(set.text(family.unit))) }
        switch family.kind {
        case .histogram: members.add("histogram", histogram(index, set))
        case .summary: members.add("summary", summary(index, set))
        case .counter:
            let points = numbers(index, set, isCounter: true)
            guard !points.isEmpty else { return nil }
            members.add(
                "sum",
                ["dataPoints": .array(points), "aggregationTemporality": 2, "isMonotonic": true]
            )
        case .unknown, .gauge, .info:
            let points = numbers(index, set, isCounter: false)
            guard !points.isEmpty else { return nil }
            members.add("gauge", ["dataPoints": .array(points)])
        }
        return .object(members)
    }

    private mutating func numbers(_ index: Int, _ set: SampleSet, isCounter: Bool) -> [JSON] {
        var points: [JSON] = []
        for place in set.indices(of: index) {
            let sample = set.samples[place]
            let value = set.values[place]
            guard value.isFinite else {
                omitted += 1
                continue
            }
            var point = point(set, sample, without: "")
            point.add("asDouble", .double(value))
            if isCounter { point.add("startTimeUnixNano", .string(start)) }
            points.append(.object(point))
        }
        return points
    }

    private func point(
        _ set: SampleSet,
        _ sample: SampleSet.Sample,
        without name: String
    ) -> JSONObject {
        let pairs = LabelText.pairs(set.texts, sample.labels.range).filter { $0.name != name }
        var members = JSONObject()
        members.add("attributes", Self.attributes(pairs))
        let isOwn = sample.timestamp != SampleSet.now
        members.add("timeUnixNano", .string(isOwn ? "\(sample.timestamp)000000" : now))
        return members
    }

    /// The series of a histogram or summary, by their other labels.
    private func groups(
        _ index: Int,
        _ set: SampleSet,
        _ label: String
    ) -> [(
        first: SampleSet.Sample, parts: [(bound: Double, value: Double)], sum: Double, count: Double
    )] {
        typealias Group = (
            first: SampleSet.Sample, parts: [(bound: Double, value: Double)], sum: Double,
            count: Double
        )
        var places: [[LabelText.Pair]: Int] = [:]
        var groups: [Group] = []
        for place in set.indices(of: index) {
            let sample = set.samples[place]
            let pairs = LabelText.pairs(set.texts, sample.labels.range)
            let others = pairs.filter { $0.name != label }
            let group = places[others] ?? groups.count
            if group == groups.count {
                places[others] = group
                groups.append((sample, [], 0, 0))
            }
            switch sample.suffix {
            case .sum: groups[group].sum = set.values[place]
            case .count: groups[group].count = set.values[place]
            case .bucket, .none:
                let text = Array((pairs.first { $0.name == label }?.value ?? "").utf8)
                if let bound = DecimalNumber.parse(text, 0..<text.count) {
                    groups[group].parts.append((bound, set.values[place]))
                }
            }
        }
        return groups
    }

    private mutating func histogram(_ index: Int, _ set: SampleSet) -> JSON {
        var points: [JSON] = []
        for group in groups(index, set, "le") {
            var counts: [JSON] = []
            var bounds: [JSON] = []
            var before = 0.0
            for part in group.parts.sorted(by: { $0.bound < $1.bound }) {
                if part.bound.isFinite { bounds.append(.double(part.bound)) }
                counts.append(.string(Self.whole(part.value - before)))
                before = part.value
            }
            if counts.count == bounds.count {
                counts.append(.string(Self.whole(group.count - before)))
            }
            var point = point(set, group.first, without: "le")
            point.add("startTimeUnixNano", .string(start))
            point.add("count", .string(Self.whole(group.count)))
            if group.sum.isFinite { point.add("sum", .double(group.sum)) }
            point.add("bucketCounts", .array(counts))
            point.add("explicitBounds", .array(bounds))
            points.append(.object(point))
        }
        return ["dataPoints": .array(points), "aggregationTemporality": 2]
    }

    private mutating func summary(_ index: Int, _ set: SampleSet) -> JSON {
        var points: [JSON] = []
        for group in groups(index, set, "quantile") {
            let values: [JSON] = group.parts.compactMap { part in
                guard part.value.isFinite else { return nil }
                return ["quantile": .double(part.bound), "value": .double(part.value)]
            }
            var point = point(set, group.first, without: "quantile")
            point.add("startTimeUnixNano", .string(start))
            point.add("count", .string(Self.whole(group.count)))
            point.add("sum", .double(group.sum.isFinite ? group.sum : 0))
            point.add("quantileValues", .array(values))
            points.append(.object(point))
        }
        return ["dataPoints": .array(points)]
    }

    private static func whole(_ number: Double) -> String {
        guard number > 0 else { return "0" }
        return number < 1.8e19 ? String(UInt64(number.rounded())) : String(UInt64.max)
    }
}
