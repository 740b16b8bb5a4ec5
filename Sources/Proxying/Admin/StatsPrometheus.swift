/// Statistics in the text form of Prometheus (version 0.0.4), under Envoy's names.
enum StatsPrometheus {
    /// The text; metrics of one name stand together, as the form demands.
    static func text(_ readings: [Statistics.Reading]) -> String {
        struct Family {
            var kind: Statistics.Kind
            var lines = ""
        }
        var families: [String: Family] = [:]
        for reading in readings {
            let name = StatName(reading.name)
            var family = families[name.metric] ?? Family(kind: reading.kind)
            // One name has one kind; what differs would make the whole page unreadable.
            guard family.kind == reading.kind else { continue }
            append(reading, name, to: &family.lines)
            families[name.metric] = family
        }
        var text = ""
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            text += "# TYPE \(name) \(family.kind.word)\n" + family.lines
        }
        return text
    }

    private static func append(
        _ reading: Statistics.Reading,
        _ name: StatName,
        to text: inout String
    ) {
        let labels = name.labels.map { "\($0.name)=\"\(escaped($0.value))\"" }
        guard reading.kind == .histogram else {
            text += line(name.metric, labels, "\(reading.value)")
            return
        }
        var sum: Int64 = 0
        for (bound, count) in zip(Statistics.bounds, reading.buckets) {
            sum += count
            text += line(name.metric + "_bucket", labels + ["le=\"\(number(bound))\""], "\(sum)")
        }
        text += line(name.metric + "_bucket", labels + ["le=\"+Inf\""], "\(reading.value)")
        text += line(name.metric + "_sum", labels, number(Double(reading.sum) / 1000))
        text += line(name.metric + "_count", labels, "\(reading.value)")
    }

    private static func line(_ name: String, _ labels: [String], _ value: String) -> String {
        labels.isEmpty
            ? "\(name) \(value)\n" : "\(name){\(labels.joined(separator: ","))} \(value)\n"
    }

    /// Whole numbers without a fraction.
    static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
    }

    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"": escaped += "\\\""
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}

extension Statistics.Kind {
    /// The word of Prometheus.
    var word: String {
        switch self {
        case .counter: "counter"
        case .gauge: "gauge"
        case .histogram: "histogram"
        }
    }
}
