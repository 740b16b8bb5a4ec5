package import Basics
import Formats

/// Times in the header fields of answers.
package enum WebDate {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Reads `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 section 5.6.7); `nil` for anything else.
    package static func parse(_ text: String) -> Timestamp? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[0].hasSuffix(","), words[5] == "GMT",
            let month = months.firstIndex(of: String(words[2])), words[1].count == 2,
            words[3].count == 4
        else { return nil }
        let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        return Timestamp(rfc3339: "\(words[3])-\(number)-\(words[1])T\(words[4])Z")
    }

    /// Reads `Retry-After`: seconds or a time; `nil` if it is neither.
    package static func wait(_ text: String?, at now: Timestamp) -> Duration? {
        guard let text = text?.trimmingSpace() else { return nil }
        if let seconds = Int64(text) {
            return seconds >= 0 && seconds < 1_000_000_000 ? .seconds(seconds) : nil
        }
        return parse(text).map { max(.zero, $0 - now) }
    }
}
