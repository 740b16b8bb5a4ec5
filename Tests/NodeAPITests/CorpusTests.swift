import EngineFuzzSubjects
import Foundation
import Testing

@Suite("Corpora of the engine's fuzzers") struct CorpusTests {
    private static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fuzz")

    @Test(arguments: EngineFuzzSubject.all.map(\.name))
    func `what the fuzzers start from breaks nothing`(name: String) throws {
        let subject = try #require(EngineFuzzSubject.all.first { $0.name == name })
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

    /// What the corpora look like after a few million changes, in small: bytes flipped, cut and doubled.
    @Test(arguments: EngineFuzzSubject.all.map(\.name))
    func `nor does what is made of it`(name: String) throws {
        let subject = try #require(EngineFuzzSubject.all.first { $0.name == name })
        let corpus = Self.folder.appending(path: "\(name)/Corpus")
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        func dice(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(max(1, count)))
        }
        for file in try FileManager.default.contentsOfDirectory(atPath: corpus.path).sorted() {
            let whole = Array(try Data(contentsOf: corpus.appending(path: file)))
            guard whole.count <= 1024 else { continue }
            for _ in 0..<12 {
                var bytes = whole
                for _ in 0...dice(3) where !bytes.isEmpty {
                    let place = dice(bytes.count)
                    switch dice(4) {
                    case 0: bytes[place] ^= UInt8(1 << dice(8))
                    case 1: bytes.removeSubrange(place..<min(bytes.count, place + 1 + dice(8)))
                    case 2: bytes.insert(UInt8(dice(256)), at: place)
                    default: bytes.insert(contentsOf: bytes[place...].prefix(32), at: place)
                    }
                }
                let contradiction = subject.check(bytes)
                #expect(contradiction == nil, "\(file): \(bytes)")
            }
        }
    }
}
