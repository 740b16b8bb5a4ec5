/// What configurations for logs are read in: other files and the environment, handed in by whoever may look.
public struct LogSurroundings: Sendable {
    /// The bytes of a file; nil if it cannot be read.
    public typealias ReadFile = @Sendable (_ path: String) -> [UInt8]?
    /// The names in a directory, sorted; empty if it cannot be read.
    public typealias ListDirectory = @Sendable (_ path: String) -> [String]
    /// Directories that are mounted read-only.
    public typealias ReadOnlyMounts = @Sendable () -> [String]

    /// Whether unknown and unsupported keys are warnings.
    public var isLenient: Bool
    /// The environment, for `${NAME}` and its like.
    public var environment: [String: String]
    /// Where relative paths of included files begin; empty is the directory of the file that is read.
    public var baseDirectory: String
    /// The machine's name, for languages that put it into values.
    public var hostname: String
    /// Directories that are mounted read-only: where a program without a configuration looks for logs.
    public var readOnlyMounts: ReadOnlyMounts
    /// How other files are read.
    public var readFile: ReadFile
    /// How directories are listed, for patterns.
    public var listDirectory: ListDirectory

    /// Makes surroundings; without more words no other file can be read.
    public init(
        isLenient: Bool = false,
        environment: [String: String] = [:],
        baseDirectory: String = "",
        hostname: String = "localhost",
        readOnlyMounts: @escaping ReadOnlyMounts = { [] },
        readFile: @escaping ReadFile = { _ in nil },
        listDirectory: @escaping ListDirectory = { _ in [] }
    ) {
        self.isLenient = isLenient
        self.environment = environment
        self.baseDirectory = baseDirectory
        self.hostname = hostname
        self.readOnlyMounts = readOnlyMounts
        self.readFile = readFile
        self.listDirectory = listDirectory
    }

    /// A path below a directory, unless it is absolute.
    func resolved(_ path: String, below directory: String) -> String {
        if path.hasPrefix("/") || directory.isEmpty { return path }
        return directory == "/" ? "/" + path : directory + "/" + path
    }

    /// The files that fit a pattern, sorted: `*`, `?` and `[..]` in any part.
    ///
    /// A path without these is itself, whether it is there or not.
    func files(_ pattern: String) -> [String] {
        var found = [""]
        let parts = pattern.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        for (index, part) in parts.enumerated() {
            var next: [String] = []
            for base in found {
                let prefix = index == 0 ? "" : base + "/"
                if NamePattern.isPattern(part) {
                    let names = listDirectory(prefix.isEmpty ? "." : prefix)
                    next += names.filter { !$0.hasPrefix(".") && NamePattern.matches($0, part) }
                        .map { prefix + $0 }
                } else {
                    next.append(prefix + part)
                }
                if next.count > 10_000 { break }
            }
            found = next
        }
        return found.sorted()
    }

    /// The directory of a file's path; empty for one without.
    static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "" }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}

/// Patterns for names of files: `*`, `?`, `[a-z]`.
enum NamePattern {
    static func isPattern(_ text: String) -> Bool {
        text.contains { $0 == "*" || $0 == "?" || $0 == "[" }
    }

    /// Whether a name fits; time grows with the product of the lengths at most.
    static func matches(_ name: String, _ pattern: String) -> Bool {
        let (name, pattern) = (Array(name.utf8), Array(pattern.utf8))
        var (place, rule) = (0, 0)
        var star: (rule: Int, place: Int)?
        while place < name.count {
            if rule < pattern.count, pattern[rule] == UInt8(ascii: "*") {
                star = (rule, place)
                rule += 1
            } else if let width = one(name[place], pattern, at: rule) {
                place += 1
                rule += width
            } else if let last = star {
                star = (last.rule, last.place + 1)
                place = last.place + 1
                rule = last.rule + 1
            } else {
                return false
            }
        }
        return pattern[rule...].allSatisfy { $0 == UInt8(ascii: "*") }
    }

    /// How long the part of the pattern is that takes one byte; nil if it does not take this one.
    private static func one(_ byte: UInt8, _ pattern: [UInt8], at rule: Int) -> Int? {
        guard rule < pattern.count else { return nil }
        switch pattern[rule] {
        case UInt8(ascii: "?"): return 1
        case UInt8(ascii: "["):
            var index = rule + 1
            var isNegated = false
            if index < pattern.count, "!^".utf8.contains(pattern[index]) {
                isNegated = true
                index += 1
            }
            let first = index
            var fits = false
            while index < pattern.count, pattern[index] != UInt8(ascii: "]") || index == first {
                if index + 2 < pattern.count, pattern[index + 1] == UInt8(ascii: "-"),
                    pattern[index + 2] != UInt8(ascii: "]")
                {
                    if pattern[index] <= byte, byte <= pattern[index + 2] { fits = true }
                    index += 3
                } else {
                    if pattern[index] == byte { fits = true }
                    index += 1
                }
            }
            guard index < pattern.count else {
                return byte == UInt8(ascii: "[") ? 1 : nil
            }
            return fits != isNegated ? index + 1 - rule : nil
        default: return pattern[rule] == byte ? 1 : nil
        }
    }
}
