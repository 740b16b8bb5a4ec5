/// Rates as texts: `100/s`, `100/s;burst=200;key=ip`.
enum RateText {
    /// Why a text is no rate.
    struct Mistake: Error {
        var what: String
        var remedy: String
    }

    static func parse(_ text: String) -> Result<RateLimitSettings, Mistake> {
        let parts = text.split(separator: ";", omittingEmptySubsequences: false)
            .map { String($0.filter { $0 != " " }) }
        guard let (count, period) = countAndPeriod(parts[0]) else {
            return .failure(
                Mistake(what: "\"\(parts[0])\" is no rate", remedy: "write 100/s, 60/m or 1000/h")
            )
        }
        var settings = RateLimitSettings(bucket: nil, sendsRateLimitHeaders: true)
        var burst = count
        for part in parts.dropFirst() where !part.isEmpty {
            let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
            switch (pair[0], pair.count == 2 ? pair[1] : "") {
            case ("burst", let value):
                guard let number = Int(value), number > 0 else {
                    return .failure(
                        Mistake(what: "\"\(part)\" is no burst", remedy: "write burst=200")
                    )
                }
                burst = number
            case ("key", "ip"), ("key", "address"): settings.key = .address
            case ("key", "api_key"): settings.key = .apiKey
            case ("key", "all"): settings.key = .shared
            case ("key", let value) where value.hasPrefix("header:") && value.utf8.count > 7:
                settings.key = .header(value.dropFirst(7).lowercased())
            default:
                return .failure(
                    Mistake(
                        what: "\"\(part)\" is not known",
                        remedy: "write burst=200, key=ip, key=api_key or key=header:NAME"
                    )
                )
            }
        }
        settings.bucket = bucket(count: count, period: period, burst: burst)
        return .success(settings)
    }

    private static func countAndPeriod(_ text: String) -> (Int, Duration)? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let count = Int(parts[0]), count > 0, count <= 1_000_000_000 else {
            return nil
        }
        switch parts[1] {
        case "s", "sec", "second": return (count, .seconds(1))
        case "m", "min", "minute": return (count, .seconds(60))
        case "h", "hour": return (count, .seconds(3600))
        case "d", "day": return (count, .seconds(86400))
        default: return nil
        }
    }

    /// A bucket that fills evenly: few tokens often rather than many at once.
    static func bucket(count: Int, period: Duration, burst: Int) -> TokenBucketSettings {
        let parts = period.components
        let nanoseconds = parts.seconds * 1_000_000_000 + parts.attoseconds / 1_000_000_000
        let tick: Int64 = 50_000_000
        let tokens = max(1, (tick * Int64(count) + nanoseconds - 1) / nanoseconds)
        return TokenBucketSettings(
            maximum: burst,
            tokensPerFill: Int(tokens),
            fillInterval: .nanoseconds(nanoseconds * tokens / Int64(count))
        )
    }
}

/// Sizes as texts: `65536`, `64KiB`, `10M`, `1m` (nginx).
enum SizeText {
    static func parse(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int(digits), number >= 0 else { return nil }
        let factor: Int
        switch text.dropFirst(digits.count).lowercased() {
        case "", "b": factor = 1
        case "k", "kb", "ki", "kib": factor = 1 << 10
        case "m", "mb", "mi", "mib": factor = 1 << 20
        case "g", "gb", "gi", "gib": factor = 1 << 30
        default: return nil
        }
        let (size, overflow) = number.multipliedReportingOverflow(by: factor)
        return overflow ? nil : size
    }
}
