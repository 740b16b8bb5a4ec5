import LogPipeline
import Testing

@Suite("Fluentd configurations") struct FluentdCorpusTests {
    @Test(arguments: DialectCase.all("Fluentd"))
    func `become what they say`(_ configuration: DialectCase) {
        let outline = configuration.outline()
        #expect(outline == configuration.expected, "\(outline.joined(separator: "\n"))")
    }

    @Test func `there are many of them`() {
        #expect(DialectCase.all("Fluentd").count >= 25)
    }
}
