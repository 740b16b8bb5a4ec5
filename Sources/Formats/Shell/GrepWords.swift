/// What `grep` was called with: the options that busybox and GNU have in common, and `--line-buffered`.
package struct GrepWords: Sendable, Hashable {
    /// Why a command line is not known.
    package struct Mistake: Error, Sendable, Hashable {
        /// What is wrong.
        package var text: String
    }

    /// What is looked for, as expressions of PCRE, of which one must be found.
    package private(set) var expressions: [String] = []
    /// `-i`.
    package private(set) var ignoresCase = false
    /// `-v`.
    package private(set) var isInverted = false
    /// `-q`.
    package private(set) var isQuiet = false
    /// `-c`.
    package private(set) var counts = false
    /// `-o`.
    package private(set) var onlyMatches = false
    /// `-x`.
    package private(set) var isWhole = false
    /// `--line-buffered`: each line is written at once.
    package private(set) var writesAtOnce = false
    /// The files that are read.
    package private(set) var files: [String] = []

    /// The names under which it is called.
    package static let programs: Set<String> = ["egrep", "fgrep", "grep"]

    private static let long = [
        "--quiet": "q", "--silent": "q", "--ignore-case": "i", "--invert-match": "v",
        "--count": "c", "--only-matching": "o", "--extended-regexp": "E",
        "--fixed-strings": "F", "--word-regexp": "w", "--line-regexp": "x", "--no-messages": "s",
    ]

    /// Reads the words behind the program's name.
    ///
    /// - Throws: What of them is not known.
    package init(_ program: String, _ words: some Collection<String>) throws(Mistake) {
        var isExtended = program == "egrep"
        var isFixed = program == "fgrep"
        var isWord = false
        var texts: [String] = []
        var others: [String] = []
        var rest = Array(words)[...]
        while let word = rest.popFirst() {
            guard word.hasPrefix("-"), word.count > 1 else {
                others.append(word)
                continue
            }
            if word == "--" {
                others += rest
                break
            }
            if word == "--line-buffered" {
                writesAtOnce = true
                continue
            }
            var letters = Self.long[word].map { Substring($0) } ?? word.dropFirst()
            while let letter = letters.popFirst() {
                switch letter {
                case "q": isQuiet = true
                case "s": break
                case "i": ignoresCase = true
                case "v": isInverted = true
                case "c": counts = true
                case "o": onlyMatches = true
                case "x": isWhole = true
                case "w": isWord = true
                case "E": isExtended = true
                case "F": isFixed = true
                case "e":
                    texts.append(letters.isEmpty ? rest.popFirst() ?? "" : String(letters))
                    letters = ""
                default: throw Mistake(text: "\(word) of grep is not known here")
                }
            }
        }
        if texts.isEmpty {
            guard !others.isEmpty else { throw Mistake(text: "grep wants an expression") }
            texts = [others.removeFirst()]
        }
        files = others
        expressions = texts.map { text in
            let made = isFixed ? "\\Q\(text)\\E" : isExtended ? text : Self.extended(text)
            return isWord ? "\\b(?:\(made))\\b" : made
        }
        for expression in expressions where (try? Pattern(expression)) == nil {
            throw Mistake(text: "\"\(expression)\" is no expression that is known here")
        }
    }

    /// All that is looked for in a line, as one expression.
    package var expression: String {
        let all = expressions.map { "(?:\($0))" }.joined(separator: "|")
        return (ignoresCase ? "(?i)" : "") + (isWhole ? "^(?:\(all))$" : all)
    }

    /// Whether it lets lines of its input through as they are.
    package var passesLines: Bool { !isQuiet && !counts && !onlyMatches && files.isEmpty }

    /// A basic expression of POSIX as one of PCRE: what needs a `\` there has none here, and the other way round.
    private static func extended(_ text: String) -> String {
        var made = ""
        var rest = Substring(text)
        var isSet = false
        while let character = rest.popFirst() {
            if isSet {
                made.append(character)
                if character == "]" { isSet = false }
            } else if character == "\\", let next = rest.popFirst() {
                made += "(){}|+?".contains(next) ? String(next) : "\\" + String(next)
            } else if "(){}|+?".contains(character) || character == "*" && made.isEmpty {
                made += "\\" + String(character)
            } else {
                if character == "[" { isSet = true }
                made.append(character)
            }
        }
        return made
    }
}
