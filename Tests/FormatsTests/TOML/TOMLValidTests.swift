import Basics
import Testing

@testable import Formats

@Suite("TOML that is read") struct TOMLValidTests {
    @Test(
        arguments: [
            ("", [:]), ("# nothing\n", [:]), ("\n\n  \t\n", [:]), ("\u{FEFF}a = 1", ["a": 1]),
            ("a = 1\r\nb = 2\r\n", ["a": 1, "b": 2]), ("a=1#x", ["a": 1]),
            ("a = 1 # the first\n# the second\nb = 2", ["a": 1, "b": 2]),
        ] as [(String, JSON)]
    )
    func `lines and comments`(text: String, value: JSON) throws {
        #expect(try TOML.document(in: text).json == value)
    }

    @Test(
        arguments: [
            ("bare_key-1 = 1", ["bare_key-1": 1]), ("1234 = 1", ["1234": 1]),
            ("\"a b\" = 1", ["a b": 1]), ("'a\"b' = 1", ["a\"b": 1]), ("\"\" = 1", ["": 1]),
            ("\"a\\tb\" = 1", ["a\tb": 1]), ("ʎ = 1", nil), ("\"ʎ\" = 1", ["ʎ": 1]),
            ("a.b.c = 1", ["a": ["b": ["c": 1]]]), ("a . b = 1", ["a": ["b": 1]]),
            ("a.\"b.c\".d = 1", ["a": ["b.c": ["d": 1]]]), ("3.14 = 1", ["3": ["14": 1]]),
            ("a.b = 1\na.c = 2", ["a": ["b": 1, "c": 2]]),
            ("a.x = 1\nb.x = 2\na.y = 3", ["a": ["x": 1, "y": 3], "b": ["x": 2]]),
            ("true = 1\ninf = 2", ["true": 1, "inf": 2]), ("A = 1\na = 2", ["A": 1, "a": 2]),
        ] as [(String, JSON?)]
    )
    func `keys`(text: String, value: JSON?) throws {
        #expect((try? TOML.document(in: text).json) == value)
    }

    @Test(
        arguments: [
            ("0", 0), ("+0", 0), ("-0", 0), ("42", 42), ("-17", -17), ("+99", 99),
            ("1_000", 1000), ("5_349_221", 5_349_221), ("1_2_3", 123), ("0xDEADBEEF", 0xDEAD_BEEF),
            ("0xdead_beef", 0xDEAD_BEEF), ("0o755", 0o755), ("0o01234567", 0o1234567),
            ("0b11010110", 0b1101_0110), ("0x00", 0),
            ("9223372036854775807", 9_223_372_036_854_775_807),
            ("-9223372036854775808", .int(Int64.min)), ("1.5", 1.5), ("+1.0", 1.0),
            ("-0.01", -0.01),
            ("5e+22", 5e22), ("1e06", 1e6), ("-2E-2", -0.02), ("6.626e-34", 6.626e-34),
            ("224_617.445_991_228", 224_617.445991228), ("1e1_0", 1e10), ("0.0", 0.0), ("0e0", 0.0),
            ("true", true), ("false", false), ("inf", "inf"), ("-inf", "-inf"), ("nan", "nan"),
            ("+nan", "+nan"),
        ] as [(String, JSON)]
    )
    func `numbers and words`(text: String, value: JSON) throws {
        #expect(try TOML.document(in: "a = \(text)\n").json == ["a": value])
    }

    @Test(arguments: [
        "1979-05-27T07:32:00Z", "1979-05-27T00:32:00-07:00", "1979-05-27T00:32:00.999999-07:00",
        "1979-05-27 07:32:00Z", "1979-05-27t07:32:00z", "1979-05-27T07:32:00",
        "1979-05-27T00:32:00.999999", "1979-05-27 07:32:00", "1979-05-27", "07:32:00",
        "00:32:00.999999", "2000-02-29", "2024-02-29", "1990-12-31T23:59:60Z", "0001-01-01",
    ])
    func `times stay as they were written`(text: String) throws {
        let tree = try TOML.document(in: "a = \(text) # when\nb = 1")
        #expect(tree.json == ["a": .string(text), "b": 1])
        #expect(tree["a"]?.scalar?.isPlain == true)
    }

