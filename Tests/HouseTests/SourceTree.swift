import Foundation

/// The files of the repository, as the house tests read them.
enum SourceTree {
    static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// A file: its path from the root, and its lines.
    struct File: Sendable {
        let path: String
        let lines: [Substring]
        /// The lines with their numbers, without comments and the content of string literals.
        let code: [(number: Int, text: String)]

        init(path: String, lines: [Substring]) {
            self.path = path
            self.lines = lines
            var isText = false
            code = lines.enumerated().compactMap { index, line in
                // Multi-line literals hold manifests and help texts, not code.
                defer { if SourceTree.isFence(line) { isText.toggle() } }
                if isText || line.drop(while: \.isWhitespace).hasPrefix("//") { return nil }
                return (index + 1, SourceTree.withoutLiterals(line))
            }
        }
    }

    private static let known = Result {
        try ["Sources", "Tests"].map { ($0 + "/", try read($0)) }
    }

    /// All Swift files below a folder of the root.
    static func swiftFiles(_ folder: String) throws -> [File] {
        try known.get().flatMap(\.1).filter { $0.path.hasPrefix(folder + "/") }
    }

    private static func read(_ folder: String) throws -> [File] {
        let url = root.appending(path: folder)
        let names = try FileManager.default.subpathsOfDirectory(atPath: url.path)
        return try names.filter { $0.hasSuffix(".swift") }.sorted().map { name in
            let text = try String(contentsOf: url.appending(path: name), encoding: .utf8)
            return File(
                path: "\(folder)/\(name)",
                lines: text.split(separator: "\n", omittingEmptySubsequences: false)
            )
        }
    }

    /// Whether a multi-line text begins or ends on a line.
    static func isFence(_ line: Substring) -> Bool {
        guard line.utf8.contains(34) else { return false }
        return line.ranges(of: "\"\"\"").count % 2 == 1
    }

    /// A line with what stands between quotes taken out.
    static func withoutLiterals(_ line: Substring) -> String {
        if !line.utf8.contains(34) { return String(line) }
        var code = ""
        var isLiteral = false
        var isEscaped = false
        for character in line {
            if isLiteral && isEscaped {
                isEscaped = false
            } else if isLiteral && character == "\\" {
                isEscaped = true
            } else if character == "\"" {
                isLiteral.toggle()
                code.append(character)
            } else if !isLiteral {
                code.append(character)
            }
        }
        return code
    }
}
