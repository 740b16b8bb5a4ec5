import Records
import Testing

@testable import VRL

@Suite("VRL console") struct ConsoleTests {
    private func run(_ source: String, _ lines: [String], showsEvent: Bool = false) throws
        -> [String]
    {
        let program = try Program(compiling: source, library: ScriptKit.library, event: .any)
        let console = EventLines(program, ScriptKit.surroundings, showsEvent: showsEvent)
        return lines.map { line in
            let outcome = console.run(Array(line.utf8).span)
            return (outcome.isError ? "! " : "") + outcome.text
        }
    }

    @Test func `each line is an event of its own`() throws {
        #expect(
            try run(".b = .a\n.b", [#"{"a": 1}"#, #"{"a": "x"}"#, "{}", "5"])
                == ["1", "\"x\"", "null", "null"]
        )
        #expect(
            try run(".b = .a", [#"{"a": 1}"#, "{"], showsEvent: true)
                == [
                    "{ \"a\": 1, \"b\": 1 }",
                    "! parse error: EOF while parsing an object at line 1 column 1",
                ]
        )
    }

    @Test func `a line whose script fails is an error, and the next one goes on`() throws {
        #expect(
            try run("upcase!(.a)", [#"{"a": 1}"#, #"{"a": "x"}"#])
                == [
                    "! function call error for \"upcase\" at (0:11): expected string, got integer",
                    "\"X\"",
                ]
        )
    }

    @Test func `a conversation knows its variables and events`() {
        let talk = REPL(
            events: [.object(["n": .integer(1)]), .object(["n": .integer(2)])],
            ScriptKit.surroundings,
            library: ScriptKit.library
        )
        #expect(talk.answer("x = 5") == "5\n")
        #expect(talk.answer("x + 1") == "6\n")
        #expect(talk.answer(".n") == "1\n")
        #expect(talk.answer(".m = x") == "5\n")
        #expect(talk.answer("next") == "{ \"n\": 2 }\n")
        #expect(talk.answer("prev") == "{ \"m\": 5, \"n\": 1 }\n")
        #expect(talk.answer("y").contains("error[E701]"))
        #expect(talk.answer("1 +").contains("error[E204]"))
        #expect(talk.answer("fail!(\"no\")").hasSuffix(": no\n"))
        #expect(talk.answer("help functions").contains("upcase\n"))
        #expect(talk.answer("") == "")
        #expect(!talk.isOver)
        #expect(talk.answer("exit") == "")
        #expect(talk.isOver)
    }

    @Test(arguments: [
        ("true", "{}", true), (".a == 1", #"{"a": 1}"#, true), (".a == 1", #"{"a": 2}"#, false),
        ("abort", "{}", false), ("upcase!(.a) == \"X\"", #"{"a": 1}"#, false),
        ("exists(.a) && .a != null", #"{"a": 0}"#, true),
    ])
    func `conditions decide`(source: String, event: String, expected: Bool) throws {
        let condition = try Condition(compiling: source, library: ScriptKit.library)
        let value = try JSONReader.value(Array(event.utf8).span)
        #expect(
            condition.holds(for: value, metadata: .object([:]), ScriptKit.surroundings) == expected
        )
    }

    @Test(arguments: [".a", "1", "\"true\"", "if .a == 1 { true }", "return 5\ntrue"])
    func `a condition that may be no boolean is refused`(source: String) {
        do throws(CompileError) {
            _ = try Condition(compiling: source, library: ScriptKit.library)
            Issue.record("it compiles")
        } catch {
            #expect(error.diagnostics.map(\.code) == [102])
        }
    }
}
