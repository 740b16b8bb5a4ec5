import Formats

/// Programs that read a text and write what they make of it: `grep`, `wc`, `head`, `tail`, `tr`, `cut`, `cat`, `sort`.
struct ShellFilter: Sendable, Hashable {
    /// What is done.
    enum Kind: Sendable, Hashable {
        case same
        case lines(GrepWords)
        case count(Character)
        case first(Int)
        case last(Int)
        case translate([Character], [Character]?)
        case fields([Int], separator: Character)
    }

    var kind: Kind
    /// The file that is read; nil for what comes through the pipe.
    var file: String?

    /// The programs.
    static let programs: Set<String> = [
        "cat", "cut", "egrep", "fgrep", "grep", "head", "tail", "tr", "wc",
    ]

    /// Reads a command line.
    ///
    /// - Throws: What of it is not known.
    init(_ words: [String]) throws(ShellRefusal) {
        let name = StandInRequest.baseName(words.first ?? "")
        let rest = words.dropFirst()
        switch name {
        case "cat":
            let files = rest.filter { $0 != "-" }
            guard files.count <= 1, !(files.first?.hasPrefix("-") ?? false) else {
                throw ShellRefusal("this cat is not known here", "one file is")
            }
            kind = .same
            file = files.first
        case "head", "tail":
            let (count, file) = try Self.limit(name, rest)
            kind = name == "head" ? .first(count) : .last(count)
            self.file = file
        case "wc":
            guard rest.count == 1, let letter = rest.first?.last, "lwc".contains(letter),
                rest.first?.count == 2
            else { throw ShellRefusal("this wc is not known here", "wc -l, -w and -c are") }
            kind = .count(letter)
        case "tr":
            var sets = Array(rest)
            let deletes = sets.first == "-d"
            if deletes { sets.removeFirst() }
            guard sets.count == (deletes ? 1 : 2),
                sets.allSatisfy({ !$0.hasPrefix("-") && !$0.contains("[") && !$0.isEmpty })
            else { throw ShellRefusal("this tr is not known here", "tr SET SET and tr -d SET are") }
            let made = sets.map(Self.set)
            kind = .translate(made[0], deletes ? nil : made[1])
        case "cut": kind = try Self.cut(rest)
        default:
            let grep: GrepWords
            do throws(GrepWords.Mistake) {
                grep = try GrepWords(name, rest)
            } catch {
                throw ShellRefusal(error.text)
            }
            guard grep.files.count <= 1 else {
                throw ShellRefusal("grep in several files is not known here")
            }
            kind = .lines(grep)
            file = grep.files.first
        }
    }

    private static func limit(
        _ name: String,
        _ words: ArraySlice<String>
    ) throws(ShellRefusal) -> (Int, String?) {
        var count = 10
        var file: String?
        var rest = words
        while let word = rest.popFirst() {
            if word == "-n" {
                guard let number = rest.popFirst().flatMap({ Int($0) }), number >= 0 else {
                    throw ShellRefusal("this \(name) is not known here", "\(name) -n N is")
                }
                count = number
            } else if word.hasPrefix("-") {
                let digits = word.hasPrefix("-n") ? word.dropFirst(2) : word.dropFirst()
                guard let number = Int(digits), number >= 0 else {
                    throw ShellRefusal("this \(name) is not known here", "\(name) -n N is")
                }
                count = number
            } else {
                guard file == nil else {
                    throw ShellRefusal("\(name) of several files is not known here")
                }
                file = word
            }
        }
        return (count, file)
    }

    /// The characters of a set of `tr`: escapes, and ranges such as `a-z`.
    private static func set(_ text: String) -> [Character] {
        var made: [Character] = []
        var rest = Array(
            text.replacing("\\n", with: "\n").replacing("\\r", with: "\r").replacing(
                "\\t",
                with: "\t"
            )
        )[...]
        while let character = rest.popFirst() {
            if rest.first == "-", rest.count > 1, let from = character.asciiValue,
                let to = rest.dropFirst().first?.asciiValue, from <= to
            {
                made += (from...to).map { Character(Unicode.Scalar($0)) }
                rest = rest.dropFirst(2)
            } else {
                made.append(character)
            }
        }
        return made
    }

