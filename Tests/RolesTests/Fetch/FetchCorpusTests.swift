import RolesFuzzSubjects
import TestKit
import Testing

@Suite("Corpora of archives and templates") struct FetchCorpusTests {
    @Test func `archives and what is made of them keep their rules`() throws {
        for bytes in try Corpora.inputs("Tar", mutations: 2000) { fuzzTar(bytes) }
    }

    @Test func `templates, commands and lists keep their rules`() throws {
        for bytes in try Corpora.inputs("Templates", mutations: 1000) { fuzzTemplates(bytes) }
    }
}
