import Foundation
import Testing

/// Sizes, names and form of the files.
@Suite("Files of the house") struct FileTests {
    static let linesMaximum = 500
    static let columnsMaximum = 100
    /// Comments run on a little before they are broken.
    static let commentColumnsMaximum = 120

    @Test(arguments: ["Sources", "Tests"])
    func `no file is longer than people read at once`(_ folder: String) throws {
        for file in try SourceTree.swiftFiles(folder) {
            #expect(file.lines.count <= Self.linesMaximum + 1, "\(file.path): split it by feature")
        }
    }

    @Test(arguments: ["Sources", "Tests"])
    func `no file holds a place or nothing`(_ folder: String) throws {
        for file in try SourceTree.swiftFiles(folder) {
            #expect(!file.path.hasSuffix("/Placeholder.swift"), "\(file.path): remove it")
            let isEmpty = file.lines.allSatisfy { $0.allSatisfy(\.isWhitespace) }
            #expect(!isEmpty, "\(file.path): remove it")
        }
    }

    @Test(arguments: ["Sources", "Tests"])
    func `lines fit and end cleanly`(_ folder: String) throws {
        for file in try SourceTree.swiftFiles(folder) {
            var isText = false
            for (index, line) in file.lines.enumerated() {
                let place = "\(file.path):\(index + 1)"
                if SourceTree.isFence(line) { isText.toggle() }
                // A line of a text is as long as what it says.
                let isComment = line.utf8.count > Self.columnsMaximum && line.contains("//")
                let most = isComment ? Self.commentColumnsMaximum : Self.columnsMaximum
                if !isText && !line.contains("\"") && line.utf8.count > most && line.count > most {
                    Issue.record("\(place): break the line")
                }
                if !isText && line.utf8.contains(9) {
                    Issue.record("\(place): indent with spaces")
                }
            }
            #expect(file.lines.last?.isEmpty == true, "\(file.path): end it with a line feed")
        }
    }

    @Test(.enabled(if: SwiftFormat.path != nil, "swift-format is not installed"))
    func `the formatter has nothing to say`() throws {
        let (code, text) = try SwiftFormat.lint(["Sources", "Tests", "Package.swift"])
        #expect(code == 0, "run: swift-format format -i -r Sources Tests\n\(text)")
    }
}

/// The formatter of the toolchain.
enum SwiftFormat {
    static let path: String? = {
        let known = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let folders = known.split(separator: ":").map(String.init) + ["/opt/swift/usr/bin"]
        return folders.map { $0 + "/swift-format" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    /// Checks paths below the root: the exit code, and the first findings.
    static func lint(_ paths: [String]) throws -> (code: Int32, text: String) {
        let process = Process()
        process.executableURL = URL(filePath: path ?? "swift-format")
        process.arguments = ["lint", "--strict", "--parallel", "-r"] + paths
        process.currentDirectoryURL = SourceTree.root
        let pipe = Pipe()
        process.standardError = pipe
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        let bytes = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        return (process.terminationStatus, lines.prefix(20).joined(separator: "\n"))
    }
}
