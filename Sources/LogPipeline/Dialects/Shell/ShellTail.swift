import Basics
import Formats

/// What `tail` was called with.
struct ShellTail: Hashable {
    var files: [String] = []
    var follows = false
    /// Whether a file is opened anew when another one takes its name.
    var byName = false
    /// From the beginning, or from the end, or the last lines.
    var start = Start.last(10)
    var interval: Duration?
    var isQuiet = false

    enum Start: Hashable {
        case beginning
        case end
        case last(Int)
    }

    /// Reads the arguments; what is not known is reported.
    init?(_ words: [(text: String, place: Place)], log: FindingLog) {
        var index = 0
        var isOptions = true
        /// The value of an option: the rest of its word, or the next word.
        func value(_ rest: Substring, _ place: Place, _ name: String) -> String? {
            if !rest.isEmpty { return String(rest) }
            index += 1
            guard index < words.count else {
                log.error(place, "\(name) of tail needs a value")
                return nil
            }
            return words[index].text
        }
        while index < words.count {
            let (word, place) = words[index]
            defer { index += 1 }
            guard isOptions, word.hasPrefix("-"), word != "-" else {
                files.append(word)
                continue
            }
            if word == "--" {
                isOptions = false
                continue
            }
            if word.hasPrefix("--") {
                guard long(word, place, log) else { return nil }
                continue
            }
            // The old way: -100.
            var letters = word.dropFirst()
            let digits = letters.prefix { ("0"..."9").contains($0) }
            if let count = Int(digits) {
                start = count == 0 ? .end : .last(count)
                letters = letters.dropFirst(digits.count)
            }
            letters: while let letter = letters.popFirst() {
                switch letter {
                case "f": follows = true
                case "F":
                    follows = true
                    byName = true
                case "q": isQuiet = true
                case "v": isQuiet = false
                case "n", "c":
                    guard let text = value(letters, place, "-\(letter)") else { return nil }
                    guard count(text, isBytes: letter == "c", place, log) else { return nil }
                    break letters
                case "s":
                    guard let text = value(letters, place, "-s") else { return nil }
                    guard let time = FluentBitValues.time(text), time > .zero else {
                        log.error(place, "\"\(text)\" is no number of seconds")
                        return nil
                    }
                    interval = time
                    break letters
                default:
                    log.error(
                        place,
                        "the option -\(letter) of tail is not known",
                        "-f, -F, -n, -c, -s, -q and -v are"
                    )
                    return nil
                }
            }
        }
        guard !files.isEmpty else {
            log.error(words.first?.place ?? Place(ShellLexer.file, nil), "tail needs a file")
            return nil
        }
        guard !files.contains("") else {
            log.error(
                words.first?.place ?? Place(ShellLexer.file, nil),
                "tail of a file without a name",
                "set the variable that names it"
            )
            return nil
        }
        guard follows else {
            log.error(
                words.first?.place ?? Place(ShellLexer.file, nil),
                "tail without -f or -F ends at once",
                "write tail -F"
            )
            return nil
        }
    }

    private mutating func long(_ word: String, _ place: Place, _ log: FindingLog) -> Bool {
        let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
        switch parts[0] {
        case "--follow":
            follows = true
            byName = byName || parts.count == 2 && parts[1] == "name"
        case "--retry": break
        case "--quiet", "--silent": isQuiet = true
        case "--verbose": isQuiet = false
        case "--lines" where parts.count == 2, "--bytes" where parts.count == 2:
            return count(parts[1], isBytes: parts[0] == "--bytes", place, log)
        case "--sleep-interval" where parts.count == 2:
            interval = FluentBitValues.time(parts[1])
        default:
            log.error(place, "the option \(word) of tail is not known")
            return false
        }
        return true
    }

    private mutating func count(
        _ text: String,
        isBytes: Bool,
        _ place: Place,
        _ log: FindingLog
    ) -> Bool {
        let isFromStart = text.hasPrefix("+")
        guard let number = Int(text.drop { $0 == "+" || $0 == "-" }) else {
            log.error(place, "\"\(text)\" is no number of lines")
            return false
        }
        if isFromStart {
            guard number <= 1 else {
                log.error(place, "lines cannot be left out at the beginning", "write -n +1")
                return false
            }
            start = .beginning
        } else if number == 0 {
            start = .end
        } else if isBytes {
            log.error(place, "the last bytes of a file are not known", "write -n or -c +1")
            return false
        } else {
            start = .last(number)
        }
        return true
    }
}
