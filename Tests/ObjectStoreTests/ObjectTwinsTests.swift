import Formats
import Testing

@testable import ObjectStore

@Suite("What objects say alike") struct ObjectTwinsTests {
    private func object(_ name: String, _ field: String) -> JSON {
        [
            "metadata": [
                "name": .string(name),
                "managedFields": [
                    ["manager": .string(name), "fieldsV1": ["f:data": [field: [:]]]]
                ],
            ],
            "data": [field: "x"],
        ]
    }

    @Test func `objects stay what they are, however many kinds of owners come`() {
        var twins = ObjectTwins()
        for round in 0..<2 {
            for number in 0..<3000 {
                let whole = object("n\(round)", "f:\(number % 1500)")
                #expect(twins.compact(whole) == whole)
            }
        }
    }

    @Test func `a change of one leaves its twin alone`() {
        var twins = ObjectTwins()
        let first = twins.compact(object("a", "f:x"))
        var second = twins.compact(object("b", "f:x"))
        second["metadata"]?["managedFields"] = [["fieldsV1": [:]]]
        #expect(first == object("a", "f:x"))
        #expect(twins.compact(object("c", "f:x")) == object("c", "f:x"))
    }
}
