import RolesFuzzSubjects
import TestKit
import Testing

@Suite("Metrics under wrong bytes") struct MetricsFuzzTests {
    @Test(
        arguments: [
            ("MetricsText", fuzzMetricsText), ("StatsD", fuzzStatsD),
            ("MetricsRounds", fuzzMetricsRounds),
        ] as [(String, @Sendable ([UInt8]) -> Void)]
    )
    func `never traps`(_ name: String, _ subject: @Sendable ([UInt8]) -> Void) throws {
        for bytes in try Corpora.inputs(name, mutations: 300) { subject(bytes) }
    }
}
