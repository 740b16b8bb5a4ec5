import Basics
import Formats

/// Takes a script apart into steps.
///
/// Each command is looked at with every value that its variables are known to have, so that what would only fail in the
/// container is refused here.
final class ShellScriptReader {
    let log: FindingLog
    let environment: [String: String]
    let isUnknown: (String) -> Bool
    var steps: [ShellStep] = []
    var notes: [String] = []
    var firstQuestion: String?
    var fetches = false
    /// Only bash knows `/dev/tcp` and `{1..3}`.
    var isBash = false
    var endsOnFailure = false
    /// What variables may hold that the script sets; none for one whose values cannot be told.
    var values: [String: [String]] = [:]
    /// The bodies of functions.
    var functions: [String: ArraySlice<ShellToken>] = [:]
    /// The functions that are being called, against calls without end.
    var calls: [String] = []
    /// How many loops there are around; a function begins anew.
    var loops = 0
    /// Whether what is written here goes to the script itself.
    var isHeard = false
    /// Whether something comes through a pipe here.
    var hasInput = false
    /// How deep commands and calculations stand in one another.
    var depth = 0

    /// The deepest nesting.
    static let depthMaximum = 32
    /// What a variable is taken to hold if its value is not known: a name, a path and a number at once.
    static let anything = "1"

    init(
        log: FindingLog,
        environment: [String: String],
        isUnknown: @escaping (String) -> Bool
    ) {
        self.log = log
        self.environment = environment
        self.isUnknown = isUnknown
    }

    /// Refuses; `nil`, for whoever has nothing better to return.
    @discardableResult
    func refuse<Result>(_ what: String, _ position: Position?, _ remedy: String = "") -> Result? {
        if !log.hasErrors { log.error(Place(ShellLexer.file, position), what, remedy) }
        return nil
    }

    func note(_ text: String) {
        if !notes.contains(text) { notes.append(text) }
    }

    /// Reads the words of a command line.
    func read(_ words: [String]) -> ShellProgram? {
        let rest = words.drop { ["busybox", "exec"].contains(StandInRequest.baseName($0)) }
        guard !rest.isEmpty else { return refuse("there is no command", nil) }
        guard let script = script(rest) else { return nil }
        let startsStrict = endsOnFailure
        guard let tokens = tokens(of: script) else { return nil }
        var cursor = ShellCursor(tokens)
        guard list(&cursor, until: []) else { return nil }
        return ShellProgram(
            steps: steps,
            endsOnFailure: startsStrict,
            isBash: isBash,
            notes: notes,
            firstQuestion: firstQuestion,
            fetches: fetches
        )
    }

    /// The script of `sh -c SCRIPT`; sets which shell it is.
    func script(_ words: ArraySlice<String>) -> String? {
        guard let first = words.first else { return nil }
        let name = StandInRequest.baseName(first)
        guard ["sh", "ash", "bash", "dash"].contains(name) else {
            return refuse("the program \"\(name)\" is no shell that is known here", nil, "sh -c is")
        }
        isBash = name == "bash"
        var rest = words.dropFirst()
        while let word = rest.popFirst() {
            guard word.hasPrefix("-") || word.hasPrefix("+"), word.count > 1 else { break }
            let letters = word.dropFirst()
            if word.hasPrefix("--") {
                guard ["--norc", "--noprofile", "--posix", "--login"].contains(word) else {
                    return refuse("the option \(word) of the shell is not known here", nil)
                }
                continue
            }
            guard letters.allSatisfy({ "ceuxlo".contains($0) }) else {
                return refuse("the option \(word) of the shell is not known here", nil)
            }
            if letters.contains("e") { endsOnFailure = word.hasPrefix("-") }
            if letters.contains("x") { note("the shell's trace (-x) is not written") }
            if letters.contains("o") { rest = rest.dropFirst() }
            guard letters.contains("c") else { continue }
            if rest.first == "--" { rest = rest.dropFirst() }
            guard let script = rest.first else { break }
            guard script.unicodeScalars.count <= ShellLexer.lengthMaximum else {
                return refuse("the script is too long", nil)
            }
            return script
        }
        return refuse("the shell has no script", nil, "write sh -c and a line in quotes")
    }

    /// Cuts a script into tokens; nil if it is broken.
    func tokens(of script: String) -> [ShellToken]? {
        var lexer = ShellLexer(script, log: log)
        return lexer.tokens()
    }

    // MARK: Steps

    /// Adds a step.
    ///
    /// - Returns: Its number; `nil` if there are too many.
    @discardableResult
    func add(_ instruction: ShellInstruction, isTested: Bool = false) -> Int {
        guard steps.count < ShellProgram.stepsMaximum else {
            refuse("the script is too long", nil) as Void?
            return steps.count - 1
        }
        steps.append(ShellStep(instruction: instruction, isTested: isTested))
        return steps.count - 1
    }

    /// Where the next step will be.
    var here: Int { steps.count }

    /// The failures of steps from one on are the script's own business.
    func test(from start: Int) {
        for index in start..<max(start, steps.count) { steps[index].isTested = true }
    }

    // MARK: Lists

    private static let ends: Set<String> = [
        "do", "done", "then", "elif", "else", "fi", "}", "esac",
    ]

