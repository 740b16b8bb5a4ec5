import Basics
import Testing

@testable import Formats

@Suite("YAML") struct YAMLTests {
    @Test(
        arguments: [
            (
                "a: yes\nb: on\nc: 'true'\nd: true",
                ["a": "yes", "b": "on", "c": "true", "d": true]
            ),
            (
                "a: 0644\nb: 0x1F\nc: 0o17\nd: 1_000\ne: -5\nf: +7\ng: 0b101",
                ["a": 420, "b": 31, "c": 15, "d": 1000, "e": -5, "f": 7, "g": 5]
            ),
            (
                "a: 1.5\nb: 1e3\nc: .5\nd: 1.\ne: 08",
                ["a": 1.5, "b": 1000.0, "c": 0.5, "d": 1.0, "e": 8.0]
            ),
            ("a:\nb: ~\nc: null\nd: ''", ["a": .null, "b": .null, "c": .null, "d": ""]),
            (
                "a: 2001-12-14\nb: 12:30:45\nc: 1.2.3\nd: 1Gi\ne: -x\nf: 500m",
                [
                    "a": "2001-12-14", "b": "12:30:45", "c": "1.2.3", "d": "1Gi", "e": "-x",
                    "f": "500m",
                ]
            ),
            (
                "a: &x {p: 1, q: 2}\nb: *x\nc: {<<: *x, q: 3}",
                ["a": ["p": 1, "q": 2], "b": ["p": 1, "q": 2], "c": ["q": 3, "p": 1]]
            ),
            (
                "a: &x {p: 1}\nb: &y {p: 2, r: 4}\nc:\n  <<: [*x, *y]\n",
                ["a": ["p": 1], "b": ["p": 2, "r": 4], "c": ["p": 1, "r": 4]]
            ),
            (
                "a: |\n  x\n  y\nb: |-\n  x\nc: |+\n  x\n\nd: >\n  x\n  y\n",
                ["a": "x\ny\n", "b": "x", "c": "x\n\n", "d": "x y\n"]
            ),
            ("1: a\ntrue: b\nyes: c\n0x10: d", ["1": "a", "true": "b", "yes": "c", "0x10": "d"]),
            (
                "a: !!str 1\nb: !!int '2'\nc: !!bool yes\nd: ! 3\ne: !!float 4",
                ["a": "1", "b": 2, "c": true, "d": "3", "e": 4.0]
            ),
            ("- 1\n- - 2\n- {a: [b]}", [1, [2], ["a": ["b"]]]),
            ("{a: b}", ["a": "b"]), ("{\"a\":\t1}", ["a": 1]),
            ("\u{FEFF}a: 1\r\nb: 2\r\n", ["a": 1, "b": 2]),
            ("a: 18446744073709551615", ["a": 18446744073709551615.0]),
        ] as [(String, JSON)]
    )
    func `a document is read as Kubernetes reads it`(text: String, value: JSON) throws {
        #expect(try YAML.parse(text) == value)
    }

