import Formats
import Records
import Testing

@testable import VRL

/// VRL's numbers of mistakes: scripts that have one, and the same without it.
@Suite("VRL errors") struct ErrorTests {
    @Test(arguments: [
        (100, "to_int(.a)", "to_int(.a) ?? 0"), (100, "{ to_int(.a); 1 }", "{ to_int!(.a); 1 }"),
        (100, "1 / .a", "1 / .a ?? 0"), (100, ".a + 1", "int!(.a) + 1"),
        (101, ".a = r'('", ".a = r'()'"), (101, ".a = r'a(?=b)'", ".a = r'a(?:b)'"),
        (101, ".a = r'(?<!a)b'", ".a = r'(?<a>b)'"), (101, #".a = r'(a)\1'"#, #".a = r'[(?=]\d'"#),
        (102, "if .a { 1 }", "if .a == true { 1 }"),
        (102, "if \"x\" { 1 }", "if true { 1 }"), (103, ".a = to_int(.b)", ".a = to_int!(.b)"),
        (103, ".a = upcase(.b)", ".a = upcase(string!(.b))"), (103, "x = .a / 0", "x = 1 / 2"),
        (104, ".a, err = upcase(\"b\")", ".a, err = to_int(\"b\")"),
        (105, "upcas(\"a\")", "upcase(\"a\")"), (106, "upcase(\"a\", \"b\")", "upcase(\"a\")"),
        (107, "upcase()", "upcase(\"a\")"), (108, "upcase(val: \"a\")", "upcase(value: \"a\")"),
        (109, "upcase(\"a\") -> |x| { x }", "map_values([]) -> |x| { x }"),
        (110, "upcase(1)", "upcase(\"1\")"), (110, "upcase(.a)", "upcase!(.a)"),
        (110, "if upcase(.a) == \"A\" { 1 }", "if upcase!(.a) == \"A\" { 1 }"),
        (111, "for_each([])", "for_each([]) -> |_i, _v| { null }"), (113, "abort 5", "abort \"5\""),
        (120, "for_each([]) -> |x| { x }", "for_each([]) -> |_, x| { x }"),
        (121, "for_each(.a) -> |_, x| { x }", "for_each(array!(.a)) -> |_, x| { x }"),
        (122, "filter([1]) -> |_, x| { x }", "filter([1]) -> |_, x| { x == 1 }"),
        (
            122, "filter([1]) -> |_, x| { return 0\n x == 1 }",
            "filter([1]) -> |_, x| { return true\n x == 1 }"
        ),
        (203, ".foo.", ".foo"), (203, "a b", "a = 1; a"), (203, "1 = 2", "a = 2"),
        (203, "if true 1", "if true { 1 }"), (203, "é = 1", "e = 1"), (203, ".a[b]", ".a[0]"),
        (203, "_", "_x = 1; 2"), (203, "1 ? 2", "true || false"),
        (204, "[1, 2", "[1, 2]"), (204, "1 +", "1 + 1"), (204, "if true {", "if true { 1 }"),
        (205, "while = 1", "four = 1"), (205, "x = string", "x = string!(.a)"),
        (206, "99999999999999999999", "9"), (206, ".a[70000] = 1", ".a[7] = 1"),
        (207, "\"abc", "\"abc\""), (208, "r'abc", "r'abc'"), (208, "s'abc", "s'abc'"),
        (209, #""\q""#, #""\n""#), (209, #""\u{110000}""#, #""\u{10FFFF}""#),
        (601, "t'yesterday'", "t'2024-01-02T03:04:05Z'"),
        (610, "parse_int!(\"1\", base: 99)", "parse_int!(\"1\", base: 9)"),
        (610, "x = 99; parse_int!(\"1\", base: x)", "x = 9; parse_int!(\"1\", base: x)"),
        (610, "del(5)", "del(.a)"), (610, "exists(\"a\")", "exists(.a)"),
        (630, "upcase(fail(\"x\"))", "upcase(fail!(\"x\"))"),
        (630, "length([to_int(.a)])", "length([to_int!(.a)])"),
        (631, "abort fail(\"x\")", "abort fail!(\"x\")"), (631, "return to_int(.a)", "return 1"),
        (632, "break", "for _ in [1] { break }"),
        (632, "continue", "for _ in [1] { continue }"),
        (632, "for_each([1]) -> |_, x| { continue }", "for_each([1]) -> |_, x| { break }"),
        (632, "for _ in [1] { filter([1]) -> |_, x| { break; true } }", "for _ in [1] { break }"),
        (633, "for x in 1 { x }", "for x in [1] { x }"),
        (633, "for x in .a { x }", "for x in array!(.a) { x }"),
        (634, "for x in {} { x }", "for _, x in {} { x }"),
        (635, "for x, x in [] { x }", "for x, y in [1] { x + y }"), (203, "for x [] { x }", "[]"),
        (640, "_ = 1", "_, err = to_int(.a)"), (640, "_, _ = to_int(.a)", "x, _ = to_int(.a)"),
        (641, "upcase(\"a\").b = 1", "a.b = 1"),
        (642, ".a = \"x\"\n.a.b = 1", ".a = {}\n.a.b = 1"),
        (642, "a = 1\na.b.c = 1", "a = {}\na.b.c = 1"),
        (642, "x = 1\nx[0] = 2", "x = []\nx[0] = 2"), (650, "1 == 2 == 3", "(1 == 2) == true"),
        (650, "1 < 2 < 3", "1 < 2 && 2 < 3"), (651, "1 ?? 2", "to_int(.a) ?? 2"),
        (652, "1 | {}", "{} | {}"), (652, ". |= .a", ". |= object!(.a)"),
        (660, "!1", "!true"), (660, "!.a", "!bool!(.a)"), (701, "x", "x = 1; x"),
        (701, "{ x = 1 }\nx", "x = 0\n{ x = 1 }\nx"), (701, "\"{{ nobody }}\"", "\"nobody\""),
        (701, "for_each([1]) -> |_, key| { zoog = key }\nkey", "key = 1\nkey"),
    ])
    func `each mistake has its number`(code: Int, wrong: String, right: String) {
        #expect(ScriptKit.codes(wrong).contains(code), "\(ScriptKit.result(wrong))")
        #expect(ScriptKit.codes(right) == [], "\(ScriptKit.result(right))")
    }

    @Test(arguments: [
        (620, "upcase!(\"a\")", "upcase(\"a\")"), (900, "\"foo\"\n1", "1"),
        (900, "x = 1\n2", "x = 1\nx"), (900, "{\"a\": 1}\n2", ".a = {\"a\": 1}\n2"),
        (900, "upcase(\"a\")\n2", ".a = upcase(\"a\")\n2"), (900, "x = 1", "_x = 1"),
    ])
    func `warnings have numbers too`(code: Int, wrong: String, right: String) throws {
        #expect(try ScriptKit.warnings(wrong) == [code])
        #expect(try ScriptKit.warnings(right) == [])
    }

    @Test(arguments: [
        (".a = 1", 315), (".a.b = 1", 315), (".a.b.c = 1", 0), (".ab = 1", 0), (". = {}", 315),
        ("%v.x.y = 1", 315), ("%v = 1", 315), ("%w = 1", 0), ("del(.a.b)", 610), ("del(.b)", 0),
        (".x, .a = to_int(.b)", 315), ("a = 1; a", 0), (".c = .a.b", 0),
    ])
    func `what is read-only is not changed, nor what it is part of`(source: String, code: Int) {
        let readOnly = [ReadOnlyPath(".a.b"), ReadOnlyPath("%v", isRecursive: true)]
        var codes: [Int] = []
        do throws(CompileError) {
            _ = try Program(
                compiling: source,
                library: ScriptKit.library,
                readOnly: readOnly.compactMap(\.self)
            )
        } catch {
            codes = error.diagnostics.map(\.code)
        }
        #expect(codes == (code == 0 ? [] : [code]))
    }

    @Test(arguments: ["", "a", "a.b", "1", ".a.", ".a; .b", "upcase(.a).b"])
    func `a path of something else cannot be read-only`(text: String) {
        #expect(ReadOnlyPath(text) == nil)
    }

    @Test func `a mistake is shown where it is`() {
        let expected = """
            error[E103]: unhandled fallible assignment
              ┌─ :2:5
              │
            2 │ . = object(.log)
              │ --- ^^^^^^^^^^^^
              │ │   │
              │ │   this expression is fallible
              │ │   update the expression to be infallible
              │ or change this to an infallible assignment:
              │ ., err = object(.log)
              │
              = see "Errors" in Documentation/vrl.md about error handling
              = learn more about error code 103 in Documentation/vrl.md
              = see language documentation in Documentation/vrl.md
              = try your code in the VRL REPL: companion vrl

            """
        #expect(ScriptKit.result("\n. = object(.log)\n.total = del(.size)") == expected)
    }

    @Test func `labels stand beside their marks where they can`() {
        let expected = """
            error[E642]: parent path segment rejects this mutation
              ┌─ script.vrl:2:5
              │
            2 │ foo.bar = {}
              │ --- ^^^ querying a field of a non-object type is unsupported
              │ │
              │ this path resolves to a value of type string
              │
              = try: change parent value to object, before assignment
              =
              =     foo = {}
              =     foo.bar = {}
              =
              = see "Errors" in Documentation/vrl.md about error handling
              = see language documentation in Documentation/vrl.md
              = try your code in the VRL REPL: companion vrl

            """
        do throws(CompileError) {
            _ = try Program(
                compiling: "foo = \"foo\"\nfoo.bar = {}",
                name: "script.vrl",
                library: ScriptKit.library
            )
            Issue.record("it compiles")
        } catch {
            #expect(error.description == expected)
        }
    }

    @Test(arguments: [
        ("upcas(\"a\")", "did you mean \"upcase\"?"),
        ("mesage = 1\nmessage", "did you mean \"mesage\"?"),
        ("get_secret(\"a\")", "not supported here"),
        (
            ".a = upcase(.b)",
            "'.b' argument type is unknown and this function expects parameter 'value' of type 'string'"
        ),
        ("upcase(.foo)", "    .foo = to_string(.foo) ?? \"default\""),
        ("upcase(1)", "this expression resolves to the exact type integer"),
    ])
    func `hints say what would help`(source: String, hint: String) {
        #expect(ScriptKit.result(source).contains(hint), "\(ScriptKit.result(source))")
    }

    @Test(arguments: [
        ("fail!(\"why\")", "function call error for \"fail\" at (0:12): why"),
        ("upcase!(.a)", "function call error for \"upcase\" at (0:11): expected string, got null"),
        ("int!(.a) / 0 ?? \"zero\"", "\"zero\""),
        (
            "map_values([1]) -> |_v| {\n  fail!(\"in\")\n}",
            "function call error for \"map_values\" at (0:41): function call error for \"fail\" at (28:39): in"
        ),
        ("x, err = 1 / 0\nerr", "\"can't divide by zero\""),
        ("x, err = 1 + \"a\"\nerr", "\"can't add type string to integer\""),
        ("x, err = \"a\" - 1\nerr", "\"can't subtract type integer from string\""),
        ("x, err = null * 1\nerr", "\"can't multiply type null by integer\""),
        ("x, err = [] / 1\nerr", "\"can't divide type array by integer\""),
        ("x, err = 1 > \"a\"\nerr", "\"can't compare integer > string\""),
        ("x, err = true && 1\nerr", "\"can't apply an AND to types boolean and integer\""),
        (
            "big = 1.7976931348623157 * 10.0\nx, err = .a * big\nerr",
            "\"can't multiply type null by float\""
        ),
    ])
    func `errors of a run have VRL's words`(source: String, expected: String) {
        #expect(ScriptKit.result(source) == expected)
    }

    @Test func `a run that fails says where`() throws {
        let program = try Program(
            compiling: "x = 1\n\n  fail!(\"no\")\nx",
            library: ScriptKit.library
        )
        var event: Value = .object([:])
        var metadata = Value.object([:])
        do throws(RunError) {
            _ = try program.run(&event, metadata: &metadata, ScriptKit.surroundings)
            Issue.record("it did not fail")
        } catch {
            guard case .failed(_, let position) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(position.description == "3:3")
        }
    }
}
