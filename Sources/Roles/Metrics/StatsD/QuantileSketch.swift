/// Quantiles of the observations of the last while, to about one percent.
///
/// Values fall into bins that are a 64th of a power of two wide. Two halves of the window follow each other, so that
/// what is older than the window is forgotten. At most `binsMaximum` bins; what does not fit goes to the nearest.
struct QuantileSketch: Sendable {
    static let binsMaximum = 2048
    private var bins: [Int32: Double] = [:]
    private var older: [Int32: Double] = [:]

    /// Adds an observation with a weight.
    mutating func add(_ value: Double, weight: Double) {
        let bin = Self.bin(value)
        if bins[bin] != nil || bins.count < Self.binsMaximum {
            bins[bin, default: 0] += weight
        } else if let nearest = bins.keys.min(by: { abs($0 &- bin) < abs($1 &- bin) }) {
            bins[nearest, default: 0] += weight
        }
    }

    /// Half of a window has passed.
    mutating func turn() {
        older = bins
        bins = [:]
    }

    /// The values of quantiles (0 to 1), in their order; NaN if nothing was observed.
    func values(_ quantiles: [Double]) -> [Double] {
        var all = older
        for (bin, weight) in bins { all[bin, default: 0] += weight }
        let sorted = all.sorted { $0.key < $1.key }
        let total = sorted.reduce(0) { $0 + $1.value }
        guard total > 0 else { return quantiles.map { _ in .nan } }
        return quantiles.map { quantile in
            let rank = quantile * total
            var seen = 0.0
            for (bin, weight) in sorted {
                seen += weight
                if seen >= rank { return Self.middle(bin) }
            }
            return Self.middle(sorted[sorted.count - 1].key)
        }
    }

    /// The exponent and the upper six bits of the fraction, in the order of the values.
    private static func bin(_ value: Double) -> Int32 {
        guard value != 0 else { return 0 }
        let bits = Int32(truncatingIfNeeded: value.magnitude.bitPattern >> 46)
        return value < 0 ? -bits : bits
    }

    private static func middle(_ bin: Int32) -> Double {
        guard bin != 0 else { return 0 }
        let low = UInt64(bin.magnitude) << 46
        let value = Double(bitPattern: low | 1 << 45)
        return bin < 0 ? -value : value
    }
}
