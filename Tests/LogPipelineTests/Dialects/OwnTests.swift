import Formats
import Foundation
import Testing

@testable import LogPipeline

@Suite("Our own configurations for logs") struct OwnTests {
    @Test(arguments: DialectCase.all("Own"))
    func `become what they say`(_ configuration: DialectCase) {
        let outline = configuration.outline()
        #expect(outline == configuration.expected, "\(outline.joined(separator: "\n"))")
    }

    /// The keys that the reference has, by section.
    private static func documented() throws -> [String: Set<String>] {
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let url = root.appending(path: "Documentation/formats/logs.md")
        var sections: [String: Set<String>] = [:]
        var also: [String: [String]] = [:]
        var current: [String] = []
        for line in try String(contentsOf: url, encoding: .utf8).split(separator: "\n") {
            if line.hasPrefix("#") {
                current = []
                if line.hasPrefix("### ") {
                    current = line.dropFirst(4).split(separator: ",").map {
                        $0.trimmingCharacters(in: .whitespaces)
                    }
                    for name in current { sections[name] = [] }
                }
            } else if line.hasPrefix("Also ") {
                let names = line.dropFirst(5).split(whereSeparator: { ",.".contains($0) })
                for name in current {
                    also[name] = names.map { $0.trimmingCharacters(in: .whitespaces) }
                }
            } else if line.hasPrefix("| `") {
                let cell = line.dropFirst(2).prefix { $0 != "|" }
                let keys = cell.split(separator: "`").map(String.init)
                    .filter { key in key.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" } }
                for name in current { sections[name]?.formUnion(keys) }
            }
        }
        let plain = sections
        for (name, groups) in also {
            for group in groups { sections[name]?.formUnion(plain[group] ?? [group]) }
        }
        return sections
    }

    @Test func `the reference has every key that is read, and no other`() throws {
        let all = try #require(DialectCase.all("Own").first { $0.name == "all.yaml" })
        let log = FindingLog(isLenient: false)
        let reader = OwnReader(log: log, surroundings: all.surroundings)
        _ = reader.read(LogText(name: "all.yaml", bytes: Array(all.files[0].text.utf8)))
        #expect(log.sorted.filter { $0.gravity == .error }.isEmpty, "\(log.sorted)")
        let documented = try Self.documented()
        let groups: Set = [
            "every source", "every step", "every sink", "lines", "requests", "limits",
        ]
        let headings = Dictionary(grouping: documented.keys) { documented[$0]?.sorted() ?? [] }
        #expect(Set(documented.keys).subtracting(groups) == Set(reader.known.keys))
        for (written, names) in headings where groups.isDisjoint(with: names) {
            let keys = names.reduce(into: Set<String>()) { $0.formUnion(reader.known[$1] ?? []) }
            #expect(
                keys.sorted() == written,
                "\(names): not told \(keys.subtracting(written).sorted())"
            )
        }
    }
}
