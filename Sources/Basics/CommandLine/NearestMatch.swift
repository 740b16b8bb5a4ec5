/// Finds what somebody meant to type.
public enum NearestMatch {
    /// The known word nearest to a mistyped one; nil if none is near.
    ///
    /// Near means at most a third of the word's letters wrong (edit distance with transpositions).
    public static func of(_ word: String, among known: [String]) -> String? {
        let limit = max(1, word.count / 3)
        let scored = known.map { (distance(word.lowercased(), $0.lowercased()), $0) }
        guard let best = scored.min(by: { $0.0 < $1.0 }), best.0 <= limit else { return nil }
        return best.1
    }

    private static func distance(_ left: String, _ right: String) -> Int {
        let (left, right) = (Array(left), Array(right))
        if left.isEmpty || right.isEmpty { return max(left.count, right.count) }
        var before: [Int] = []
        var previous = Array(0...right.count)
        for row in 1...left.count {
            var current = [row]
            for column in 1...right.count {
                let same = left[row - 1] == right[column - 1]
                var best = min(previous[column] + 1, current[column - 1] + 1)
                best = min(best, previous[column - 1] + (same ? 0 : 1))
                if row > 1, column > 1, left[row - 1] == right[column - 2],
                    left[row - 2] == right[column - 1]
                {
                    best = min(best, before[column - 2] + 1)
                }
                current.append(best)
            }
            (before, previous) = (previous, current)
        }
        return previous[right.count]
    }
}
