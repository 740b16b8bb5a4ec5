import LogFuzzSubjects
import TestKit
import Testing

@Suite("Delivery under wrong bytes") struct DeliveryFuzzTests {
    @Test(
        arguments: [
            ("BulkAnswer", fuzzBulkAnswer), ("LogBuffer", fuzzLogBuffer),
        ] as [(String, @Sendable ([UInt8]) -> Void)]
    )
    func `never traps`(_ name: String, _ subject: @Sendable ([UInt8]) -> Void) throws {
        for bytes in try Corpora.inputs(name, mutations: 1000) { subject(bytes) }
    }
}
