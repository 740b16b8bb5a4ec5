import Basics
import Formats
import Testing

@Suite struct PatternTests {
    @Test(arguments: [
        ("/api/.*", "/api/users", true, true),
        ("/api", "/api/users", false, true),
        ("^/v[0-9]+/", "/v12/x", false, true),
        ("", "", true, true),
        ("a", "", false, false),
        (#"\.php$"#, "/index.php", false, true),
        ("A+", "aaa", false, false),
    ])
    func `an expression fits a whole text, a part or nothing`(
        expression: String,
        text: String,
        whole: Bool,
        anywhere: Bool
    ) throws {
        let pattern = try Pattern(expression)
        let bytes = Array(text.utf8)
        #expect(pattern.matches(whole: bytes.span) == whole)
        #expect(pattern.isFound(in: bytes.span) == anywhere)
    }

    @Test func `case is ignored when asked`() throws {
        let bytes = Array("AAA".utf8)
        #expect(try Pattern("a+", ignoresCase: true).matches(whole: bytes.span))
    }

    @Test(arguments: [
        (
            "^/service/([^/]+)(/.*)$", "/service/foo/v1/api", #"\2/instance/\1"#,
            "/v1/api/instance/foo"
        ),
        ("one", "/xxx/one/yyy/one/zzz", "two", "/xxx/two/yyy/two/zzz"),
        ("^/xxx(.*)$", "/xxx/one", #"/yyy\1"#, "/yyy/one"),
        ("x*", "abc", "-", "-a-b-c-"),
        ("b", "abc", #"\\\0\7"#, #"a\bc"#),
    ])
    func `matches are replaced`(
        expression: String,
        text: String,
        substitution: String,
        expected: String
    ) throws {
        let result = try Pattern(expression)
            .replacing(in: Array(text.utf8), with: Array(substitution.utf8))
        #expect(String(decoding: result, as: UTF8.self) == expected)
    }

    @Test func `groups are found, and one that took no part is told from an empty one`() throws {
        let bytes = Array("xac".utf8)
        let ranges = try Pattern("a(b)?(c)()").ranges(in: bytes.span)
        #expect(ranges == [1..<3, nil, 2..<3, 3..<3])
    }

    @Test func `a mistake is told with its place`() {
        let failure = #expect(throws: Failure.self) { try Pattern("a(b") }
        #expect(
            failure?.description
                == "the regular expression \"a(b\" is not understood: missing closing parenthesis at its character 4"
        )
    }

    @Test func `an expression that would take for ever does not match`() throws {
        let bytes = Array(String(repeating: "a", count: 60).utf8) + [UInt8(ascii: "!")]
        #expect(try !Pattern("(a+)+$").matches(whole: bytes.span))
    }
}
