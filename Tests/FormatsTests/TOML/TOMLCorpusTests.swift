import LogFuzzSubjects
import TestKit
import Testing

@Suite("TOML of the fuzzer") struct TOMLCorpusTests {
    @Test func `the corpus and its mutations break nothing`() throws {
        for bytes in try Corpora.inputs("TOML", mutations: 2000) { fuzzTOML(bytes) }
    }
}
