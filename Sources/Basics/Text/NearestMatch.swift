/// Finds what was probably meant by a misspelt word.
public enum NearestMatch {
    /// The candidate that is fewest edits away, if that is close enough to be a misspelling.
    ///
    /// Close enough is one edit in three characters, at most three; letter case counts little:
    /// a candidate that differs in case only always matches. Ties go to the first.
    public static func of(_ word: String, among candidates: some Sequence<String>) -> String? {
        let folded = Array(word.lowercased().utf8.prefix(64))
        var best: (candidate: String, distance: Int)?
        for candidate in candidates {
            let other = Array(candidate.lowercased().utf8.prefix(64))
            let limit = min(3, max(1, max(folded.count, other.count) / 3))
            guard abs(folded.count - other.count) <= limit else { continue }
            let distance = edits(folded, other)
            if distance <= limit, distance < best?.distance ?? .max {
                best = (candidate, distance)
            }
        }
        return best?.candidate
    }

    /// The number of insertions, deletions, replacements and swaps of neighbours between words.
    static func edits(_ left: [UInt8], _ right: [UInt8]) -> Int {
        if left.isEmpty || right.isEmpty { return max(left.count, right.count) }
        var before = [Int](repeating: 0, count: right.count + 1)
        var above = Array(0...right.count)
        for row in 1...left.count {
            var current = [row] + [Int](repeating: 0, count: right.count)
            for column in 1...right.count {
                let cost = left[row - 1] == right[column - 1] ? 0 : 1
                var edits = min(
                    above[column] + 1,
                    current[column - 1] + 1,
                    above[column - 1] + cost
                )
                if row > 1, column > 1, left[row - 1] == right[column - 2],
                    left[row - 2] == right[column - 1]
                {
                    edits = min(edits, before[column - 2] + 1)
                }
                current[column] = edits
            }
            (before, above) = (above, current)
        }
        return above[right.count]
    }
}
