extension Statistics {
    /// All statistics in the text form of Prometheus (version 0.0.4), one metric for each name.
    ///
    /// Dots become underscores; histograms are in milliseconds as in Envoy.
    var prometheusText: String {
        var text = ""
        for reading in readings {
            let name = "envoy_" + String(reading.name.map { $0.isLetter || $0.isNumber ? $0 : "_" })
            switch reading.kind {
            case .counter: text += "# TYPE \(name) counter\n\(name) \(reading.value)\n"
            case .gauge: text += "# TYPE \(name) gauge\n\(name) \(reading.value)\n"
            case .histogram:
                text += "# TYPE \(name) histogram\n"
                var sum: Int64 = 0
                for (bound, count) in zip(Statistics.bounds, reading.buckets) {
                    sum += count
                    text += "\(name)_bucket{le=\"\(bound)\"} \(sum)\n"
                }
                text += "\(name)_bucket{le=\"+Inf\"} \(reading.value)\n"
                text += "\(name)_sum \(Double(reading.sum) / 1000)\n"
                text += "\(name)_count \(reading.value)\n"
            }
        }
        return text
    }
}
