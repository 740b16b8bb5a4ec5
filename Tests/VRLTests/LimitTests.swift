import LogFuzzSubjects
import Records
import TestKit
import Testing

@testable import VRL

/// What no script can do: run for ever, fill the memory, break the program.
@Suite("VRL limits") struct LimitTests {
    @Test func `the corpus of the fuzzer and its mutations break nothing`() throws {
        for bytes in try Corpora.inputs("VRL", mutations: 12) { fuzzVRL(bytes) }
    }

    @Test(arguments: [
        "x = [1]\nfor_each(l) -> |_, _| { x = [x, x] }",
        "s = \"ab\"\nfor_each(l) -> |_, _| { s = s + s }",
        "for_each(l) -> |_, _| { .d = . }", "x = []\nfor_each(l) -> |_, _| { x = [x] }",
        "x = [1]\nfor_each(l) -> |_, _| { x = push(x, x) }",
        "x = {}\nfor_each(l) -> |_, _| { x.a = x; x.b = x }",
        "for_each(l) -> |_, _| { for_each(l) -> |_, _| { for_each(l) -> |_, _| { for_each(l) -> |_, _| { null } } } }",
        "\"x\" * 9000000000", "x = \"ab\" * 16000000\nx * 2",
    ])
    func `a script that grows is stopped`(source: String) throws {
        let list = "l = [" + (0..<200).map(String.init).joined(separator: ", ") + "]\n"
        let result = ScriptKit.result(list + source)
        #expect(
            ["steps", "nested more than", "longer than"].contains { result.contains($0) },
            "\(result.prefix(200))"
        )
    }

    @Test(arguments: ["(", "[", "{", "!", "{\"a\": ", "if true { ", "upcase(", "a = ", "1 + "])
    func `nesting has a limit`(piece: String) {
        let source = String(repeating: piece, count: 20_000)
        #expect(ScriptKit.codes(source) == [203])
    }

    @Test func `long chains have a limit as well`() {
        let chain = Array(repeating: "1", count: 5000).joined(separator: " + ")
        #expect(ScriptKit.codes(chain) == [203])
        let short = Array(repeating: "1", count: 100).joined(separator: " + ")
        #expect(ScriptKit.result(short) == "100")
    }

    @Test func `many branches are no nesting`() {
        let branches = (0..<2000).map { "if .a == \($0) { \($0) }" }.joined(separator: " else ")
        #expect(ScriptKit.result(branches, .object(["a": .integer(1999)])) == "1999")
    }

    @Test func `what ends a script at a limit cannot be handled`() {
        let list = "l = [" + (0..<200).map(String.init).joined(separator: ", ") + "]\n"
        let source =
            list
            + "x, err = map_values(l) -> |v| { y = [v]\n for_each(l) -> |_, _| { y = [y, y] }\n"
            + " to_int(y[0]) }\n\"went on\""
        #expect(ScriptKit.result(source).contains("steps"))
    }
}
