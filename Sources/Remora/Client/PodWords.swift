/// Words of the command line that name pods.
enum PodWords {
    /// The pod's name in `NAME`, `pod/NAME` or `pods/NAME`.
    static func name(_ word: String) -> String {
        for kind in kinds where word.hasPrefix(kind + "/") {
            return String(word.dropFirst(kind.count + 1))
        }
        return word
    }

    /// The names in a list, which may begin with the kind as kubectl wants it: `pod NAME`.
    static func names(_ words: [String]) -> [String] {
        let isKind = words.count > 1 && kinds.contains(words[0])
        return (isKind ? Array(words.dropFirst()) : words).map(name)
    }

    private static let kinds = ["pod", "pods", "po"]
}
