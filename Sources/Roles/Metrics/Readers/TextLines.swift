/// Walks over the lines of a text without copying them.
struct TextLines {
    private let bytes: [UInt8]
    private var place = 0
    /// The number of the line that `next` gave last, from 1.
    private(set) var number = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The next line without its end, and without a carriage return before it; `nil` at the end.
    mutating func next() -> Range<Int>? {
        guard place < bytes.count else { return nil }
        let start = place
        while place < bytes.count, bytes[place] != 0x0A { place += 1 }
        var end = place
        place += 1
        number += 1
        if end > start, bytes[end - 1] == 0x0D { end -= 1 }
        return start..<end
    }
}

extension Array<UInt8> {
    /// A range without blanks at its ends.
    func trimmed(_ range: Range<Int>) -> Range<Int> {
        var (low, high) = (range.lowerBound, range.upperBound)
        while low < high, self[low] == 0x20 || self[low] == 0x09 { low += 1 }
        while high > low, self[high - 1] == 0x20 || self[high - 1] == 0x09 || self[high - 1] == 0x0D
        {
            high -= 1
        }
        return low..<high
    }

    /// Where a byte stands first in a range.
    func place(of byte: UInt8, in range: Range<Int>) -> Int? {
        var place = range.lowerBound
        while place < range.upperBound {
            if self[place] == byte { return place }
            place += 1
        }
        return nil
    }

    /// The words of a range, between blanks.
    func words(_ range: Range<Int>) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var place = range.lowerBound
        while place < range.upperBound {
            while place < range.upperBound, self[place] == 0x20 || self[place] == 0x09 {
                place += 1
            }
            let start = place
            while place < range.upperBound, self[place] != 0x20, self[place] != 0x09 { place += 1 }
            if place > start { found.append(start..<place) }
        }
        return found
    }

    /// A range as text.
    func text(_ range: Range<Int>) -> String { String(decoding: self[range], as: UTF8.self) }

    /// Whether a range begins with a text.
    func has(_ prefix: String, at range: Range<Int>) -> Bool {
        range.count >= prefix.utf8.count && self[range].starts(with: prefix.utf8)
    }
}
