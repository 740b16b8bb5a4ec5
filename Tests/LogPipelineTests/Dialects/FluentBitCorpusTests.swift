import LogPipeline
import Testing

@Suite("Fluent Bit configurations") struct FluentBitCorpusTests {
    @Test(arguments: DialectCase.all("FluentBit"))
    func `become what they say`(_ configuration: DialectCase) {
        let outline = configuration.outline()
        #expect(outline == configuration.expected, "\(outline.joined(separator: "\n"))")
    }

    @Test func `there are many of them`() {
        #expect(DialectCase.all("FluentBit").count >= 60)
    }
}
