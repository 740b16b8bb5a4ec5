import Basics
import Testing

@testable import Formats

@Suite("TOML that is refused") struct TOMLInvalidTests {
    @Test(arguments: [
        ("a", "1:2", "="), ("a =", "1:4", "value"), ("= 1", "1:1", "key"),
        ("a = 1 b = 2", "1:7", "new line"),
        ("a = 1 2", "1:7", "new line"), ("a b = 1", "1:3", "="), ("a. = 1", "1:4", "key"),
        (".a = 1", "1:1", "quotes"), ("a..b = 1", "1:3", "quotes"), ("a\n= 1", "1:2", "="),
        ("a = \n1", "1:5", "value"), ("é = 1", "1:1", "quotes"), ("a! = 1", "1:2", "="),
        ("\"\"\"a\"\"\" = 1", "1:3", "="), ("a = # no", "1:5", "value"), ("a = b", "1:5", "quotes"),
        ("a = True", "1:5", "quotes"), ("a = yes", "1:5", "quotes"), ("a = null", "1:5", "quotes"),
        ("a = $HOME", "1:5", "begins no value"), ("a = *", "1:5", "begins no value"),
    ])
    func `lines`(text: String, place: String, word: String) {
        refuse(text, place, word)
    }

    @Test(arguments: [
        "01", "-01", "+01", "1__0", "_1", "1_", "0x", "0x_1", "0x1_", "+0x1", "-0b1", "0b2", "0o8",
        "0xG", "0X1", "1.", ".5", "1._5", "1_.5", "1e", "1e+", "1e_5", "00.5", "01.5", "1.5.6", "+",
        "-",
        "9223372036854775808", "-9223372036854775809", "0x8000000000000000", "1e999", "Inf", "NaN",
        "in", "truee", "fals", "1a", "--1", "+-1", "1 000",
    ])
    func `numbers`(text: String) {
        refuse("a = \(text)", nil, "")
    }

    @Test(arguments: [
        "1979-5-27", "1979-13-01", "1979-00-01", "1979-02-30", "1900-02-29", "2023-02-29",
        "1979-01-32",
        "1979-05-27T", "1979-05-27T25:00:00", "1979-05-27T07:60:00", "1979-05-27T07:32", "07:32",
        "24:00:00", "07:32:61", "1979-05-27T07:32:00.", "1979-05-27T07:32:00+25:00",
        "1979-05-27T07:32:00+02", "1979-05-27X07:32:00", "07:32:00Z", "79-05-27",
        "1979-05-27  07:32:00",
    ])
    func `times`(text: String) {
        refuse("a = \(text)", nil, "")
    }

    @Test(arguments: [
        ("a = \"x", "1:5", "end on its line"), ("a = \"x\ny\"", "1:5", "several lines"),
        ("a = 'x", "1:5", "end on its line"), ("a = 'x\ny'", "1:5", "'''"),
        ("a = \"\"\"x", "1:5", "three quotes"), ("a = '''x''", "1:5", "three quotes"),
        ("a = \"\\q\"", "1:6", "\\\\"), ("a = \"\\d\"", "1:6", "single quotes"),
        ("a = \"\\u12\"", "1:6", "no character"), ("a = \"\\uD800\"", "1:6", "no character"),
        ("a = \"\\U00110000\"", "1:6", "no character"), ("a = \"\\u00G0\"", "1:6", "no character"),
        ("a = \"\u{1}\"", "1:6", "control character 1"),
        ("a = '\u{7F}'", "1:6", "control character"),
        ("a = \"x\\", "1:7", "backslash"), ("a = \"\"\"x\"\"\"\"\"\"", "1:9", "six quotes"),
        ("# \u{0}", "1:3", "comment"), ("a = 1 # \u{1B}", "1:9", "comment"),
        ("a = 1\rb = 2", "1:6", "line feed"),
        ("a = 'x'y", "1:8", "new line"), ("a = \"\"\"\u{0}\"\"\"", "1:8", "control"),
        ("a = '''\r'''", "1:8", "line feed"),
    ])
    func `texts`(text: String, place: String, word: String) {
        refuse(text, place, word)
    }

