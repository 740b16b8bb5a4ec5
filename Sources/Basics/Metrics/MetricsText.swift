/// The text form of metrics that Prometheus reads.
enum MetricsText {
    static func of(_ name: String, _ family: MetricsRegistry.Family) -> String {
        var text = "# HELP \(name) \(escaped(family.help, quotes: false))\n"
        text += "# TYPE \(name) \(family.kind)\n"
        let sorted = family.metrics.map { (labels: pairs($0.key), metric: $0.value) }
            .sorted { $0.labels.lexicographicallyPrecedes($1.labels) }
        for (labels, metric) in sorted {
            switch metric {
            case .counter(let counter): text += line(name, labels, "\(counter.value)")
            case .gauge(let gauge): text += line(name, labels, "\(gauge.value)")
            case .histogram(let histogram): text += lines(name, labels, histogram)
            }
        }
        return text
    }

    /// Whether a text can be the name of a metric or label.
    static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x5f, 0x3a: true
            default: false
            }
        }
    }

    private static func lines(_ name: String, _ labels: [String], _ histogram: Histogram) -> String
    {
        let reading = histogram.reading
        var text = ""
        for (bound, count) in zip(histogram.bounds, reading.cumulative) {
            text += line(name + "_bucket", labels + ["le=\"\(bound.inSeconds)\""], "\(count)")
        }
        text += line(name + "_bucket", labels + ["le=\"+Inf\""], "\(reading.count)")
        text += line(name + "_sum", labels, "\(reading.sum.inSeconds)")
        return text + line(name + "_count", labels, "\(reading.count)")
    }

    private static func line(_ name: String, _ labels: [String], _ value: String) -> String {
        labels.isEmpty
            ? "\(name) \(value)\n" : "\(name){\(labels.joined(separator: ","))} \(value)\n"
    }

    private static func pairs(_ labels: [String: String]) -> [String] {
        labels.sorted { $0.key < $1.key }.map { "\($0.key)=\"\(escaped($0.value, quotes: true))\"" }
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
