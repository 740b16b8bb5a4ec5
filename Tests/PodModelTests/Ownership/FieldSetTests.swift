import Formats
import TestKit
import Testing

@testable import PodModel

@Suite("Field sets") struct FieldSetTests {
    @Test(arguments: [
        #"{}"#,
        #"{"f:data":{}}"#,
        #"{"f:data":{".":{},"f:a":{}},"f:metadata":{"f:labels":{"f:x/y":{}}}}"#,
        #"{"f:spec":{"f:containers":{"k:{\"name\":\"a\"}":{".":{},"f:image":{}}}}}"#,
        #"{"f:ports":{"k:{\"containerPort\":80,\"protocol\":\"TCP\"}":{}},"f:x":{"v:\"s\"":{},"i:2":{}}}"#,
    ])
    func `FieldsV1 is read and written`(_ text: String) throws {
        let json = try JSON.parse(text)
        let set = try FieldSet(json: json)
        #expect(set.json.text() == text)
        #expect(try FieldSet(json: set.json) == set)
    }

    @Test(arguments: [
        (#"{"x":{}}"#, "x is no step of a path; one begins with f:, k:, v: or i:"),
        (#"{"i:one":{}}"#, "i:one is no place in a list; write i: and a whole number"),
        (#"{"k:{}":{}}"#, #"k:{} names no keys; write k:{"name":"value"}"#),
        (#"{"f:a":1}"#, "fieldsV1 consists of maps, not of an integer"),
        (#"[]"#, "fieldsV1 consists of maps, not of a list"),
    ])
    func `what is no FieldsV1 is refused with its reason`(_ text: String, _ reason: String) throws {
        let json = try JSON.parse(text)
        #expect { try FieldSet(json: json) } throws: { "\($0)".contains(reason) }
    }

    @Test func `a depth without end is refused`() throws {
        var json: JSON = [:]
        for _ in 0..<200 { json = ["f:a": json] }
        #expect(throws: FormatError.self) { try FieldSet(json: json) }
    }

    private static func random(_ generator: inout SeededGenerator) -> FieldSet {
        var set = FieldSet()
        let steps: [FieldStep] = [
            .member("a"), .member("b"), .item(["name": "x"]), .value("v"), .index(1),
        ]
        for _ in 0..<Int.random(in: 0...8, using: &generator) {
            let length = Int.random(in: 1...3, using: &generator)
            set.insert(
                (0..<length).map { _ in steps.randomElement(using: &generator) ?? .index(0) }
            )
        }
        return set
    }

    @Test(arguments: 0..<50)
    func `the algebra of sets holds`(_ seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        for _ in 0..<50 {
            let (a, b) = (Self.random(&generator), Self.random(&generator))
            let (inA, inB) = (Set(a.paths), Set(b.paths))
            #expect(Set(a.union(b).paths) == inA.union(inB))
            #expect(Set(a.intersection(b).paths) == inA.intersection(inB))
            #expect(Set(a.subtracting(b).paths) == inA.subtracting(inB))
            #expect(a.isEmpty == inA.isEmpty)
            #expect(inA.allSatisfy { a.contains($0) })
            #expect(try FieldSet(json: a.json) == a)
        }
    }
}
