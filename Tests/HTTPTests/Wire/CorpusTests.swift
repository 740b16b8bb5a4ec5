import Foundation
import FuzzSubjects
import Testing

@Suite("Corpora of the fuzzers") struct CorpusTests {
    private static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fuzz")

    @Test(arguments: FuzzSubject.all.map(\.name))
    func `what the fuzzers start from breaks nothing`(name: String) throws {
        let subject = try #require(FuzzSubject.all.first { $0.name == name })
        let corpus = Self.folder.appending(path: "\(name)/Corpus")
        let files = try FileManager.default.contentsOfDirectory(
            at: corpus,
            includingPropertiesForKeys: nil
        )
        #expect(!files.isEmpty)
        for file in files {
            let contradiction = subject.check(Array(try Data(contentsOf: file)))
            #expect(contradiction == nil, "\(file.lastPathComponent)")
        }
    }

    @Test func `the canary breaks`() {
        #expect(FuzzSubject.canary.check(Array("remo".utf8)) != nil)
        #expect(FuzzSubject.canary.check(Array("rema".utf8)) == nil)
    }
}
