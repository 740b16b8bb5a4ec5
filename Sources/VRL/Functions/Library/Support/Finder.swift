/// Finds a text in another.
struct Finder {
    private let needle: [UInt8]

    init(_ needle: [UInt8]) {
        self.needle = needle
    }

    /// Where the text stands first at or after a place.
    func first(in text: [UInt8], from start: Int = 0) -> Int? {
        guard start >= 0, needle.count <= text.count - start else { return nil }
        guard let head = needle.first else { return start }
        var place = start
        let last = text.count - needle.count
        while place <= last {
            if text[place] == head, text[place..<(place + needle.count)].elementsEqual(needle) {
                return place
            }
            place += 1
        }
        return nil
    }

    /// Every place from left to right, none over another; an empty text is found between all
    /// characters.
    func all(in text: [UInt8], limit: Int = .max) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var place = 0
        while ranges.count < limit, let found = first(in: text, from: place) {
            ranges.append(found..<(found + needle.count))
            place = found + needle.count
            if needle.isEmpty {
                place += 1
                while place < text.count, text[place] & 0xC0 == 0x80 { place += 1 }
                if place > text.count { break }
            }
        }
        return ranges
    }
}
