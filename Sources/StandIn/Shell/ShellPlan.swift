import Basics
import Formats

/// What a command of a script does, once its words stand fast.
enum ShellPlan: Sendable, Hashable {
    /// A text is written.
    case say(String)
    case pause(Duration)
    case status(Int32)
    /// Something is asked; what the program would write if it were well.
    case ask(ShellQuestion, says: String)
    case transfer(program: String, words: [String])
    case test([String])
    /// `expr`, `let`: the values, and whether they are written.
    case calculate([String], isWritten: Bool)
    case filter(ShellFilter)
    /// `date`: a format as `strftime` has it.
    case time(String)
    /// `set -e`, `set +e`.
    case strict(Bool)
    case unset([String])

    /// What is around a command.
    struct Surroundings {
        /// Only bash knows `/dev/tcp`.
        var isBash = false
        /// Whether the script itself reads what the command writes.
        var isHeard = false
        /// Whether something is read through a pipe.
        var hasInput = false
        /// The file that its output goes into, or the device that it opens.
        var file: String?
        /// What a variable holds.
        var variable: (String) -> String?
    }

    /// Decides on a command.
    ///
    /// - Throws: What of it is not known.
    static func make(
        _ words: [String],
        _ around: Surroundings
    ) throws(ShellRefusal) -> ShellPlan {
        guard let first = words.first else { throw ShellRefusal("this command is empty") }
        let name = StandInRequest.baseName(first)
        let rest = words.dropFirst()
        if let file = around.file {
            if file.hasPrefix("/dev/tcp/") { return try device(file, name, around) }
            guard name == "curl" || name == "wget" else {
                throw ShellRefusal("writing to \(file) is not known here")
            }
        }
        switch name {
        case "echo": return .say(try echo(rest, around))
        case "printf": return .say(try printf(rest))
        case "sleep", "usleep": return .pause(try pause(name, rest))
        case ":", "true", "trap", "umask", "wait": return .status(0)
        case "false": return .status(1)
        case "set": return try set(rest)
        case "unset": return .unset(Array(rest.filter { !$0.hasPrefix("-") }))
        case "test", "[", "[[":
            do throws(ShellTest.Mistake) {
                _ = try ShellTest.value(of: [name] + rest)
            } catch {
                throw ShellRefusal(error.text, "[ -f FILE ], [ A = B ] and [ N -lt M ] are")
            }
            return .test([name] + rest)
        case "expr": return .calculate([rest.joined(separator: " ")], isWritten: true)
        case "let": return .calculate(Array(rest), isWritten: false)
        case "seq": return .say(try sequence(rest))
        case "date": return .time(try ShellTime.format(Array(rest)))
        case "hostname" where rest.isEmpty:
            return .filter(try ShellFilter(["cat", "/etc/hostname"]))
        case let name where ShellFilter.programs.contains(name):
            let filter = try ShellFilter([name] + rest)
            guard filter.file != nil || around.hasInput else {
                throw ShellRefusal("\(name) has nothing to read here")
            }
            return .filter(filter)
        case "curl":
            try curl(rest)
            return .transfer(program: name, words: Array(rest))
        case "wget":
            return .transfer(program: name, words: try wget(rest))
        default:
            return try ShellAsker(words, around).plan(name)
        }
    }

    /// Whether a program is one that scripts may run.
    static func knows(_ program: String) -> Bool {
        let name = StandInRequest.baseName(program)
        return name == "timeout" || commands.contains(name)
    }

    /// The names of the commands that are known.
    static let commands: Set<String> = ShellFilter.programs.union(ShellAsker.programs).union([
        "echo", "printf", "sleep", "usleep", ":", "true", "trap", "umask", "wait", "false", "set",
        "unset", "test", "[", "[[", "expr", "let", "seq", "date", "hostname", "curl", "wget",
    ])

    private static func curl(_ words: ArraySlice<String>) throws(ShellRefusal) {
        let options: CurlOptions
        do throws(CurlOptions.Mistake) {
            options = try CurlOptions(Array(words))
        } catch {
            throw ShellRefusal("curl: \(error.text)")
        }
        guard !options.urls.isEmpty, !options.urls.contains("") else {
            throw ShellRefusal("curl has no URL", "its variables may be empty")
        }
        try check(urls: options.urls)
    }

    private static func wget(_ words: ArraySlice<String>) throws(ShellRefusal) -> [String] {
        let options: WgetOptions
        do throws(WgetOptions.Mistake) {
            options = try WgetOptions(Array(words))
        } catch {
            throw ShellRefusal("wget: \(error.text)")
        }
        guard !options.urls.isEmpty else {
            throw ShellRefusal("wget has no URL", "its variables may be empty")
        }
        try check(urls: options.urls)
        return Array(words)
    }

    private static func check(urls: [String]) throws(ShellRefusal) {
        for url in urls {
            let scheme = url.firstRange(of: "://").map {
                String(url[..<$0.lowerBound]).lowercased()
            }
            guard scheme == nil || scheme == "http" || scheme == "https" else {
                throw ShellRefusal("\"\(url)\" is no URL that is known here", "http and https are")
            }
            let whole = scheme == nil ? "http://" + url : url
            let host = whole.drop { $0 != "/" }.dropFirst(2).prefix { !"/?#".contains($0) }
            guard !host.isEmpty, !host.hasPrefix(":") else {
                throw ShellRefusal("\"\(url)\" names no host", "its variable may be empty")
            }
        }
    }

    // MARK: Commands of the shell

