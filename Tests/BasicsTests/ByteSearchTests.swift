import Basics
import Testing

@Suite struct `Search for the bytes of a word` {
    @Test(arguments: [
        ("password", "word", true), ("password", "pass", true), ("password", "password", true),
        ("password", "passwords", false), ("aaab", "aab", true), ("aabaac", "aabaab", false),
        ("", "a", false), ("", "", true), ("a", "", true), ("größe", "öß", true),
    ])
    func `finds it wherever it begins`(_ text: String, _ word: String, _ isThere: Bool) {
        #expect(text.hasBytes(of: word) == isThere)
        #expect(text[...].dropFirst(0).hasBytes(of: word[...]) == isThere)
    }
}
