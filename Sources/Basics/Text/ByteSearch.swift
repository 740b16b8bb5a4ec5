extension StringProtocol {
    /// Whether the bytes of a word occur one after another; an empty word always does.
    ///
    /// For words of ASCII this says what `contains` says, without what that needs: a table per search and,
    /// for the first, a walk over all types of the program.
    public func hasBytes(of word: some StringProtocol) -> Bool {
        let (text, word) = (utf8, word.utf8)
        guard let first = word.first else { return true }
        var rest = text[...]
        while let start = rest.firstIndex(of: first) {
            rest = rest[start...]
            if rest.starts(with: word) { return true }
            rest = rest.dropFirst()
        }
        return false
    }
}
