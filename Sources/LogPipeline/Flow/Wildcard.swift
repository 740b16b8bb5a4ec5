/// Texts with `*` for any bytes, as Fluent Bit matches tags and names.
enum Wildcard {
    /// Whether a text fits, in time proportional to the product of the lengths at most.
    static func fits(_ text: Span<UInt8>, _ pattern: Span<UInt8>) -> Bool {
        var place = 0
        var next = 0
        var star: (pattern: Int, text: Int)?
        while place < text.count {
            if next < pattern.count, pattern[next] == UInt8(ascii: "*") {
                star = (next, place)
                next += 1
            } else if next < pattern.count, pattern[next] == text[place] {
                next += 1
                place += 1
            } else if let held = star {
                // The last star takes one byte more.
                star = (held.pattern, held.text + 1)
                next = held.pattern + 1
                place = held.text + 1
            } else {
                return false
            }
        }
        while next < pattern.count, pattern[next] == UInt8(ascii: "*") { next += 1 }
        return next == pattern.count
    }

    /// Whether a text fits.
    static func fits(_ text: String, _ pattern: String) -> Bool {
        fits(Array(text.utf8).span, Array(pattern.utf8).span)
    }
}
