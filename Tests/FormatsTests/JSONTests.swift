import Basics
import Testing

@testable import Formats

@Suite("JSON") struct JSONTests {
    @Test(
        arguments: [
            ("null", .null), ("true", true), (" [1, -2 ,3.5]\n", [1, -2, 3.5]),
            (#"{"a":{"b":[]},"c":{}}"#, ["a": ["b": []], "c": [:]]),
            (#""a\n\u00e9\ud83d\ude00\/\\""#, "a\né😀/\\"), ("9223372036854775807", .int(Int64.max)),
            ("9223372036854775808", 9223372036854775808.0), ("1e3", 1000.0), ("0", 0),
            ("-0.5", -0.5),
            ("\u{FEFF}1", 1),
        ] as [(String, JSON)]
    )
    func `a text is read`(text: String, value: JSON) throws {
        #expect(try JSON.parse(text) == value)
        #expect(try PositionedTree.parseJSON(text.utf8).json == value)
    }

    @Test(arguments: [
        ("", "1:1"), ("{", "1:2"), ("[1,]", "1:4"), ("{\"a\":1,}", "1:8"), ("01", "1:2"),
        ("1 2", "1:3"), ("\"a\nb\"", "1:3"), (#""\x""#, "1:3"), ("nul", "1:1"), ("-", "1:2"),
        ("[1\n 2]", "2:2"), ("{\"é\": tru}", "1:7"), (#"{"a":1,"a":2}"#, "1:8"), ("1.", "1:3"),
        (#""\ud800""#, "1:8"), ("1e999", "1:1"), ("'a'", "1:1"), ("{a:1}", "1:2"), ("[", "1:2"),
        ("\"abc", "1:5"), ("// x", "1:1"), ("NaN", "1:1"), ("+1", "1:1"), (".5", "1:1"),
    ])
    func `a bad text is refused with its place`(text: String, place: String) {
        let error = #expect(throws: FormatError.self) { try JSON.parse(text) }
        #expect(error?.position?.description == place, "\(String(describing: error))")
        let second = #expect(throws: FormatError.self) {
            try PositionedTree.parseJSON(text.utf8)
        }
        #expect(second == error)
    }

    @Test func `invalid UTF-8 is refused`() {
        #expect(throws: FormatError.self) { try JSON.parse([0x22, 0xFF, 0x22]) }
        #expect(throws: FormatError.self) { try JSON.parse([0x22, 0xED, 0xA0, 0x80, 0x22]) }
    }

    @Test func `depth and size end at their limits`() throws {
        let deep = { String(repeating: "[", count: $0) + String(repeating: "]", count: $0) }
        _ = try JSON.parse(deep(512))
        let error = #expect(throws: FormatError.self) { try JSON.parse(deep(513)) }
        #expect(error?.description.contains("512 levels") == true)
        #expect(throws: FormatError.self) { try JSON.parse("[1]", limits: FormatLimits(bytes: 2)) }
        _ = try JSON.parse("[1]", limits: FormatLimits(bytes: 3))
    }

    @Test func `a key may stand on another line than its colon`() throws {
        let text = Array("{\"a\"\n: 1,\n \"b\"\n\n:\n2}".utf8)
        #expect(try JSON.parse(text) == ["a": 1, "b": 2])
        let tree = try PositionedTree.parseJSON(text)
        #expect(tree.position(of: "b") == Position(line: 3, column: 2))
        for parse in [
            { _ = try JSON.parse($0) }, { _ = try PositionedTree.parseJSON($0) },
        ] as [([UInt8]) throws -> Void] {
            let error = #expect(throws: FormatError.self) {
                try parse(Array("{\"a\"\n: 1,\n \"a\"\n\n: 2}".utf8))
            }
            #expect(error?.position == Position(line: 3, column: 2))
            #expect(error?.what == "the key \"a\" stands twice in one map")
        }
    }

    @Test func `positions are those of the text`() throws {
        let tree = try PositionedTree.parseJSON("{\"é\": [1,\n  {\"b\": true}]}".utf8)
        #expect(tree.position(of: FieldPath() + "é").description == "1:2")
        #expect(tree.position(of: (FieldPath() + "é")[0]).description == "1:8")
        #expect(tree.position(of: (FieldPath() + "é")[1] + "b").description == "2:4")
        #expect(tree.position(of: (FieldPath() + "é")[1] + "missing").description == "2:3")
    }

    @Test(
        arguments: [
            (
                JSON.array([1, "a\"\\\n\u{01}", 2.5, .null, true]),
                #"[1,"a\"\\\n\u0001",2.5,null,true]"#
            ),
            (["b": 1, "a": [:]], #"{"b":1,"a":{}}"#), (.double(1e21), "1e+21"), (1000.0, "1000"),
            ("é😀", "\"é😀\""),
        ] as [(JSON, String)]
    )
    func `a value is written`(value: JSON, text: String) throws {
        #expect(value.text() == text)
    }

    @Test func `pretty text is indented by four and keys may be sorted`() {
        let value: JSON = ["b": [1, 2], "a": [:], "c": []]
        #expect(
            value.text(pretty: true, sortedKeys: true) == """
                {
                    "a": {},
                    "b": [
                        1,
                        2
                    ],
                    "c": []
                }
                """
        )
    }

    @Test func `objects stay correct beyond the size that is indexed`() throws {
        var object = JSONObject()
        for number in 0..<100 { object["k\(number)"] = .int(number) }
        for number in stride(from: 0, to: 100, by: 3) { object["k\(number)"] = nil }
        object["k1"] = "one"
        #expect(object.count == 66)
        #expect(object["k3"] == nil)
        #expect(object["k98"] == 98)
        #expect(object["k1"] == "one")
        #expect(try JSON.parse(JSON.object(object).text()) == .object(object))
    }

    @Test func `values are set along a path`() {
        var value: JSON = ["list": [["a": 1]]]
        value.set("x", at: FieldPath("metadata.labels") + "a.b/c")
        value.set(2, at: (FieldPath() + "list")[0] + "a")
        value.set(nil, at: "missing.path")
        #expect(value == ["list": [["a": 2]], "metadata": ["labels": ["a.b/c": "x"]]])
        value["metadata"]?["labels"]?["a.b/c"] = nil
        #expect(value.value(at: "metadata.labels") == [:])
        value["new"]?["ignored"] = 1
        #expect(value["new"] == nil)
    }

    @Test(arguments: 0..<40)
    func `what is written reads back the same`(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        for _ in 0..<50 {
            let value = randomJSON(&random, depth: 0)
            #expect(try JSON.parse(value.bytes()) == value)
            #expect(try JSON.parse(value.bytes(pretty: true, sortedKeys: true)) == value)
            let yaml = YAML.text(of: value)
            #expect(
                try YAML.documents(in: yaml).first?.json ?? .null == value,
                "\(value)\n\(yaml)"
            )
        }
    }

    @Test func `a compact value is the same value`() {
        var random = SeededGenerator(seed: 7)
        for _ in 0..<200 {
            let value = randomJSON(&random, depth: 0)
            let compact = value.compact()
            #expect(compact == value)
            #expect(compact.bytes() == value.bytes())
            // It can be changed as before, in objects with an index too.
            guard let key = value.object?.keys.last else { continue }
            var (changed, expected) = (compact, value)
            changed[key] = 1
            expected[key] = 1
            changed["new key"] = []
            expected["new key"] = []
            #expect(changed == expected)
        }
    }

    @Test func `a compact value takes what others have given`() {
        let value: JSON = ["a": ["shared": ["x": 1]], "b": [["shared": 2]]]
        let compact = value.compact { key, _ in key == "shared" ? "twin" : nil }
        #expect(compact == ["a": ["shared": "twin"], "b": [["shared": "twin"]]])
    }
}

/// SplitMix64: the same numbers for the same seed everywhere.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

func randomJSON(_ random: inout SeededGenerator, depth: Int) -> JSON {
    switch Int.random(in: 0..<(depth < 4 ? 9 : 6), using: &random) {
    case 0: return .null
    case 1: return .bool(Bool.random(using: &random))
    case 2:
        return .int(
            Int64(truncatingIfNeeded: random.next() >> UInt64.random(in: 0..<64, using: &random))
        )
    case 3: return .double(Double(Int.random(in: -1_000_000...1_000_000, using: &random)) + 0.125)
    case 4, 5: return .string(randomText(&random))
    case 6:
        return .array(
            (0..<Int.random(in: 0..<5, using: &random)).map { _ in
                randomJSON(&random, depth: depth + 1)
            }
        )
    default:
        var object = JSONObject()
        for _ in 0..<Int.random(in: 0..<(depth == 0 ? 30 : 5), using: &random) {
            object[randomText(&random)] = randomJSON(&random, depth: depth + 1)
        }
        return .object(object)
    }
}

func randomText(_ random: inout SeededGenerator) -> String {
    let pieces = [
        "a", "B", " ", "\n", "\t", ": ", "#", " #", "-", "- ", "'", "\"", "\\", "é", "😀", "yes",
        "on",
        "1", "0x1", "null", "~", "{", "}", "[", "]", ",", "&a", "*a", "!", "|", ">", "%", "@", "`",
        "\u{01}", "\u{85}", "\u{2028}", "\u{FEFF}", "?", "? ", "---", "...", "<<", "=", "1.5",
        ".inf", "e",
        "\r", "\0",
    ]
    return (0..<Int.random(in: 0..<6, using: &random)).map { _ in
        pieces.randomElement(using: &random) ?? ""
    }.joined()
}
