import Records
import Testing

@testable import VRL

/// Scripts with functions of the library: what VRL's own tests show, in other words.
@Suite("VRL with its library") struct WholeLanguageTests {
    private func result(_ source: String, _ event: Value = .object([:])) -> String {
        do {
            let program = try Program(compiling: source, event: .any, zone: "UTC")
            var event = event
            var metadata = Value.object([:])
            return try program.run(&event, metadata: &metadata, ScriptKit.surroundings).vrl
        } catch {
            return "\(error)"
        }
    }

    private static let operands: [(source: String, kind: String)] = [
        ("1", "integer"), ("1.0", "float"), ("\"foo\"", "string"), ("true", "boolean"),
        ("null", "null"), ("[]", "array"), ("{}", "object"), ("r'foo'", "regex"),
        ("t'2024-01-02T03:04:05Z'", "timestamp"),
    ]

    /// Which kinds an operator takes together.
    private func isTaken(_ operation: String, _ left: String, _ right: String) -> Bool {
        let numbers = ["integer", "float"]
        if numbers.contains(left), numbers.contains(right) { return true }
        switch operation {
        case "+":
            return [("string", "string"), ("string", "null"), ("null", "string")]
                .contains { $0 == (left, right) }
        case "*":
            return [("string", "integer"), ("integer", "string")].contains { $0 == (left, right) }
        case "<": return left == right && ["string", "timestamp"].contains(left)
        default: return false
        }
    }

    @Test(arguments: [
        ("+", "can't add type RIGHT to LEFT"), ("-", "can't subtract type RIGHT from LEFT"),
        ("*", "can't multiply type LEFT by RIGHT"), ("/", "can't divide type LEFT by RIGHT"),
        ("<", "can't compare LEFT < RIGHT"),
    ])
    func `operators refuse what they do not take`(operation: String, text: String) {
        for left in Self.operands {
            for right in Self.operands {
                let source = "\(left.source) \(operation) \(right.source)"
                let caught = result("x, err = \(source)\nerr")
                if isTaken(operation, left.kind, right.kind) {
                    #expect(caught.contains("E104"), "\(source) cannot fail")
                } else {
                    let expected = text.replacing("LEFT", with: left.kind)
                        .replacing("RIGHT", with: right.kind)
                    #expect(caught == "\"\(expected)\"", "\(source)")
                    #expect(result("\(source) ?? \"no\"") == "\"no\"")
                }
            }
        }
    }

    @Test(arguments: [
        ("type_def({abort})", "{ \"never\": true }"),
        ("type_def({if false {abort} else {\"string\"}})", "{ \"bytes\": true }"),
        ("type_def({{} | {abort}})", "{ \"object\": {  } }"),
        ("type_def({ if false {abort} })", "{ \"null\": true }"),
        (
            "type_def({\n x = \"s\"\n if false {\n abort\n } else {\n x = 3\n }\n x\n})",
            "{ \"bytes\": true, \"integer\": true }"
        ),
        (
            ". = {}\n.test1 = {\"a\": 5, \"b\": 6}\ndel(.test1.a)\ntype_def(.test1.b)",
            "{ \"integer\": true }"
        ),
        (
            ". = {}\n.a = {\"b\": 5, \"c\": 6}\ndel(.a.b)\ntype_def(.)",
            "{ \"object\": { \"a\": { \"object\": { \"c\": { \"integer\": true } } } } }"
        ),
        (". = 3\ndel(.).x\ntype_def(.)", "{ \"null\": true }"),
        (
            "type_def({_x, _err = push(if true {null} else { [] }, 1)})",
            "{ \"array\": { \"0\": { \"integer\": true } }, \"bytes\": true }"
        ),
        ("x = push([\"a\"], 1)\ntype_def(x[1])", "{ \"integer\": true }"),
        ("type_def(append([\"a\"], [1])[1])", "{ \"integer\": true }"),
        ("x = append([1], array(.a) ?? [])\ntype_def(x[0])", "{ \"integer\": true }"),
        ("type_def(slice!([1, \"a\"], 1)[0])", "{ \"bytes\": true }"),
        (
            "type_def(slice!([1, \"a\"], 0, 1)[0])",
            "{ \"bytes\": true, \"integer\": true, \"null\": true }"
        ),
        (".a = 1\ntype_def(.a)", "{ \"integer\": true }"), ("type_def(.b)", "{ \"any\": true }"),
        ("x = [1, \"a\"]\ntype_def(x[1])", "{ \"bytes\": true }"),
        ("type_def(1 / 2)", "{ \"float\": true }"),
        ("type_def(1 / .a)", "{ \"fallible\": true, \"float\": true }"),
        ("type_def(true || 1)", "{ \"boolean\": true }"),
        (
            "x = if true { 1 } else { \"a\" }\ntype_def(x || false)",
            "{ \"bytes\": true, \"integer\": true }"
        ),
    ])
    func `types follow the script`(source: String, expected: String) {
        #expect(result(source) == expected)
    }

    @Test(arguments: [
        (
            "strings = []\nfor_each(object!(.)) -> |key, value| { strings = push(strings, key + \"=\" + encode_json(value)) }\n\"{\" + join(strings, \",\") + \"}\"",
            #""{key1=\"value1\",key2=\"value2\"}""#
        ),
        (
            "replace_with(\"this is a test\", r'(?i)test') -> |_m| {\n    assert!(false, \"failed to parse\")\n    \"TEST\"\n}",
            "function call error for \"replace_with\" at (0:104): function call error for \"assert\" at (58:91): failed to parse"
        ),
        (
            "v1 = \"foo\"\nv1 = 1\n_x = ceil(v1)\nv2 = [\"true\"]\nv2 = [0]\n_x = ceil(v2[0])\nv3 = [\"true\"]\nv3[0] = 0\n_x = ceil(v3[0])\nv4 = [\"true\"]\nv4[1] = 0\n_x = upcase(v4[0])\n[v1, v2, v3, v4]",
            "[1, [0], [0], [\"true\", 0]]"
        ),
        (".foo = \"bar\"\n.foo, _err = to_string(.zoo)\n.foo = upcase(.foo)\n.foo", "\"\""),
    ])
    func `scripts of VRL's own tests`(source: String, expected: String) {
        let event = Value.object(["key1": .text("value1"), "key2": .text("value2")])
        #expect(result(source, event) == expected)
    }

    @Test func `the script of the seed`() throws {
        let program = try Program(
            compiling: """
                . = parse_regex!(.message, r'^(?P<timestamp>\\S+) (?P<level>\\w+) (?P<message>.*)$')
                .timestamp = parse_timestamp!(.timestamp, "%Y-%m-%dT%H:%M:%S")
                """,
            zone: "UTC"
        )
        var event = Value.object(["message": .text("2024-01-02T03:04:05 INFO hello")])
        var metadata = Value.object([:])
        _ = try program.run(&event, metadata: &metadata, ScriptKit.surroundings)
        #expect(
            event.vrl
                == #"{ "level": "INFO", "message": "hello", "timestamp": t'2024-01-02T03:04:05Z' }"#
        )
    }
}
