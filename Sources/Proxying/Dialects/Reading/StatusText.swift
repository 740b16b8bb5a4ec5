/// Statuses of HTTP as configurations write them.
enum StatusText {
    /// `200` or `200-299`, three digits each; `nil` for anything else.
    static func range(_ text: String) -> ClosedRange<Int>? {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count <= 2, let low = number(ends[0]), let high = number(ends[ends.count - 1]),
            low <= high
        else { return nil }
        return low...high
    }

    private static func number(_ text: Substring) -> Int? {
        guard text.utf8.count == 3, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let number = Int(text), number >= 100
        else { return nil }
        return number
    }
}