    @Test(arguments: [
        ("a: 1\na: 2", "2:1", "twice"), ("a:\n\t- b", "2:1", "spaces"), ("a: b: c", "1:5", "quote"),
        ("a: [1", "2:1", ""), ("a: *x", "1:4", "anchor"), ("a: .inf", "1:4", "finite"),
        ("a: .nan", "1:4", "finite"), ("a: !!binary aGk=", "1:4", "tag"),
        ("a: !foo b", "1:4", "tag"),
        ("{a: 1, [b]: 2}", "1:8", "key"), ("a: 1\n b: 2", "2:3", ""), ("a: \"x", "1:6", "close"),
        ("a: &x [*x]", "1:8", "anchor"), ("<<: 1", "1:1", "merge"), ("a: @x", "1:4", "quotes"),
        ("é: 1\né: 2", "2:1", "twice"), ("a: !!int x", "1:4", "integer"),
        ("{\"a\": 1, \"a\": 2}", "1:10", "twice"), ("- a\nb: 1", "2:1", ""),
    ])
    func `a bad document is refused with its place`(text: String, place: String, hint: String) {
        let error = #expect(throws: FormatError.self) { try YAML.documents(in: text) }
        #expect(error?.position?.description == place, "\(String(describing: error))")
        #expect(
            hint.isEmpty || error?.description.contains(hint) == true,
            "\(String(describing: error))"
        )
    }

    @Test func `bytes that are not text are refused`() {
        let error = #expect(throws: FormatError.self) {
            try YAML.documents(in: [0x61, 0x0A, 0xFF, 0xFE])
        }
        #expect(error?.position == Position(line: 2, column: 1))
        #expect(throws: FormatError.self) { try YAML.documents(in: "a: \u{01}") }
    }

    @Test func `streams hold several documents, empty ones are skipped`() throws {
        let text = "# first\n---\na: 1\n---\n---\n# nothing\n---\nnull\n...\n---\nb: 2\n"
        let trees = try YAML.documents(in: text)
        #expect(trees.map(\.json) == [["a": 1], ["b": 2]])
        #expect(trees.map(\.position.line) == [3, 11])
        #expect(try YAML.documents(in: "{\"a\":1}\n{\"b\":2}").map(\.json) == [["a": 1], ["b": 2]])
        #expect(try YAML.documents(in: "").isEmpty)
        #expect(throws: FormatError.self) { try YAML.parse("a\n---\nb") }
    }

    @Test func `a billion laughs are refused quickly`() {
        var text = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n"
        for level in 1..<30 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(aliases)]\n"
        }
        let error = #expect(throws: FormatError.self) { try YAML.documents(in: text) }
        #expect(error?.description.contains("aliases") == true)
        #expect(error?.position != nil)
    }

    @Test func `a long text counts when an alias repeats it`() {
        let text =
            "a: &a \"" + String(repeating: "x", count: 64_000) + "\"\nb: ["
            + Array(repeating: "*a", count: 200).joined(separator: ",") + "]"
        #expect(throws: FormatError.self) { try YAML.documents(in: text) }
    }

    @Test func `depth ends at its limit`() throws {
        let deep = { (levels: Int) in
            "a: " + String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
        }
        _ = try YAML.documents(in: deep(511))
        let error = #expect(throws: FormatError.self) { try YAML.documents(in: deep(512)) }
        #expect(error?.what.contains("deep") == true)
        #expect(throws: FormatError.self) {
            try YAML.documents(in: String(repeating: "[", count: 200_000))
        }
    }

    @Test func `a text beyond the size limit says so`() {
        let big = [UInt8](repeating: UInt8(ascii: "#"), count: 10_000_000)
        let error = #expect(throws: FormatError.self) { try YAML.documents(in: big) }
        #expect(error?.description.contains("10000000 bytes") == true)
    }

    @Test func `a scalar keeps its text and its boolean meaning`() throws {
        let tree = try #require(try YAML.documents(in: "a: yes\nb: 'no'\nc: 1.0\nd: OFF").first)
        #expect(tree["a"]?.scalar?.bool == true)
        #expect(tree["b"]?.scalar?.bool == nil)
        #expect(tree["c"]?.scalar?.text == "1.0")
        #expect(tree["d"]?.scalar?.bool == false)
    }

    @Test func `positions lead to keys and elements`() throws {
        let text = "spec:\n  containers:\n  - name: web\n    image: x\n"
        let tree = try #require(try YAML.documents(in: text).first)
        let path = FieldPath("spec.containers")[0] + "image"
        #expect(tree.position(of: path).description == "4:5")
        #expect(tree.position(of: FieldPath("spec.containers")[0] + "nope").description == "3:5")
        #expect(tree.position(of: FieldPath("spec.containers")[0]).description == "3:5")
        #expect(tree.position(of: "metadata.name").description == "1:1")
    }

    @Test(arguments: [
        ("2024-05-06T07:08:09Z", true), ("2024-05-06", true), ("2024-5-6 1:2:3", true),
        ("12:30", true),
        ("8080:59", true), ("8080:80", false), ("-1:2:3.5", true), ("0644", true), ("1e3", true),
        ("y", true),
        ("Off", true), ("NULL", true), ("2024-05", false), ("10.0.0.1", false), ("1Gi", false),
        ("a:1", false),
        ("2024-05-06x", false), ("nginx:1.25", false), ("10.0.0.1:80", false), ("500m", false),
        ("v1", false),
    ])
    func `strings that other readers take for something else are quoted`(
        text: String,
        isQuoted: Bool
    ) {
        #expect(YAML.text(of: .string(text)) == (isQuoted ? "\"\(text)\"\n" : "\(text)\n"))
    }

    @Test func `what kubectl prints is written alike`() throws {
        let value: JSON = [
            "b": ["x", ["n": 1, "m": ["k"]], []],
            "a": ["t": "true", "e": "", "s": "a: b", "q": "it's"],
            "text": "one\ntwo\n", "keep": "x\n\n", "strip": "x\ny", "lead": "  x\ny\n",
            "tab": "a\tb\nc",
            "star": "*", "n": .null, "num": "1.0", "on": "yes", "plain": "http://x:80/a#b",
            "d": 1.5,
            "empty": [:], "nested": [[1, 2], [[3]]],
        ]
        #expect(
            YAML.text(of: value) == #"""
                a:
                  e: ""
                  q: it's
                  s: 'a: b'
                  t: "true"
                b:
                - x
                - m:
                  - k
                  "n": 1
                - []
                d: 1.5
                empty: {}
                keep: |+
                  x

                lead: |2
                    x
                  y
                "n": null
                nested:
                - - 1
                  - 2
                - - - 3
                num: "1.0"
                "on": "yes"
                plain: http://x:80/a#b
                star: '*'
                strip: |-
                  x
                  y
                tab: "a\tb\nc"
                text: |
                  one
                  two

                """#
        )
    }
}
