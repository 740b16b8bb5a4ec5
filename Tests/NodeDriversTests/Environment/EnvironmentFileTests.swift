import NodeDrivers
import Testing

@Suite("Environment file") struct EnvironmentFileTests {
    static let good: [(text: String, key: String, value: String?)] = [
        ("   KEY1='val1'\n\t\tKEY2='val2'\nKEY3='val3'\n", "KEY2", "val2"),
        ("# comment\n\nKEY1='foo'\n   # another\n\nKEY2='bar'\n", "KEY2", "bar"),
        ("KEY1='foo'\n", "KEY3", nil),
        ("KEY1='foo#notcomment'\n", "KEY1", "foo#notcomment"),
        ("KEY1='   foo bar   '\n", "KEY1", "   foo bar   "),
        ("KEY1='foo'\nKEY2=''\n", "KEY2", ""),
        ("KEY1='foo=bar=baz'", "KEY1", "foo=bar=baz"),
        ("KEY2='bar' # comment\n", "KEY2", "bar"),
        ("KEY1='$VAR ${HOME} $(X)'", "KEY1", "$VAR ${HOME} $(X)"),
        ("KEY1='a\n\n  b'\nKEY2='c'", "KEY2", "c"),
        ("KEY1='a\n\n  b'\n", "KEY1", "a\n\n  b"),
        ("KEY1='\"quoted\" \\n ü'\r\nK='x'\r\n", "K", "x"),
        ("K='first'\nK='second'\n", "K", "first"),
        ("K='v'\nthis line is never read", "K", "v"),
        ("", "K", nil),
    ]

    @Test(arguments: good)
    func `a value is read literally`(text: String, key: String, value: String?) throws {
        #expect(try EnvironmentFile.value(of: key, in: text) == value)
    }

    static let bad: [(text: String, what: String, line: Int)] = [
        ("KEY1 = 'val1'\n", "whitespace before '=' is not allowed", 1),
        ("A='x'\nKEY2=   'v'\n", "value must be enclosed in single quotes", 2),
        ("='foo'\n", "there is no name before '='", 1),
        ("A='x'\nINVALID_LINE\nB='y'", "there is no '='", 2),
        ("KEY2=bar\n", "value must be enclosed in single quotes", 1),
        ("KEY2=\"bar\"\n", "value must be enclosed in single quotes", 1),
        ("KEY1='foo''bar'", "unexpected content after closing quote", 1),
        ("A='x'\nKEY2='bar\nKEY3='baz'\n", "unexpected content after closing quote", 3),
        ("KEY2='bar'baz\n", "unexpected content after closing quote", 1),
        ("KEY2='bar'#baz\n", "unexpected content after closing quote", 1),
        ("KEY2='bar\n", "unclosed single quote", 1),
    ]

    @Test(arguments: bad)
    func `a malformed line is refused with its number`(text: String, what: String, line: Int) {
        let expected = EnvironmentFile.FormatError(what: what, line: line)
        #expect(throws: expected) { try EnvironmentFile.value(of: "absent", in: text) }
    }
}
