/// Whole numbers as the API writes many of them: `0,2-4,7`.
///
/// It holds at most 100,000 of them, which is as many indexes as a Job may have.
public struct IndexList: Sendable, Hashable, CustomStringConvertible {
    /// The numbers, each once and in order.
    public private(set) var indexes: [Int]

    /// A list of some numbers.
    public init(_ indexes: some Sequence<Int>) {
        self.indexes = Set(indexes).sorted()
    }

    /// Reads a list that is in order; the empty text is the empty list.
    ///
    /// - Returns: `nil` if the text is none.
    public init?(_ text: String) {
        indexes = []
        guard !text.isEmpty else { return }
        var next = 0
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false)
            guard (1...2).contains(ends.count), let first = Int(ends[0]),
                let last = Int(ends[ends.count - 1]),
                first >= next, first <= last, last < Self.most
            else { return nil }
            indexes += Array(first...last)
            next = last + 1
        }
    }

    private static let most = 100_000

    /// How many there are.
    public var count: Int { indexes.count }
    /// The largest.
    public var last: Int? { indexes.last }

    /// The text, with runs of two and more as ranges; runs of two are two numbers.
    public var description: String {
        var parts: [String] = []
        var start = 0
        while start < indexes.count {
            var end = start
            while end + 1 < indexes.count, indexes[end + 1] == indexes[end] + 1 { end += 1 }
            switch end - start {
            case 0: parts.append("\(indexes[start])")
            case 1: parts.append("\(indexes[start]),\(indexes[end])")
            default: parts.append("\(indexes[start])-\(indexes[end])")
            }
            start = end + 1
        }
        return parts.joined(separator: ",")
    }
}
