import Records
import Testing

@testable import VRL

/// Scripts and what they yield, most of them after VRL's own tests.
@Suite("VRL expressions") struct ExpressionTests {
    @Test(arguments: [
        ("null", "null"), ("true", "true"), ("42", "42"), ("1_000_000", "1000000"), ("-5", "-5"),
        ("1.5", "1.5"), ("3.0", "3.0"), ("-0.25", "-0.25"), ("\"a\\tb\"", "\"a\tb\""),
        (#""a\"b\\c""#, #""a\"b\\c""#), (#""a\u{e9}b""#, "\"aéb\""), ("s'raw \\n'", #""raw \\n""#),
        ("\"one \\\n   two\"", "\"one two\""), ("r'^a\\'b$'", "r'^a'b$'"),
        ("t'2021-02-11T10:32:50.553955473Z'", "t'2021-02-11T10:32:50.553955473Z'"),
        ("t'2021-02-11T10:32:50Z'", "t'2021-02-11T10:32:50Z'"), ("[]", "[]"), ("{}", "{  }"),
        ("[1, \"two\", [3.0],]", "[1, \"two\", [3.0]]"),
        ("{ \"b\": 1,\n \"a\": {\"c\": null} }", "{ \"a\": { \"c\": null }, \"b\": 1 }"),
        ("x = \"world\"\n\"hello {{ x }}!\"", "\"hello world!\""),
        (#""not \{{ a \}} template""#, "\"not {{ a }} template\""), ("# only a remark", "null"),
        ("1 # a remark\n", "1"), ("", "null"),
    ])
    func `literals`(source: String, expected: String) {
        #expect(ScriptKit.result(source) == expected)
    }

    @Test(arguments: [
        ("1 + 2 * 3", "7"), ("(1 + 2) * 3", "9"), ("10 - 2 - 3", "5"), ("7 / 2", "3.5"),
        ("4 / 2", "2.0"), ("1 + 1.5", "2.5"), ("\"a\" + \"b\"", "\"ab\""),
        ("\"ab\" * 3", "\"ababab\""), ("2 * \"ab\"", "\"abab\""), ("\"ab\" * -1", "\"\""),
        ("\"a\" + null", "\"a\""), ("null + \"a\"", "\"a\""),
        ("9223372036854775807 + 1", "-9223372036854775808"), ("1 == 1.0", "true"),
        ("1 != 2", "true"), ("\"a\" == \"a\"", "true"), ("\"1\" == 1", "false"),
        ("\"b\" > \"a\"", "true"), ("1 < 1.5", "true"), ("2 >= 2", "true"), ("3 <= 2", "false"),
        ("t'2024-01-01T00:00:00Z' < t'2024-01-02T00:00:00Z'", "true"),
        ("true && false", "false"), ("true || false", "true"), ("null || \"x\"", "\"x\""),
        ("false || null", "null"), ("null && true", "false"), ("!true", "false"),
        ("!!true", "true"), ("to_int(\"x\") ?? 5", "5"), ("to_int(\"7\") ?? 5", "7"),
        ("{\"a\": 1, \"b\": 1} | {\"b\": 2}", "{ \"a\": 1, \"b\": 2 }"),
        ("1 == 2 || 3 == 3 && true", "true"), ("[1, 2] == [1, 2]", "true"),
        ("{\"a\": 1, \"b\": 2} == {\"b\": 2, \"a\": 1}", "true"),
        ("(1 == 1\n  && 2 == 2)", "true"), ("1 +\n 2", "3"), ("a = 3\na-1", "2"),
    ])
    func `operators`(source: String, expected: String) {
        #expect(ScriptKit.result(source) == expected)
    }

    @Test(arguments: [
        (".a", "1"), (".b.c[1]", "20"), (".b.c[-1]", "30"), (".b.c[9]", "null"), (".none", "null"),
        (".none.more", "null"), (".\"quoted key\"", "true"), (".(x | a)", "1"),
        (".(x | y)", "null"),
        (".b.(q | c)[0]", "10"), (".@at", "\"@\""), ("x = .b\nx.c[0]", "10"),
        ("{\"k\": [5, 6]}.k[1]", "6"), ("[1, 2, 3][-2]", "2"), ("object!(.b).c[0]", "10"),
        ("[.a, .b.c[0]]", "[1, 10]"), (".a.deeper", "null"), (".if", "\"kw\""),
    ])
    func `paths`(source: String, expected: String) {
        let event = Value.object([
            "a": .integer(1), "b": .object(["c": .array([10, 20, 30].map { .integer($0) })]),
            "quoted key": .boolean(true), "@at": .text("@"), "if": .text("kw"),
        ])
        #expect(ScriptKit.result(source, event) == expected)
    }

    @Test(arguments: [
        (".a = 1", "{ \"a\": 1 }"), (".a.b.c = 1", "{ \"a\": { \"b\": { \"c\": 1 } } }"),
        (".a[2] = 1", "{ \"a\": [null, null, 1] }"),
        (".a = [1]\n.a[-3] = 0", "{ \"a\": [0, null, 1] }"),
        (".a = .b = 2", "{ \"a\": 2, \"b\": 2 }"), (".x = 1; .y = 2", "{ \"x\": 1, \"y\": 2 }"),
        (". = {\"n\": 1}\n. |= {\"m\": 2}", "{ \"m\": 2, \"n\": 1 }"),
        (".a = {\"x\": 1}\ndel(.a.x)", "{ \"a\": {  } }"),
        (".a = {\"x\": 1}\ndel(.a.x, compact: true)", "{  }"),
        (
            ".ok, .err = to_int(\"x\")",
            #"{ "err": "function call error for \"to_int\" at (12:23): Invalid integer \"x\": invalid digit", "ok": 0 }"#
        ),
        (".ok, .err = to_int(\"7\")", "{ \"err\": null, \"ok\": 7 }"),
        ("_, .err = to_int(\"7\")", "{ \"err\": null }"),
        (".s = [1, 2]\n. = unnest!(.s)", "[{ \"s\": 1 }, { \"s\": 2 }]"),
        (".n = exists(.q)\n.m = exists(.n)", "{ \"m\": true, \"n\": false }"),
        ("x = {}\nx.a[1] = 5\n.x = x", "{ \"x\": { \"a\": [null, 5] } }"),
        ("%m = 4\n.m = %m", "{ \"m\": 4 }"), (".(a | b) = 1", "{ \"b\": 1 }"),
        (".a = 0\n.(a | b) = 1", "{ \"a\": 1 }"), ("del(.)", "{  }"),
        (".a = 5\n.b = del(.a)", "{ \"b\": 5 }"), (".v = if true { 1 } else { 2 }", "{ \"v\": 1 }"),
    ])
    func `assignments`(source: String, expected: String) throws {
        #expect(try ScriptKit.event(after: source) == expected)
    }

    @Test(arguments: [
        ("if true { 1 }", "1"), ("if false { 1 }", "null"), ("if false { 1 } else { 2 }", "2"),
        ("if false { 1 } else if true { 3 } else { 2 }", "3"),
        ("if false {\n 1\n}\nelse {\n 2\n}", "2"), ("if (x = 4; x == 4) { x } else { 0 }", "4"),
        ("if (\n  true\n  && true\n) { 1 }", "1"), ("{ 1; 2 }", "2"), ("x = 1\n{ x = 2 }\nx", "2"),
        ("return 5\n6", "5"), ("if true { return \"early\" }\n\"late\"", "\"early\""),
        ("abort", "aborted"), ("abort \"why\"", "why"),
        ("x = 0\nfor_each([1, 2, 3]) -> |_, v| { x = x + v }\nx", "6"),
        ("map_values([1, 2]) -> |v| { v * 2 }", "[2, 4]"),
        (
            "map_values({\"a\": [1]}) -> |v| { map_values(array!(v)) -> |w| { int!(w) + 1 } }",
            "{ \"a\": [2] }"
        ),
        ("filter([1, 2, 3]) -> |_i, v| { v != 2 }", "[1, 3]"),
        ("v = 9\nfor_each([1]) -> |_, v| { v = v + 1 }\nv", "9"),
        ("foo = 0\nfor_each({\"a\": 1}) -> |_k, _v| {\n return 42\n foo = 1\n}\nfoo", "0"),
        ("map_values([1, 2]) -> |v| { if v == 1 { return 9 }\n v }", "[9, 2]"),
        ("if false { null } else if (x = 1; true) { null }\nx", "1"),
        ("if (x = 1; true) {\n null\n}\nx", "1"),
        (
            "key = \"yay\"; zoog = \"yay\"\nfor_each({\"f\": 1}) -> |key, _v| {\n key = \"boo\"; zoog = key\n}\n[key, zoog]",
            "[\"yay\", \"boo\"]"
        ),
        ("v4 = [\"true\"]\nv4[1] = 0\nupcase(v4[0])", "\"TRUE\""),
        (
            ".x = 1\n.ok.foo[2], err.bar.baz = 1 / .x\ndel(.x)\n[., err]",
            "[{ \"ok\": { \"foo\": [null, null, 1.0] } }, { \"bar\": { \"baz\": null } }]"
        ),
        (
            "_x = false || (.foo = true)\n_x = true && (.bar = true)\n_x = 5 / 0 ?? (.baz = true)\n.",
            "{ \"bar\": true, \"baz\": true, \"foo\": true }"
        ),
        (
            "true || (.foo = true)\nfalse && (.bar = true)\n.x = 1\n5 / .x ?? (.baz = true)\ndel(.x)\n.",
            "{  }"
        ),
        (". = 3\n{. = \"foo\"}.x\n{\n \"value\": .\n}", "{ \"value\": \"foo\" }"),
        (".a = \"string\"\n{\n _x = upcase(.a)\n .a = {}\n}\n.", "{ \"a\": {  } }"),
        (".foo.(bar | \"baz)\")\n.foo.(bar | \"[{bar}]\")", "null"),
        (
            "_x = string(.foo) ?? \"\"\n_if_foo = true\n.true = true\n.abort = true\n.for = 1\n.",
            "{ \"abort\": true, \"for\": 1, \"true\": true }"
        ),
        ("for_each({\"k\": 1}) -> |k, _| { %k = k }\n%k", "\"k\""),
    ])
    func `control`(source: String, expected: String) {
        #expect(ScriptKit.result(source) == expected)
    }
}