    @Test(
        arguments: [
            (#""""#, ""), (#""a b""#, "a b"), (#""\b\t\n\f\r\"\\""#, "\u{8}\t\n\u{C}\r\"\\"),
            (#""\u00E9\U0001F600""#, "é😀"), ("\"# none\"", "# none"), ("\"\t\"", "\t"),
            (#"''"#, ""), (#"'C:\Users\n'"#, #"C:\Users\n"#), (#"'"quoted"'"#, "\"quoted\""),
            ("\"\"\"a\nb\"\"\"", "a\nb"), ("\"\"\"\na\n\"\"\"", "a\n"), ("\"\"\"\"\"\"", ""),
            ("\"\"\"\r\na\r\nb\"\"\"", "a\nb"), ("\"\"\"a \\\n   \n  b\"\"\"", "a b"),
            ("\"\"\"a\\  \n b\"\"\"", "ab"), ("\"\"\"\\\n  \"\"\"", ""),
            ("\"\"\"\"a\"\" \"\"b\"\"\"\"\"", "\"a\"\" \"\"b\"\""), (#""""a \\ b""""#, #"a \ b"#),
            (#""""a \"""b""""#, #"a """b"#), ("'''\n\\d+\n'''", "\\d+\n"), ("'''''a''''b''''", nil),
            ("'''a''b'''", "a''b"), ("''''a'''''", "'a''"), ("'''\r\na\r\n'''", "a\n"),
        ] as [(String, String?)]
    )
    func `texts`(text: String, value: String?) throws {
        let read = try? TOML.document(in: "a = \(text)\n")
        #expect(read?["a"]?.scalar?.value.string == value)
        if value != nil { #expect(read?["a"]?.scalar?.isPlain == false) }
    }

    @Test(
        arguments: [
            ("a = []", ["a": []]), ("a = [ ]", ["a": []]), ("a = [1,2]", ["a": [1, 2]]),
            ("a = [1,2,]", ["a": [1, 2]]), ("a = [[1],[\"x\"]]", ["a": [[1], ["x"]]]),
            ("a = [ # one\n 1, # two\n\n 2 # three\n, ]", ["a": [1, 2]]),
            ("a = [\r\n 'x',\r\n]", ["a": ["x"]]),
            ("a = [1, \"x\", 1.5, true]", ["a": [1, "x", 1.5, true]]),
            ("a = {}", ["a": [:]]), ("a = { b = 1, c = 'x' }", ["a": ["b": 1, "c": "x"]]),
            ("a = {b.c = 1, b.d = 2}", ["a": ["b": ["c": 1, "d": 2]]]),
            ("a = [{b = 1}, {c = 2}]", ["a": [["b": 1], ["c": 2]]]),
            ("a = {b = {c = {}}}", ["a": ["b": ["c": [:]]]]),
            ("a = {b = [1,\n2]}", ["a": ["b": [1, 2]]]),
        ] as [(String, JSON)]
    )
    func `lists and braces`(text: String, value: JSON) throws {
        #expect(try TOML.document(in: text).json == value)
    }

    @Test(
        arguments: [
            ("[a]", ["a": [:]]), ("[a.b.c]", ["a": ["b": ["c": [:]]]]),
            ("[ a . 'b.c' ]", ["a": ["b.c": [:]]]),
            ("[a]\nx = 1\n[b]\nx = 2", ["a": ["x": 1], "b": ["x": 2]]),
            ("[a.b]\nx = 1\n[a]\ny = 2", ["a": ["b": ["x": 1], "y": 2]]),
            (
                "x = 0\n[a]\nb.c = 1\n[a.b.d]\ne = 2",
                ["x": 0, "a": ["b": ["c": 1, "d": ["e": 2]]]]
            ),
            ("[a.b.c]\nz = 1\n[a]\nb.x = 2", ["a": ["b": ["c": ["z": 1], "x": 2]]]),
            ("[[a]]\n[[a]]\nx = 1", ["a": [[:], ["x": 1]]]),
            (
                "[[a]]\nx = 1\n[a.b]\ny = 2\n[[a]]\n[a.b]\ny = 3",
                ["a": [["x": 1, "b": ["y": 2]], ["b": ["y": 3]]]]
            ),
            ("[[a]]\n[[a.b]]\nx = 1\n[[a.b]]\nx = 2", ["a": [["b": [["x": 1], ["x": 2]]]]]),
            ("[[a.b]]\nx = 1\n[a]\ny = 2", ["a": ["b": [["x": 1]], "y": 2]]),
            ("[a] # table\nx = 1", ["a": ["x": 1]]),
            (
                "[sinks.es]\nencoding.codec = 'json'\nencoding.except_fields = ['a']\nbatch.max_events = 10",
                [
                    "sinks": [
                        "es": [
                            "encoding": ["codec": "json", "except_fields": ["a"]],
                            "batch": ["max_events": 10],
                        ]
                    ]
                ]
            ),
        ] as [(String, JSON)]
    )
    func `tables`(text: String, value: JSON) throws {
        #expect(try TOML.document(in: text).json == value)
    }

    @Test func `every key and value has its place`() throws {
        let tree = try TOML.document(
            in:
                "# é\n[sources.app]\n  type = \"file\"\nread.\"é\".b = [1,\n  22]\n[[tests]]\nx = {y = 1}\n"
        )
        let places: [(FieldPath, Position)] = [
            ("sources", Position(line: 2, column: 2)),
            ("sources.app", Position(line: 2, column: 10)),
            ("sources.app.type", Position(line: 3, column: 3)),
            ("sources.app.read", Position(line: 4, column: 1)),
            ("sources.app.read.é", Position(line: 4, column: 6)),
            ("sources.app.read.é.b", Position(line: 4, column: 10)),
            (FieldPath("sources.app.read.é.b")[1], Position(line: 5, column: 3)),
            ("tests", Position(line: 6, column: 3)),
            (FieldPath("tests")[0], Position(line: 6, column: 1)),
            (FieldPath("tests")[0] + "x" + "y", Position(line: 7, column: 6)),
        ]
        for (path, position) in places {
            #expect(tree.position(of: path) == position, "\(path)")
        }
        #expect(tree["sources"]?["app"]?["type"]?.position == Position(line: 3, column: 10))
    }
}
