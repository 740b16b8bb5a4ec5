extension StringProtocol where SubSequence == Substring {
    /// Where a text stands first in this one.
    func range(of text: String) -> Range<Index>? {
        let bytes = Array(utf8)
        guard let place = Finder(Array(text.utf8)).first(in: bytes) else { return nil }
        let lower = utf8.index(utf8.startIndex, offsetBy: place)
        return lower..<utf8.index(lower, offsetBy: text.utf8.count)
    }
}
