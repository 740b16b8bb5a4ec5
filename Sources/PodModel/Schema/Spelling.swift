internal import Basics
internal import Formats

/// Suggests what a word was meant to be.
enum Spelling {
    /// The known word that is nearest, if it is near; words of one or two letters are near to
    /// everything and get no suggestion.
    static func nearest(to word: String, among known: some Sequence<String>) -> String? {
        word.utf8.count < 3 ? nil : NearestMatch.of(word, among: known)
    }
}
