extension StringProtocol {
    /// The text without white space at its ends.
    ///
    /// White space is what Unicode calls so, line ends included, as Go's `strings.TrimSpace`.
    public func trimmingSpace() -> String {
        guard let first = firstIndex(where: { !$0.isWhitespace }),
            let last = lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[first...last])
    }
}
