/// What a name of StatsD becomes, as statsd_exporter's mappings say it.
package struct StatsDMapping: Sendable, Hashable {
    /// How timers and observations are told.
    package enum Observer: String, Sendable, Hashable, CaseIterable {
        case histogram, summary
    }

    /// What is done with a name that fits.
    package enum Action: String, Sendable, Hashable, CaseIterable {
        case map, drop
    }

    /// The name, parts between dots; `*` stands for one part, its text is `$1`, `$2`, ...
    var match: String
    /// A regular expression instead.
    var isRegex = false
    /// Only for values of this type: `counter`, `gauge`, `timer`; any if nil.
    var type: String?
    /// The new name, with `$1`.
    var name = ""
    var help = ""
    /// Labels, whose values may hold `$1`.
    var labels: [LabelText.Pair] = []
    var action = Action.map
    var observer: Observer?
    var buckets: [Double]?
    var quantiles: [Double]?
    /// What values are multiplied with.
    var scale: Double?
    /// How long a series without news stays.
    var ttl: Duration?

    init(match: String) {
        self.match = match
    }

    /// The texts that the stars of a pattern stand for; `nil` if a name does not fit.
    static func captures(_ name: String, _ pattern: String) -> [String]? {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        let wanted = pattern.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == wanted.count else { return nil }
        var found: [String] = []
        for (part, wish) in zip(parts, wanted) {
            if wish == "*" {
                found.append(String(part))
            } else if part != wish {
                return nil
            }
        }
        return found
    }

    /// Puts captured texts for `$1` and `${1}`.
    static func fill(_ template: String, _ captures: [String]) -> String {
        guard template.contains("$") else { return template }
        var result = ""
        var rest = Substring(template)
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[rest.index(after: dollar)...]
            let isBraced = rest.first == "{"
            if isBraced { rest.removeFirst() }
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            if isBraced, rest.first == "}" { rest.removeFirst() }
            if let number = Int(digits), number >= 1, number <= captures.count {
                result += captures[number - 1]
            }
        }
        return result + rest
    }
}

/// How StatsD is told.
package struct StatsDOptions: Sendable, Hashable {
    /// Mappings; the first that fits counts.
    var mappings: [StatsDMapping] = []
    /// How timers and observations are told if no mapping says so.
    var observer = StatsDMapping.Observer.histogram
    /// The upper bounds of their buckets.
    var buckets: [Double] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
    /// The quantiles of summaries.
    var quantiles: [Double] = [0.5, 0.9, 0.99]
    /// How long quantiles look back.
    var window = Duration.seconds(600)
    /// How long a series without news stays; zero is for ever.
    var ttl = Duration.zero
    /// The most series, and the most different names with tags that are remembered.
    var limit = SampleSet.seriesMaximum
    /// What every name begins with.
    var prefix = ""
    /// The most different texts of one set that are counted between two scrapes.
    var setMaximum = 100_000

    /// The defaults.
    package init() {}
}
