import Basics
import Testing

@testable import Formats

/// No text may bring a reader down: each is read, or refused with an error.
@Suite("Torture") struct TortureTests {
    static let seeds = [
        #"{"a":[1,2.5e3,"x\u00e9\ud83d\ude00",null,true],"b":{"c":"d"}}"#,
        "a: &x\n  - 1\n  - {b: c, <<: {d: e}}\nf: |-\n  text\n  more\ng: *x\nh: !!str 0x1F\n---\n- 'it''s'\n- \"q\\n\"\n",
        "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: a\n    args: [\"-c\", 'x']\n",
        "{range .items[?(@.a==\"b\")]}{.x['y','z']}{\"\\n\"}{end}{..n[1:-1:2]}",
        "[{\"op\":\"move\",\"from\":\"/a~1b/0\",\"path\":\"/c/-\"}]",
        "1.5e-3Gi 2024-05-06T07:08:09.123456789+01:30 aGVsbG8= 1h2m3.5s",
    ]

    @Test(arguments: 0..<60)
    func `no mutation of a text crashes a reader`(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed) &+ 7000)
        for _ in 0..<60 {
            var bytes = Array((Self.seeds.randomElement(using: &random) ?? "").utf8)
            for _ in 0..<Int.random(in: 1...6, using: &random) { mutate(&bytes, &random) }
            let text = String(decoding: bytes, as: UTF8.self)
            _ = try? JSON.parse(bytes)
            _ = try? PositionedTree.parseJSON(bytes)
            if let trees = try? YAML.documents(in: bytes) {
                for tree in trees { _ = YAML.text(of: tree.json) }
            }
            if let path = try? JSONPath(text) {
                _ = try? path.text(of: ["items": [["a": "b", "x": ["y": 1]]], "n": [1, 2, 3]])
            }
            if let json = try? JSON.parse(bytes) {
                let object: JSON = [
                    "a/b": [1, 2], "c": [["name": "x"]], "spec": ["containers": []],
                ]
                _ = try? JSONPatch(json).apply(to: object)
                _ = MergePatch.apply(json, to: object)
                _ = try? StrategicMergePatch().apply(json, to: object)
            }
            for word in text.split(separator: " ") {
                _ = try? Quantity(String(word))
                _ = Timestamp(rfc3339: String(word))
                _ = Duration(text: String(word))
                _ = Base64.decode(String(word))
            }
        }
    }

    private func mutate(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
        guard !bytes.isEmpty else { return }
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: bytes.remove(at: place)
        case 1: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 2:
            bytes.insert(
                Array("{}[]:,'\"&*!|>-?#%@\n\t \\~.0e".utf8).randomElement(using: &random) ?? 0,
                at: place
            )
        case 3: bytes.removeLast(bytes.count - place)
        default:
            let end = Int.random(in: place..<bytes.count, using: &random)
            bytes.insert(contentsOf: bytes[place...end], at: place)
        }
    }

    @Test func `times and quantities hold at their ends`() throws {
        #expect(try Quantity("9223372036854775807.9").text == "9223372036854775807")
        #expect(try Quantity("-9223372036854775807Ei").value == -.max)
        #expect(try Quantity("0.0000000000000000000000000001Ki").text == "1n")
        #expect(try Quantity(String(repeating: "9", count: 200)).value == .max)
        #expect(throws: FormatError.self) { try Quantity(String(repeating: "9", count: 201)) }
        #expect(Timestamp(nanoseconds: .min).rfc3339Nano == "1677-09-21T00:12:43.145224192Z")
        #expect(Timestamp(nanoseconds: .max).rfc3339Nano == "2262-04-11T23:47:16.854775807Z")
        #expect(Timestamp(rfc3339: "2262-04-11T23:47:17Z") == nil)
        #expect(Duration.seconds(Int64.max).humanText.hasSuffix("y"))
    }
}
