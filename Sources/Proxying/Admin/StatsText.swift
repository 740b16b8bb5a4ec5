import Formats

/// Statistics as Envoy's `/stats` shows them.
enum StatsText {
    /// The quantiles that are shown of a histogram, in percent.
    static let quantiles: [Double] = [0, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 100]

    /// One line `name: value` for each.
    static func plain(_ readings: [Statistics.Reading]) -> String {
        readings.map { reading in
            let name = StatName.shown(reading.name)
            guard reading.kind == .histogram else { return "\(name): \(reading.value)\n" }
            guard reading.value > 0 else { return "\(name): No recorded values\n" }
            let shown = quantiles.map { percent in
                let value = rounded(quantile(reading, percent))
                return "P\(StatsPrometheus.number(percent))(nan,\(value))"
            }
            return "\(name): \(shown.joined(separator: " "))\n"
        }.joined()
    }

    /// An object with the list `stats`, histograms last in one member of their own.
    static func json(_ readings: [Statistics.Reading]) -> JSON {
        var list: [JSON] = []
        var computed: [JSON] = []
        for reading in readings {
            let name = JSON.string(StatName.shown(reading.name))
            guard reading.kind == .histogram else {
                list.append(["name": name, "value": .int(reading.value)])
                continue
            }
            let values = quantiles.map { percent -> JSON in
                let value: JSON =
                    reading.value > 0 ? .double(quantile(reading, percent)) : .null
                return ["interval": .null, "cumulative": value]
            }
            computed.append(["name": name, "values": .array(values)])
        }
        if !computed.isEmpty {
            list.append([
                "histograms": [
                    "supported_quantiles": .array(quantiles.map { .double($0) }),
                    "computed_quantiles": .array(computed),
                ]
            ])
        }
        return ["stats": .array(list)]
    }

    /// The milliseconds under which so many percent lie: exact at the bounds, a straight line between.
    static func quantile(_ reading: Statistics.Reading, _ percent: Double) -> Double {
        let wanted = Double(reading.value) * percent / 100
        var before = 0.0
        var lower = 0.0
        for (index, count) in reading.buckets.enumerated() where count > 0 {
            lower = index == 0 ? 0 : Statistics.bounds[index - 1]
            // The last bucket has no end.
            let upper = index < Statistics.bounds.count ? Statistics.bounds[index] : lower
            let after = before + Double(count)
            if wanted <= after {
                return lower + (upper - lower) * max(0, wanted - before) / Double(count)
            }
            before = after
        }
        return lower
    }

    private static func rounded(_ value: Double) -> String {
        StatsPrometheus.number((value * 1000).rounded() / 1000)
    }
}
