/// What the samples of a family mean, as the text forms of Prometheus name it.
package enum MetricKind: UInt8, Sendable, Hashable, CaseIterable {
    /// Nothing is known.
    case unknown
    /// A number that goes up and down.
    case gauge
    /// A number that only grows, or begins again.
    case counter
    /// Counts of observations in buckets, with their sum.
    case histogram
    /// Quantiles of observations, with their sum.
    case summary
    /// Labels that tell something, with the value 1.
    case info

    /// The word after `# TYPE` in the text form 0.0.4.
    var word: String {
        switch self {
        case .unknown: "untyped"
        case .gauge, .info: "gauge"
        case .counter: "counter"
        case .histogram: "histogram"
        case .summary: "summary"
        }
    }

    /// The kind of a word of either text form; `nil` if it is none.
    init?(word: some StringProtocol) {
        switch word {
        case "untyped", "unknown": self = .unknown
        case "gauge", "stateset", "gaugehistogram": self = .gauge
        case "counter": self = .counter
        case "histogram": self = .histogram
        case "summary": self = .summary
        case "info": self = .info
        default: return nil
        }
    }
}

/// What a sample of a family adds to the family's name.
package enum SampleSuffix: UInt8, Sendable, Hashable {
    /// Nothing.
    case none
    /// `_bucket` of a histogram.
    case bucket
    /// `_sum` of a histogram or summary.
    case sum
    /// `_count` of a histogram or summary.
    case count

    /// The text.
    var text: String {
        switch self {
        case .none: ""
        case .bucket: "_bucket"
        case .sum: "_sum"
        case .count: "_count"
        }
    }
}
