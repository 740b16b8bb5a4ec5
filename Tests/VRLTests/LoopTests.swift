import Records
import Testing

@testable import VRL

/// `for`, `break` and `continue`.
@Suite struct LoopTests {
    @Test(arguments: [
        ("n = 0\nfor x in [1, 2, 3] { n = n + x }\nn", "6"),
        (
            "n = []\nfor i, x in [\"a\", \"b\"] { n = push(n, [i, x]) }\nn",
            "[[0, \"a\"], [1, \"b\"]]"
        ),
        (
            "n = []\nfor k, v in { \"b\": 1, \"a\": 2 }\n{\n  n = push(n, [k, v])\n}\nn",
            "[[\"a\", 2], [\"b\", 1]]"
        ),
        ("n = 0\nfor _ in [1, 2] { n = n + 1 }\nn", "2"),
        ("n = 0\nfor k, _ in { \"a\": 1 } { n = n + length(k) }\nn", "1"),
        ("for x in [1] { x }", "null"), ("n = 0\nfor _ in [] { n = 1 }\nn", "0"),
        ("n = 0\nfor x in [1, 2, 3, 4] { if x == 3 { break }\n n = x }\nn", "2"),
        ("n = []\nfor x in [1, 2, 3] { if x == 2 { continue }\n n = push(n, x) }\nn", "[1, 3]"),
        ("for x in [1, 2] { if x == 2 { return \"early\" } }\n\"late\"", "\"early\""),
        ("x = \"before\"\nfor x in [1] { x }\nx", "\"before\""),
        (
            "n = []\nfor x in [1, 2] { for y in [3, 4] { if y == 4 { break }\n n = push(n, [x, y]) } }\nn",
            "[[1, 3], [2, 3]]"
        ),
        (
            "n = []\nfor_each([1, 2, 3]) -> |_, x| { n = push(n, x)\n if x == 2 { break } }\nn",
            "[1, 2]"
        ),
        (
            "n = 0\nfor_each([1, 2]) -> |_, x| { for_each([5, 6]) -> |_, y| { n = n + y\n break } }\nn",
            "10"
        ), ("for = 1", "for"), (".for = .break\n.continue = .in\nexists(.for)", "true"),
    ])
    func `loops go on until their end`(source: String, expected: String) {
        let result = ScriptKit.result(source)
        #expect(expected == "for" ? result.contains("E203") : result == expected)
    }

    @Test func `a loop may have no turn, and what it makes stays in it`() {
        #expect(ScriptKit.codes("x = 1\nfor _ in [] { x = \"a\" }\nupcase(x)") == [110])
        #expect(ScriptKit.codes("for y in [1] { z = y }\ny") == [701])
        #expect(ScriptKit.codes("for y in [1] { z = y }\nz") == [701])
        #expect(ScriptKit.codes("for y in [1] { upcase(y) }") == [110])
        #expect(ScriptKit.codes("for y in [1] { to_int(.a) }") == [100])
    }

    @Test func `a variable of a loop that nothing reads is told`() throws {
        #expect(try ScriptKit.warnings("for x, _y in [1] { .a = 1 }") == [900])
        #expect(try ScriptKit.warnings("for x in [1] { .a = x }") == [])
    }

    @Test func `a loop has no more steps than a script`() {
        let source = """
            n = [1, 2, 3, 4, 5, 6, 7, 8]
            for _ in n { for _ in n { for _ in n { for _ in n { for _ in n { for _ in n { for _ in n {
                for _ in n { .x = 1 }
            } } } } } } }
            """
        #expect(ScriptKit.result(source).contains("more than 1000000 steps"))
    }
}