    @Test(arguments: [
        ("a = [1", "1:7", "begins at 1:5"), ("a = [1 2]", "1:8", "comma"),
        ("a = [,]", "1:6", "begins no value"),
        ("a = [1,,2]", "1:8", "begins no value"), ("a = [1}]", "1:7", "comma"),
        ("a = {b = 1", "1:11", "one line"),
        ("a = {b = 1,}", "1:12", "remove the comma"), ("a = {b = 1\n}", "1:11", "one line"),
        ("a = {b = 1 c = 2}", "1:12", "comma"), ("a = {b}", "1:7", "="),
        ("a = {,}", "1:6", "quotes"),
        ("a = {b = 1, b = 2}", "1:13", "twice"), ("a = {b = 1, b.c = 2}", "1:13", "twice"),
        ("a = {b.c = 1, b = 2}", "1:15", "twice"), ("a = { # x\n}", "1:7", "one line"),
    ])
    func `lists and braces`(text: String, place: String, word: String) {
        refuse(text, place, word)
    }

    @Test(arguments: [
        ("a = 1\na = 2", "2:1", "first at 1:1"), ("a = 1\n\"a\" = 2", "2:1", "twice"),
        ("a.b = 1\na.b = 2", "2:3", "twice"), ("a = 1\na.b = 2", "2:1", "twice"),
        ("a.b = 1\na = 2", "2:1", "twice"), ("[a]\n[a]", "2:2", "defined twice"),
        ("a = 1\n[a]", "2:2", "twice"),
        ("[a]\nb = 1\n[a.b]", "3:4", "twice"), ("[a]\nb.c = 1\n[a.b]", "3:4", "defined twice"),
        ("[a.b]\n[a]\nb.c = 1", "3:1", "header"), ("[a.b.c]\n[a]\nb.c.d = 1", "3:3", "header"),
        ("a = {b = 1}\n[a]", "2:2", "braces"), ("a = {b = 1}\n[a.c]", "2:2", "braces"),
        ("a = {b = 1}\na.c = 2", "2:1", "braces"),
        ("[x]\na = {b.c = 1}\na.b.d = 2", "3:1", "braces"),
        ("a = {}\n[[a]]", "2:3", "no list"), ("[[a]]\n[a]", "2:2", "[[ ]]"),
        ("[a]\n[[a]]", "2:3", "no list"),
        ("a = []\n[[a]]", "2:3", "twice"), ("a = [{}]\n[a.b]", "2:2", "twice"),
        ("[a.b]\n[[a]]", "2:3", "no list"),
        ("[[a]]\nx = 1\n[[a.x]]", "3:5", "twice"), ("[[t.a]]\n[t]\na.b = 1", "3:1", "[[ ]]"),
        ("[a", "1:3", "]"), ("[a]]", "1:4", "new line"), ("[[a]", "1:5", "]]"),
        ("[]", "1:2", "quotes"),
        ("[a.]", "1:4", "quotes"), ("[.a]", "1:2", "quotes"), ("[a..b]", "1:4", "quotes"),
        ("[a b]", "1:4", "]"),
        ("[a] b = 1", "1:5", "new line"), ("[ [a]]", "1:3", "quotes"), ("[\na]", "1:2", "header"),
        ("[a]\n[b]\n[a]", "3:2", "first at 1:2"), ("a.b.c = 1\n[a.b]", "2:4", "defined twice"),
    ])
    func `tables`(text: String, place: String, word: String) {
        refuse(text, place, word)
    }

    @Test func `what is not UTF-8 is refused where it stands`() {
        var bytes = Array("a = 1\nb = \"é".utf8)
        bytes += [0xFF, UInt8(ascii: "\"")]
        #expect {
            try TOML.document(in: bytes)
        } throws: {
            ($0 as? FormatError)?.position == Position(line: 2, column: 7)
        }
    }

    @Test(arguments: [
        "a = " + String(repeating: "[", count: 600), String(repeating: "a.", count: 600) + "a = 1",
        "[" + String(repeating: "a.", count: 600) + "a]",
        "a = " + String(repeating: "{a = ", count: 600),
        (0..<300).map { _ in "[[" }.joined(separator: "a]]\n"),
        (1..<400).map { "[[" + Array(repeating: "a", count: $0).joined(separator: ".") + "]]" }
            .joined(separator: "\n"),
    ])
    func `what is too deep is refused`(text: String) {
        #expect(throws: FormatError.self) { try TOML.document(in: text) }
    }

    @Test func `what is too large is refused`() {
        #expect(throws: FormatError.self) {
            try TOML.document(in: "a = 1 # long", limits: FormatLimits(bytes: 5))
        }
    }

    private func refuse(_ text: String, _ place: String?, _ word: String) {
        do throws(FormatError) {
            let tree = try TOML.document(in: text)
            Issue.record("\(text) was read as \(tree.json)")
        } catch {
            if let place {
                #expect(error.position.map(String.init(describing:)) == place, "\(text): \(error)")
            }
            #expect(error.description.contains(word), "\(text): \(error)")
            #expect(error.position != nil)
        }
    }
}
