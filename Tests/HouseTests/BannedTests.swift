import Foundation
import Testing

/// What may not be written in the sources, and what to write instead.
@Suite("Banned") struct BannedTests {
    struct Ban: Sendable, CustomTestStringConvertible {
        var what: String
        var pattern: String
        var instead: String
        /// Paths that may do it.
        var allowed: [String] = []
        /// The paths that it is about.
        var within = "Sources/"

        var testDescription: String { what }
    }

    static let bans = [
        Ban(what: "Foundation", pattern: #"\bimport Foundation"#, instead: "System, Formats"),
        Ban(what: "Dispatch", pattern: #"\b(Dispatch\w+|import Dispatch)\b"#, instead: "Loop"),
        Ban(what: "print", pattern: #"(?<![.\w])(?<!func )print\("#, instead: "Journal"),
        Ban(what: "try!", pattern: #"\btry!"#, instead: "a typed error"),
        Ban(what: "as!", pattern: #"\bas!"#, instead: "as? and an error"),
        Ban(what: "fatalError", pattern: #"\bfatalError\("#, instead: "an error or a precondition"),
        Ban(what: "Thread", pattern: #"\bThread\."#, instead: "Loop.offload"),
        Ban(
            what: "sleep",
            pattern: #"\bTask\.sleep\b|\bu?sleep\(\d"#,
            instead: "Loop.sleep",
            // Microseconds on a thread of its own, where the kernel has no event.
            allowed: ["Sources/System/NamespaceHolder.swift"]
        ),
        Ban(what: "detached", pattern: #"\bTask\.detached\b"#, instead: "a task with an owner"),
        Ban(
            what: "fork",
            pattern: #"(?<![.\w])(fork|vfork|system|popen|posix_spawn)\("#,
            instead: "ChildProcess"
        ),
        Ban(
            what: "clock_gettime",
            pattern: #"\bclock_gettime\(|\bgettimeofday\("#,
            instead: "Clocks, or the moment that is handed in",
            allowed: ["Sources/System/"]
        ),
        Ban(
            what: "the clock of the wall",
            pattern: #"\bLoop\.main\.moment\b|\bClocks\."#,
            instead: "WallClock, which tests can set",
            allowed: ["Sources/LogPipeline/Flow/WallClock.swift"],
            within: "Sources/LogPipeline/"
        ),
    ]

    /// A function of that name of ours is no call of the library's.
    private static let own = ["Sources/Formats/Paths/JSONPath.swift": ["print"]]

    @Test(arguments: bans) func `is not used`(_ ban: Ban) throws {
        let pattern = try NSRegularExpression(pattern: ban.pattern)
        for file in try SourceTree.swiftFiles("Sources") where file.path.hasPrefix(ban.within) {
            if ban.allowed.contains(where: { file.path.hasPrefix($0) }) { continue }
            if Self.own[file.path]?.contains(ban.what) == true { continue }
            for (number, text) in file.code where Self.matches(pattern, text) {
                Issue.record("\(file.path):\(number): \(ban.what) is banned, use \(ban.instead)")
            }
        }
    }

    @Test(arguments: ["Sources", "Tests"])
    func `nothing is left for later`(_ folder: String) throws {
        // Put together here, so that this file does not name them.
        let words = [["TO", "DO"], ["FIX", "ME"], ["XX", "X"], ["HA", "CK"]].map { $0.joined() }
        let pattern = try NSRegularExpression(
            pattern: #"\b("# + words.joined(separator: "|") + #")\b"#
        )
        for file in try SourceTree.swiftFiles(folder) {
            for (index, line) in file.lines.enumerated()
            where Self.matches(pattern, Self.withoutTemplates(line)) {
                Issue.record("\(file.path):\(index + 1): do it, or write an issue")
            }
        }
    }

    @Test func `a planted use is found, and one in a comment or a text is not`() throws {
        let pattern = try NSRegularExpression(pattern: Self.bans[2].pattern)
        let file = SourceTree.File(
            path: "x",
            lines: [
                "    print(1)", "// print(2)", "    say(\"print(3)\")", "    self.print(4)",
                "    let text = \"\"\"", "    print(5)", "    \"\"\"", "    reprint(6)",
            ]
        )
        let found = file.code.filter { Self.matches(pattern, $0.text) }.map(\.number)
        #expect(found == [1])
    }

    private static func matches(_ pattern: NSRegularExpression, _ text: String) -> Bool {
        let all = NSRange(text.startIndex..., in: text)
        return pattern.firstMatch(in: text, range: all) != nil
    }

    /// `mktemp` templates end in a row of that letter.
    private static func withoutTemplates(_ line: Substring) -> String {
        String(line.replacing(/X{4,}/, with: ""))
    }
}