    private static func echo(
        _ words: ArraySlice<String>,
        _ around: Surroundings
    ) throws(ShellRefusal) -> String {
        var words = words
        var ends = true
        var isEscaped = false
        while let word = words.first, word.hasPrefix("-"), word.count > 1,
            word.dropFirst().allSatisfy({ "neE".contains($0) })
        {
            if word.contains("n") { ends = false }
            if word.contains("e") { isEscaped = true }
            words = words.dropFirst()
        }
        var text = words.joined(separator: " ")
        if text.contains("\\"), isEscaped || !around.isBash {
            // dash always does, busybox and bash only when asked: what they agree on is few.
            guard isEscaped, let plain = unescaped(text) else {
                throw ShellRefusal("a \\ in an echo means different things to shells")
            }
            text = plain
        }
        return text + (ends ? "\n" : "")
    }

    private static func printf(_ words: ArraySlice<String>) throws(ShellRefusal) -> String {
        guard let format = words.first, let plain = unescaped(format) else {
            throw ShellRefusal("this printf is not known here", "'text\\n' and '%s\\n' are")
        }
        var text = ""
        var arguments = words.dropFirst()
        repeat {
            let before = arguments.count
            var rest = plain[...]
            while let mark = rest.firstIndex(of: "%") {
                text += rest[..<mark]
                rest = rest[rest.index(after: mark)...]
                switch rest.first {
                case "%": text += "%"
                case "s": text += arguments.popFirst() ?? ""
                case "d":
                    guard let number = Int(arguments.popFirst() ?? "0") else {
                        throw ShellRefusal("%d of printf wants a number")
                    }
                    text += String(number)
                default:
                    throw ShellRefusal("this printf is not known here", "%s and %d are")
                }
                rest = rest.dropFirst()
            }
            text += rest
            // The format is used again as long as there are words for it.
            if arguments.count == before { break }
        } while !arguments.isEmpty
        return text
    }

    private static func pause(
        _ name: String,
        _ words: ArraySlice<String>
    ) throws(ShellRefusal) -> Duration {
        guard !words.isEmpty else { throw ShellRefusal("a \(name) without a time") }
        var whole = Duration.zero
        for word in words {
            guard let time = SleepTime(word) else {
                throw ShellRefusal("\"\(word)\" is no time to sleep that is known here")
            }
            // 100 years are long enough.
            let limit = time.duration ?? .seconds(3_155_760_000)
            whole += name == "usleep" ? limit / 1_000_000 : limit
        }
        return whole
    }

    private static func set(_ words: ArraySlice<String>) throws(ShellRefusal) -> ShellPlan {
        var strict: Bool?
        for option in words {
            let isKnown =
                (option.hasPrefix("-") || option.hasPrefix("+"))
                && option.dropFirst().allSatisfy { "euxo".contains($0) }
            guard isKnown || ["pipefail", "errexit", "nounset"].contains(option) else {
                throw ShellRefusal("set \(option) is not known here")
            }
            if isKnown, option.contains("e") { strict = option.hasPrefix("-") }
            if option == "errexit" { strict = true }
        }
        return strict.map { .strict($0) } ?? .status(0)
    }

    private static func sequence(_ words: ArraySlice<String>) throws(ShellRefusal) -> String {
        let numbers = words.map { Int($0) }
        guard (1...3).contains(numbers.count), !numbers.contains(nil) else {
            throw ShellRefusal("this seq is not known here", "seq LAST and seq FIRST LAST are")
        }
        let known = numbers.compactMap(\.self)
        let first = known.count > 1 ? known[0] : 1
        let step = known.count == 3 ? known[1] : 1
        let last = known[known.count - 1]
        guard step != 0, abs(first) < 1 << 40, abs(last) < 1 << 40, abs(step) < 1 << 40,
            abs(last - first) / abs(step) < 100_000
        else { throw ShellRefusal("a seq of more than 100000 numbers is not known here") }
        return ShellFilter.joined(stride(from: first, through: last, by: step).map { String($0) })
    }

    /// `/dev/tcp/HOST/PORT`, which bash opens as a connection.
    private static func device(
        _ path: String,
        _ name: String,
        _ around: Surroundings
    ) throws(ShellRefusal) -> ShellPlan {
        guard around.isBash else {
            throw ShellRefusal("only bash knows /dev/tcp, and this is another shell", "write nc -z")
        }
        let parts = path.dropFirst("/dev/tcp/".count).split(
            separator: "/",
            omittingEmptySubsequences: false
        )
        guard ["echo", ":", "true", "printf", "cat"].contains(name), parts.count == 2,
            !parts[0].isEmpty
        else { throw ShellRefusal("\(path) is not known here") }
        let port = try ShellAsker.port(String(parts[1]))
        return .ask(.port(host: String(parts[0]), port: port, limit: nil), says: "")
    }

    /// The escapes on which all shells agree; nil for others.
    private static func unescaped(_ text: String) -> String? {
        var made = ""
        var rest = text[...]
        while let character = rest.popFirst() {
            guard character == "\\" else {
                made.append(character)
                continue
            }
            switch rest.popFirst() {
            case "n": made += "\n"
            case "t": made += "\t"
            case "r": made += "\r"
            case "\\": made += "\\"
            default:
                // \033 begins a colour.
                guard rest.startIndex > text.startIndex, text[..<rest.startIndex].hasSuffix("\\0"),
                    rest.hasPrefix("33")
                else { return nil }
                rest = rest.dropFirst(2)
                made += "\u{1B}"
            }
        }
        return made
    }
}
