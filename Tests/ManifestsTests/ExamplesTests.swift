import Foundation
import Manifests
import Testing

@Suite("Examples") struct ExamplesTests {
    static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "examples")

    @Test func `every example is valid without a warning and says what to type`() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
            .filter { $0.hasSuffix(".yaml") }
        #expect(names.count >= 6)
        for name in names.sorted() {
            let data = try Data(contentsOf: Self.folder.appending(path: name))
            let result = ManifestLoader().load(files: [(name: name, bytes: Array(data))])
            #expect(result.findings.map(\.description) == [])
            #expect(!result.objects.isEmpty)
            #expect(String(decoding: data, as: UTF8.self).contains("examples/\(name)"))
        }
    }
}