    private static func cut(_ words: ArraySlice<String>) throws(ShellRefusal) -> Kind {
        var separator: Character = "\t"
        var fields: [Int] = []
        var rest = words
        while let word = rest.popFirst() {
            let value = word.count > 2 ? String(word.dropFirst(2)) : rest.popFirst() ?? ""
            if word.hasPrefix("-d"), let first = value.first, value.count == 1 {
                separator = first
            } else if word.hasPrefix("-f") {
                let numbers = value.split(separator: ",").map { Int($0) ?? 0 }
                guard !numbers.isEmpty, numbers.allSatisfy({ (1...1000).contains($0) }) else {
                    throw ShellRefusal("this cut is not known here", "cut -d C -f N is")
                }
                fields = numbers.sorted()
            } else {
                throw ShellRefusal("this cut is not known here", "cut -d C -f N is")
            }
        }
        guard !fields.isEmpty else {
            throw ShellRefusal("this cut is not known here", "cut -d C -f N is")
        }
        return .fields(fields, separator: separator)
    }

    // MARK: Work

    /// What it makes of a text.
    func run(_ text: String) -> ShellAnswer {
        switch kind {
        case .same: return ShellAnswer(0, text)
        case .lines(let lines): return lines.run(text)
        case .count(let letter):
            switch letter {
            case "l": return ShellAnswer(0, "\(text.utf8.count { $0 == 0x0A })\n")
            case "w": return ShellAnswer(0, "\(text.split(whereSeparator: \.isWhitespace).count)\n")
            default: return ShellAnswer(0, "\(text.utf8.count)\n")
            }
        case .first(let count): return ShellAnswer(0, Self.joined(Self.lines(text).prefix(count)))
        case .last(let count): return ShellAnswer(0, Self.joined(Self.lines(text).suffix(count)))
        case .translate(let from, let to):
            let made = text.compactMap { character -> Character? in
                guard let index = from.firstIndex(of: character) else { return character }
                return to.map { $0[min(index, $0.count - 1)] }
            }
            return ShellAnswer(0, String(made))
        case .fields(let fields, let separator):
            let made = Self.lines(text).map { line in
                let parts = line.split(separator: separator, omittingEmptySubsequences: false)
                if parts.count == 1 { return String(line) }
                return fields.filter { $0 <= parts.count }.map { String(parts[$0 - 1]) }
                    .joined(separator: String(separator))
            }
            return ShellAnswer(0, Self.joined(made[...]))
        }
    }

    static func lines(_ text: String) -> [Substring] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        if lines.last?.isEmpty ?? false { lines.removeLast() }
        return lines
    }

    static func joined(_ lines: some Sequence<some StringProtocol>) -> String {
        lines.map { $0 + "\n" }.joined()
    }
}

extension GrepWords {
    fileprivate func run(_ text: String) -> ShellAnswer {
        let patterns = expressions.compactMap { try? Pattern($0, ignoresCase: ignoresCase) }
        var found: [String] = []
        var count = 0
        for line in ShellFilter.lines(text) {
            let bytes = Array(line.utf8)
            let matches = patterns.contains { pattern in
                isWhole ? pattern.matches(whole: bytes.span) : pattern.isFound(in: bytes.span)
            }
            guard matches != isInverted else { continue }
            count += 1
            if isQuiet { return ShellAnswer(0) }
            guard onlyMatches, !isInverted else {
                found.append(String(line))
                continue
            }
            for pattern in patterns {
                var start = 0
                while start < bytes.count, pattern.find(in: bytes.span, from: start),
                    let range = pattern.range(of: 0)
                {
                    if !range.isEmpty {
                        found.append(String(decoding: bytes[range], as: UTF8.self))
                    }
                    start = max(range.upperBound, start + 1)
                }
            }
        }
        let text = counts ? "\(count)\n" : ShellFilter.joined(found)
        return ShellAnswer(count > 0 ? 0 : 1, isQuiet ? "" : text)
    }
}