    /// Commands one after the other, until one of the words or the end, which is left.
    func list(_ cursor: inout ShellCursor, until ends: Set<String>) -> Bool {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthMaximum else {
            return refuse("commands stand too deep in one another", cursor.position) ?? false
        }
        var count = 0
        while true {
            while cursor.takes(";") {}
            guard let token = cursor.next else {
                guard ends.isEmpty else {
                    let missing = ends.sorted().joined(separator: " or ")
                    return refuse("the script ends without a \(missing)", cursor.last) ?? false
                }
                return true
            }
            if let word = cursor.word {
                if ends.contains(word) {
                    // An arm of a case may be empty.
                    guard count > 0 || word == "esac" else {
                        return refuse("nothing stands before the \(word)", token.position) ?? false
                    }
                    return true
                }
                if Self.ends.contains(word) {
                    return refuse("a \(word) that nothing began", token.position) ?? false
                }
            }
            if let sign = cursor.sign, ends.contains(sign) { return true }
            guard cursor.chainEnd == "&" ? background(&cursor) : chain(&cursor) else {
                return false
            }
            count += 1
            guard steps.count < ShellProgram.stepsMaximum, !log.hasErrors else { return false }
            if let sign = cursor.sign, sign != ";", !ends.contains(sign) {
                return refuse("\"\(sign)\" is not known here", cursor.position) ?? false
            }
        }
    }

    /// `command & wait`, also with `$!`: what runs beside nothing else is done before the wait, as a script of its own.
    private func background(_ cursor: inout ShellCursor) -> Bool {
        let begin = cursor.position
        guard !hasInput else {
            return refuse("\"&\" behind a pipe is not known here", begin) ?? false
        }
        let (saved, outer) = (values, loops)
        loops = 0
        let enter = add(.nothing)
        guard chain(&cursor) else { return false }
        (values, loops) = (saved, outer)
        add(.leave)
        steps[enter].instruction = .enterScope(end: here)
        add(.keepJob)
        let position = cursor.position
        guard cursor.takes("&") else {
            return refuse("this \"&\" is not known here", position) ?? false
        }
        while cursor.takes(";") {}
        guard cursor.word == "wait" else {
            return refuse(
                "\"&\" is not known here without a wait behind it",
                position,
                "write one command after the other"
            ) ?? false
        }
        return chain(&cursor)
    }

    /// `wait`, for the one command in the background, which has ended.
    func wait(_ cursor: inout ShellCursor) -> Bool? {
        var rest = cursor
        rest.drop()
        guard case .word(let parts, _, _) = rest.next, parts == [.variable("!", standard: nil)]
        else { return nil }
        rest.drop()
        guard steps.contains(where: { $0.instruction == .keepJob }) else {
            return refuse("$! is not known here", cursor.position) ?? false
        }
        if case .word = rest.next {
            return refuse("this wait is not known here", cursor.position) ?? false
        }
        add(.takeJob)
        cursor = rest
        return true
    }

    /// `a && b || c`.
    private func chain(_ cursor: inout ShellCursor) -> Bool {
        let start = here
        guard pipeline(&cursor) else { return false }
        while let sign = cursor.sign, sign == "&&" || sign == "||" {
            let position = cursor.position
            cursor.drop()
            while cursor.takes(";") {}
            test(from: start)
            let branch = add(.nothing)
            guard cursor.next != nil else {
                return refuse("nothing stands behind the \(sign)", position) ?? false
            }
            guard pipeline(&cursor) else { return false }
            steps[branch].instruction = .branch(ifSucceeded: sign == "||", here)
        }
        return true
    }

    /// `! a | b`.
    private func pipeline(_ cursor: inout ShellCursor) -> Bool {
        var isNegated = false
        while cursor.word == "!" {
            cursor.drop()
            isNegated.toggle()
        }
        let start = here
        // What stands before a pipe is known to do so only behind it.
        let hadInput = hasInput
        for _ in 0..<cursor.pipes {
            let step = add(.nothing)
            let heard = isHeard
            isHeard = true
            guard command(&cursor) else { return false }
            isHeard = heard
            test(from: step)
            guard cursor.takes("|") else {
                return refuse("this pipe is not known here", cursor.position) ?? false
            }
            add(.leave)
            steps[step].instruction = .enterCapture(end: here, isPipe: true)
            hasInput = true
        }
        guard command(&cursor) else { return false }
        hasInput = hadInput
        if isNegated {
            test(from: start)
            add(.negate)
        }
        return true
    }
}

/// Where a reader stands among tokens.
struct ShellCursor {
    private let tokens: ArraySlice<ShellToken>
    private(set) var at: Int

    init(_ tokens: some Collection<ShellToken>) {
        self.tokens = ArraySlice(Array(tokens))
        at = 0
    }

    /// The token that comes next.
    var next: ShellToken? { at < tokens.count ? tokens[at] : nil }
    var position: Position? { next?.position }
    /// Where the last token stands.
    var last: Position? { tokens.last?.position }
    /// The rest.
    var rest: ArraySlice<ShellToken> { tokens[at...] }

    /// The sign that comes next.
    var sign: String? {
        if case .sign(let sign, _) = next { sign } else { nil }
    }

    /// The word that comes next, if nothing of it is quoted or filled in.
    var word: String? {
        if case .word(_, isPlain: true, _) = next { next?.plainText } else { nil }
    }

    func isSign(_ wanted: String) -> Bool { sign == wanted }

    mutating func drop(_ count: Int = 1) { at += count }

    mutating func takes(_ wanted: String) -> Bool {
        guard sign == wanted else { return false }
        at += 1
        return true
    }

    /// How many pipes follow before the command's end.
    var pipes: Int {
        var count = 0
        scan { sign in
            if sign == "|" { count += 1 }
            return ![";", ";;", "&&", "||", "&"].contains(sign)
        }
        return count
    }

    /// The sign that ends the commands which `&&`, `||` and pipes hold together.
    var chainEnd: String? {
        var end: String?
        scan { sign in
            guard [";", ";;", "&"].contains(sign) else { return true }
            end = sign
            return false
        }
        return end
    }
}
