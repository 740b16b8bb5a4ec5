internal import Basics

/// Elapsed times as progress lines show them.
enum Elapsed {
    /// Seconds with three places, right-aligned to eight characters.
    static func text(_ duration: Duration) -> String {
        let thousandths = max(0, duration.milliseconds)
        let fraction = String(thousandths % 1000)
        let text =
            String(thousandths / 1000) + "." + String(repeating: "0", count: 3 - fraction.count)
            + fraction + "s"
        return String(repeating: " ", count: max(0, 8 - text.count)) + text
    }
}
