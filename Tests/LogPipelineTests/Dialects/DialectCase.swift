import Basics
import Formats
import Foundation
import LogPipeline
import Testing

/// A configuration of the corpus and what it becomes.
///
/// A file of `Corpus` holds the configuration; lines `%% file NAME` begin further files, `%% env NAME=VALUE` sets
/// a variable, `%% becomes` begins the outline, in which lines with `note:` and `warning:` are what is said.
struct DialectCase: Sendable, CustomTestStringConvertible {
    var name: String
    var files: [(name: String, text: String)]
    var environment: [String: String]
    var expected: [String]

    var testDescription: String { name }

    static let corpus = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Corpus")

    /// The cases of a folder, by name.
    static func all(_ folder: String) -> [DialectCase] {
        let url = corpus.appending(path: folder)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
        return names.sorted().compactMap { name in
            let text = try? String(contentsOf: url.appending(path: name), encoding: .utf8)
            return text.map { DialectCase(name: name, text: $0) }
        }
    }

    init(name: String, text: String) {
        self.name = name
        files = [(name, "")]
        environment = [:]
        expected = []
        var isExpected = false
        for line in text.split(
            omittingEmptySubsequences: false,
            whereSeparator: { $0 == "\n" || $0 == "\r\n" }
        ) {
            if line.hasPrefix("%% file ") {
                files.append((String(line.dropFirst(8)), ""))
            } else if line.hasPrefix("%% env ") {
                let parts = line.dropFirst(7).split(separator: "=", maxSplits: 1).map(String.init)
                environment[parts[0]] = parts.count == 2 ? parts[1] : ""
            } else if line == "%% becomes" {
                isExpected = true
            } else if isExpected {
                if !line.isEmpty { expected.append(String(line)) }
            } else {
                files[files.count - 1].text += line + "\n"
            }
        }
    }

    var surroundings: LogSurroundings {
        let texts = Dictionary(
            files.dropFirst().map { ($0.name, Array($0.text.utf8)) },
            uniquingKeysWith: { first, _ in first }
        )
        return LogSurroundings(
            environment: environment,
            hostname: "machine",
            readFile: { texts[$0] },
            listDirectory: { directory in
                let prefix = directory == "." ? "" : directory
                return texts.keys.filter { $0.hasPrefix(prefix) }
                    .compactMap { $0.dropFirst(prefix.count).split(separator: "/").first }
                    .map(String.init).sorted()
            }
        )
    }

    /// What the configuration becomes, and what is said.
    func outline() -> [String] {
        do throws(ConfigurationErrors) {
            let result = try LogConfigurations.read(
                Array(files[0].text.utf8),
                name: files[0].name,
                surroundings: surroundings
            )
            return Outline.lines(result.configuration)
                + result.configuration.notes.map { "note: \($0)" }
                + result.warnings.map { "warning: \($0)" }
        } catch {
            return error.findings.map { "\($0.gravity.rawValue): \($0)" }
        }
    }
}
