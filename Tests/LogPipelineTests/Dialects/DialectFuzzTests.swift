import LogFuzzSubjects
import TestKit
import Testing

@Suite("Readers under wrong configurations") struct DialectFuzzTests {
    @Test(
        arguments: [
            ("FluentBit", fuzzFluentBit), ("Fluentd", fuzzFluentd), ("Shell", fuzzShell),
            ("Vector", fuzzVector), ("OwnLogs", fuzzOwnLogs),
        ] as [(String, @Sendable ([UInt8]) -> Void)]
    )
    func `never trap and always say why`(
        _ name: String,
        _ subject: @Sendable ([UInt8]) -> Void
    ) throws {
        for bytes in try Corpora.inputs(name, mutations: 100) { subject(bytes) }
    }
}
