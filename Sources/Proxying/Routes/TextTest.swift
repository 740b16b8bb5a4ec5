internal import Basics
internal import Formats
internal import HTTP

/// A test of a text, compiled.
struct TextTest {
    private enum Kind: UInt8 {
        case exact
        case prefix
        case suffix
        case contains
        case regex
    }

    private let kind: Kind
    private let ignoresCase: Bool
    private let bytes: [UInt8]
    private let pattern: Pattern?

    init(_ match: TextMatch) throws(Failure) {
        switch match {
        case .exact(let text, let ignoresCase):
            (kind, bytes, self.ignoresCase, pattern) = (.exact, Array(text.utf8), ignoresCase, nil)
        case .prefix(let text, let ignoresCase):
            (kind, bytes, self.ignoresCase, pattern) = (.prefix, Array(text.utf8), ignoresCase, nil)
        case .suffix(let text, let ignoresCase):
            (kind, bytes, self.ignoresCase, pattern) = (.suffix, Array(text.utf8), ignoresCase, nil)
        case .contains(let text, let ignoresCase):
            (kind, bytes, self.ignoresCase, pattern) = (
                .contains, Array(text.utf8), ignoresCase, nil
            )
        case .regex(let text):
            (kind, bytes, ignoresCase, pattern) = (.regex, [], false, try Pattern(text))
        }
    }

    /// Whether a text passes.
    func passes(_ text: Span<UInt8>) -> Bool {
        switch kind {
        case .exact: ignoresCase ? text.equalsFolded(bytes.span) : text.equals(bytes.span)
        case .prefix: text.hasPrefix(bytes.span, ignoringCase: ignoresCase)
        case .suffix: text.hasSuffix(bytes.span, ignoringCase: ignoresCase)
        case .contains: text.contains(bytes.span, ignoringCase: ignoresCase)
        case .regex: pattern?.matches(whole: text) ?? false
        }
    }
}
