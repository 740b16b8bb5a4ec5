import LogPipeline
import Testing

@Suite("Vector configurations") struct VectorCorpusTests {
    @Test(arguments: DialectCase.all("Vector"))
    func `become what they say`(_ configuration: DialectCase) {
        let outline = configuration.outline()
        #expect(outline == configuration.expected, "\(outline.joined(separator: "\n"))")
    }

    @Test func `there are many of them`() {
        #expect(DialectCase.all("Vector").count >= 50)
    }
}
