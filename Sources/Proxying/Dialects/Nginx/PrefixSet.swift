/// Texts of which some may be the beginning of another one.
struct PrefixSet {
    private let texts: Set<String>
    /// The lengths that there are, in bytes.
    private let lengths: [Int]

    init(_ texts: [String]) {
        self.texts = Set(texts)
        lengths = Set(texts.map(\.utf8.count)).sorted()
    }

    /// Whether a text begins with one of these, or is one.
    func cover(_ text: String) -> Bool {
        let bytes = text.utf8
        for length in lengths where length <= bytes.count {
            if texts.contains(String(decoding: bytes.prefix(length), as: UTF8.self)) {
                return true
            }
        }
        return false
    }
}
