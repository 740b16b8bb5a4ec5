import Basics
import Testing

@Suite("Trimming") struct TrimmingTests {
    @Test(arguments: [
        ("", ""), (" \n\t", ""), ("a", "a"), ("a\n", "a"), ("\r\n a b \n\n", "a b"),
        ("\u{85}a\u{A0}", "a"), ("a\nb\n", "a\nb"),
    ])
    func `white space goes from both ends and stays within`(text: String, trimmed: String) {
        #expect(text.trimmingSpace() == trimmed)
    }
}
