extension Duration {
    /// Reads a duration as Go writes it: `300ms`, `1.5h`, `2h45m`, `-1m`; a bare `0` is allowed.
    ///
    /// Units are `ns us µs ms s m h`. `nil` if the text is no duration or beyond 292 years.
    public init?(text: String) {
        var rest = Substring(text)
        let isNegative = rest.first == "-"
        if isNegative || rest.first == "+" { rest = rest.dropFirst() }
        if rest == "0" {
            self = .zero
            return
        }
        guard !rest.isEmpty else { return nil }
        var total = 0.0
        var exact: Int64 = 0
        while !rest.isEmpty {
            let number = rest.prefix { ("0"..."9").contains($0) || $0 == "." }
            rest = rest.dropFirst(number.count)
            let unit = rest.prefix { !("0"..."9").contains($0) && $0 != "." }
            rest = rest.dropFirst(unit.count)
            guard let nanos = Self.units[String(unit)], number != ".", let value = Double(number)
            else { return nil }
            total += value * Double(nanos)
            if let whole = Int64(number) {
                let (product, overflow) = whole.multipliedReportingOverflow(by: nanos)
                guard !overflow else { return nil }
                exact &+= product
            } else {
                // More than the conversion below can take is too long anyhow.
                guard total < 9.2e18 else { return nil }
                exact &+= Int64(clamping: Int128(value * Double(nanos) + 0.5))
            }
        }
        guard total < 9.2e18 else { return nil }
        self = .nanoseconds(isNegative ? -exact : exact)
    }

    private static let units: [String: Int64] = [
        "ns": 1, "us": 1000, "µs": 1000, "μs": 1000, "ms": 1_000_000, "s": 1_000_000_000,
        "m": 60_000_000_000, "h": 3_600_000_000_000,
    ]

    private var wholeSeconds: Int {
        // Towards zero, as Go's conversion of floating-point seconds.
        Int(components.seconds)
    }

    /// The age as kubectl shows it in tables: two units at most, `119s`, `5m3s`, `47h`, `5d2h`.
    ///
    /// Up to two seconds into the future count as now; more is `<invalid>`.
    public var humanText: String {
        let seconds = wholeSeconds
        if seconds < -1 { return "<invalid>" }
        if seconds < 0 { return "0s" }
        if seconds < 120 { return "\(seconds)s" }
        let (minutes, hours) = (seconds / 60, seconds / 3600)
        func two(_ big: Int, _ unit: String, _ small: Int, _ smallUnit: String) -> String {
            "\(big)\(unit)" + (small == 0 ? "" : "\(small)\(smallUnit)")
        }
        if minutes < 10 { return two(minutes, "m", seconds % 60, "s") }
        if minutes < 180 { return "\(minutes)m" }
        if hours < 8 { return two(hours, "h", minutes % 60, "m") }
        if hours < 48 { return "\(hours)h" }
        if hours < 192 { return two(hours / 24, "d", hours % 24, "h") }
        if hours < 24 * 365 * 2 { return "\(hours / 24)d" }
        if hours < 24 * 365 * 8 { return two(hours / 24 / 365, "y", hours / 24 % 365, "d") }
        return "\(hours / 24 / 365)y"
    }

    /// The age in one unit, as kubectl shows short ones: `59s`, `3m`, `5h`, `2d`, `1y`.
    public var shortHumanText: String {
        let seconds = wholeSeconds
        if seconds < -1 { return "<invalid>" }
        if seconds < 0 { return "0s" }
        if seconds < 60 { return "\(seconds)s" }
        if seconds < 3600 { return "\(seconds / 60)m" }
        if seconds < 86400 { return "\(seconds / 3600)h" }
        if seconds < 86400 * 365 { return "\(seconds / 86400)d" }
        return "\(seconds / 86400 / 365)y"
    }
}
