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

    /// An image that was only loaded, and has the tag `latest`, would be asked for at a registry.
    @Test func `the companion's image is never pulled`() throws {
        var count = 0
        for name in try FileManager.default.contentsOfDirectory(atPath: Self.folder.path) {
            let url = Self.folder.appending(path: name)
            let text = try String(contentsOf: url, encoding: .utf8)
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            for (line, next) in zip(lines, lines.dropFirst()) {
                let isImage = line.contains("image: companion")
                guard isImage || line.contains("reference: companion") else { continue }
                count += 1
                let policy = isImage ? next : line
                #expect(policy.contains(isImage ? "imagePullPolicy: Never" : "pullPolicy: Never"))
            }
        }
        #expect(count >= 10)
    }
}
