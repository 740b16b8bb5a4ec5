/// How long to sleep, as `sleep` of coreutils and busybox reads it: `2`, `0.5`, `1m`, `1.5h`, `infinity`.
///
/// (coreutils 9: a number as `strtod` reads it, then `s`, `m`, `h` or `d`)
package struct SleepTime: Sendable, Hashable {
    /// The time; `nil` is without end.
    package var duration: Duration?
    /// What is longer counts as without end: 100 years.
    private static let maximum = 100 * 365.25 * 86_400

    /// Reads a word; nil if it is no time.
    package init?(_ word: String) {
        var text = Substring(word)
        var factor = 1.0
        switch text.last {
        case "s": text = text.dropLast()
        case "m": (text, factor) = (text.dropLast(), 60)
        case "h": (text, factor) = (text.dropLast(), 3600)
        case "d": (text, factor) = (text.dropLast(), 86_400)
        default: break
        }
        let digits = text.first == "+" ? text.dropFirst() : text
        let lower = digits.lowercased()
        if lower == "inf" || lower == "infinity" {
            duration = nil
            return
        }
        // Swift's own reader knows nan and signs too.
        guard digits.contains(where: { ("0"..."9").contains($0) }), let first = digits.first,
            first == "." || ("0"..."9").contains(first),
            let number = Double(digits.last == "." ? digits + "0" : digits), number >= 0
        else { return nil }
        let seconds = number * factor
        duration = seconds > Self.maximum ? nil : .nanoseconds(Int64(seconds * 1e9))
    }

    /// The sum of several words; nil if one of them is no time.
    package static func sum(_ words: [String]) -> (time: SleepTime?, wrong: String?) {
        var whole: Duration? = .zero
        for word in words {
            guard let time = SleepTime(word) else { return (nil, word) }
            whole = whole.flatMap { sum in time.duration.map { sum + $0 } }
        }
        return (SleepTime(duration: whole), nil)
    }

    private init(duration: Duration?) {
        self.duration = duration
    }
}
