import Formats

/// An expression of `test`, `[ ]` or `[[ ]]`.
struct ShellTest: Sendable, Hashable {
    /// A file that is asked for.
    struct FileQuestion: Sendable, Hashable {
        var path: String
        var test: ShellQuestion.FileTest
    }

    /// Why an expression has no value.
    struct Mistake: Error, Hashable {
        var text: String
    }

    /// How an expression came out.
    enum Value: Hashable {
        case known(Bool)
        /// It hangs on a file.
        case needs(FileQuestion)
    }

    private let words: [String]
    private let isDouble: Bool
    private var at = 0
    private var needed: FileQuestion?
    private let facts: [FileQuestion: Bool]
    private var depth = 0

    private init(_ words: [String], isDouble: Bool, _ facts: [FileQuestion: Bool]) {
        self.words = words
        self.isDouble = isDouble
        self.facts = facts
    }

    /// The value of the words behind the program's name, with what is known of files.
    ///
    /// - Throws: What is wrong with them.
    static func value(
        of line: [String],
        facts: [FileQuestion: Bool] = [:]
    ) throws(Mistake) -> Value {
        var words = Array(line.dropFirst())
        let program = line.first ?? ""
        if let closing = ["[": "]", "[[": "]]"][program] {
            guard words.last == closing else {
                throw Mistake(text: "a \(program) without its \(closing)")
            }
            words.removeLast()
        }
        guard words.count <= 64 else { throw Mistake(text: "the test is too long") }
        var reader = ShellTest(words, isDouble: program == "[[", facts)
        guard !words.isEmpty else { return .known(false) }
        let value = try reader.either()
        guard reader.at == words.count else {
            throw Mistake(text: "\"\(words[reader.at])\" is not known in a test")
        }
        return reader.needed.map { .needs($0) } ?? .known(value)
    }

    private mutating func either() throws(Mistake) -> Bool {
        var value = try both()
        while at < words.count, words[at] == "-o" {
            at += 1
            let other = try both()
            value = value || other
        }
        return value
    }

    private mutating func both() throws(Mistake) -> Bool {
        var value = try negated()
        while at < words.count, words[at] == "-a" {
            at += 1
            let other = try negated()
            value = value && other
        }
        return value
    }

    private mutating func negated() throws(Mistake) -> Bool {
        depth += 1
        defer { depth -= 1 }
        guard depth < 64, at < words.count else { throw Mistake(text: "the test has no end") }
        // Between two words a sign is that, whatever the first of them looks like.
        if at + 2 < words.count, Self.compares(words[at + 1]) { return try comparison() }
        if words[at] == "!" {
            at += 1
            return !(try negated())
        }
        if words[at] == "(" {
            at += 1
            let value = try either()
            guard at < words.count, words[at] == ")" else {
                throw Mistake(text: "a ( without its )")
            }
            at += 1
            return value
        }
        if at + 1 < words.count, words[at].utf8.count == 2, words[at].hasPrefix("-"),
            let letter = words[at].last, letter != "a", letter != "o"
        {
            let word = words[at + 1]
            at += 2
            switch letter {
            case "n": return !word.isEmpty
            case "z": return word.isEmpty
            default: break
            }
            guard let test = ShellQuestion.FileTest(rawValue: letter) else {
                throw Mistake(text: "-\(letter) in a test is not known")
            }
            if word.isEmpty { return false }
            let question = FileQuestion(path: word, test: test)
            if let fact = facts[question] { return fact }
            needed = needed ?? question
            return false
        }
        at += 1
        return !words[at - 1].isEmpty
    }

    private static let numbers: Set<String> = ["-eq", "-ne", "-lt", "-le", "-gt", "-ge"]

    private static func compares(_ word: String) -> Bool {
        numbers.contains(word) || ["=", "==", "!=", "<", ">", "=~"].contains(word)
    }

    private mutating func comparison() throws(Mistake) -> Bool {
        let (left, sign, right) = (words[at], words[at + 1], words[at + 2])
        at += 3
        switch sign {
        case "=", "==":
            return try equal(left, right)
        case "!=": return !(try equal(left, right))
        case "<" where isDouble: return left < right
        case ">" where isDouble: return left > right
        case "=~" where isDouble:
            guard let pattern = try? Pattern(right) else {
                throw Mistake(text: "\"\(right)\" is no expression")
            }
            return pattern.isFound(in: Array(left.utf8).span)
        default: break
        }
        guard Self.numbers.contains(sign) else {
            throw Mistake(text: "\(sign) in a test is not known")
        }
        let (first, second) = (try number(left), try number(right))
        switch sign {
        case "-eq": return first == second
        case "-ne": return first != second
        case "-lt": return first < second
        case "-le": return first <= second
        case "-gt": return first > second
        default: return first >= second
        }
    }

    /// In `[[ ]]` the right side is a pattern: `*` and `?`.
    private func equal(_ left: String, _ right: String) throws(Mistake) -> Bool {
        guard isDouble, right.contains(where: { "*?[".contains($0) }) else { return left == right }
        guard !right.contains("[") else { throw Mistake(text: "[ in a pattern is not known") }
        let expression = right.map { character in
            character == "*" ? ".*" : character == "?" ? "." : "\\Q\(character)\\E"
        }.joined()
        guard let pattern = try? Pattern("(?s)" + expression) else {
            throw Mistake(text: "\"\(right)\" is no pattern")
        }
        return pattern.matches(whole: Array(left.utf8).span)
    }

    private func number(_ text: String) throws(Mistake) -> Int64 {
        let trimmed = text.filter { $0 != " " && $0 != "\n" && $0 != "\t" }
        // bash: what is not set counts as nothing.
        if isDouble, trimmed.isEmpty { return 0 }
        guard let number = Int64(trimmed) else {
            throw Mistake(text: "\"\(text.prefix(40))\" is no number")
        }
        return number
    }
}
