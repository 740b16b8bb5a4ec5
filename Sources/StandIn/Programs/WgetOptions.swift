/// What a command line of wget asks for: what BusyBox and GNU have in common, and a little of GNU's.
package struct WgetOptions: Sendable, Hashable {
    /// The addresses.
    package private(set) var urls: [String] = []
    /// Nothing is told (`-q`).
    package private(set) var isQuiet = false
    /// The file; `-` is standard output.
    package private(set) var output: String?
    /// The directory for files (`-P`).
    package private(set) var folder: String?
    /// Nothing is brought (`--spider`).
    package private(set) var isSpider = false
    /// How long a server may say nothing.
    package private(set) var silence = Duration.seconds(900)
    /// How often; 0 without an end.
    package private(set) var tries = 20
    /// `-S`.
    package private(set) var showsHeaders = false
    /// Fields, `Name: value`.
    package private(set) var headers: [String] = []
    /// Whether certificates are looked at.
    package private(set) var verifies = true
    /// A file that is there in part is completed (`-c`).
    package private(set) var goesOn = false
    /// The name of the program in requests.
    package private(set) var agent = "Wget (companion)"
    /// What is posted.
    package private(set) var body: String?
    /// A file of authorities.
    package private(set) var authorities: String?
    /// Who asks.
    package private(set) var user: String?
    /// The password.
    package private(set) var password: String?
    /// The most redirections.
    package private(set) var redirects = 20
    /// The pause between tries.
    package private(set) var wait = Duration.seconds(1)
    /// Whether a server that takes no connections is tried again (`--retry-connrefused`).
    package private(set) var triesRefused = false
    /// Only help is asked for.
    package private(set) var isHelp = false

    /// Why a command line is no good.
    package struct Mistake: Error, Sendable, Hashable {
        /// wget's words.
        package var text: String
    }

    private static let letters: [Character: String] = [
        "q": "quiet", "O": "output-document", "P": "directory-prefix", "T": "timeout", "t": "tries",
        "S": "server-response", "c": "continue", "U": "user-agent", "h": "help", "v": "verbose",
    ]
    private static let flags: Set<String> = [
        "quiet", "spider", "server-response", "no-check-certificate", "continue", "help", "verbose",
        "no-verbose", "no-cache", "no-proxy", "no-hsts", "retry-connrefused",
    ]
    private static let values: Set<String> = [
        "output-document", "directory-prefix", "timeout", "tries", "header", "user-agent",
        "post-data", "ca-certificate", "user", "password", "http-user", "http-password",
        "max-redirect", "waitretry", "read-timeout", "connect-timeout",
    ]

    /// Reads the words behind `wget`.
    package init(_ words: [String]) throws(Mistake) {
        var rest = words[...]
        while let word = rest.popFirst() {
            if word == "--" {
                urls += rest
                break
            }
            if word.hasPrefix("--") {
                let name = String(word.dropFirst(2).prefix { $0 != "=" })
                let given =
                    word.dropFirst(2).count > name.count
                    ? String(word.dropFirst(3 + name.count)) : nil
                try set(name, given, &rest, word)
            } else if word == "-nv" {
                isQuiet = false
            } else if word.hasPrefix("-"), word.count > 1 {
                var joined = word.dropFirst()
                while let letter = joined.popFirst() {
                    guard let name = Self.letters[letter] else {
                        throw Mistake(text: "unrecognized option: -\(letter)")
                    }
                    if Self.flags.contains(name) {
                        try set(name, nil, &rest, word)
                    } else {
                        try set(name, joined.isEmpty ? nil : String(joined), &rest, word)
                        joined = ""
                    }
                }
            } else {
                urls.append(word)
            }
        }
    }

    private mutating func set(
        _ name: String,
        _ given: String?,
        _ rest: inout ArraySlice<String>,
        _ word: String
    ) throws(Mistake) {
        guard Self.flags.contains(name) || Self.values.contains(name) else {
            throw Mistake(text: "unrecognized option: \(word)")
        }
        guard Self.values.contains(name) else {
            switch name {
            case "quiet": isQuiet = true
            case "spider": isSpider = true
            case "server-response": showsHeaders = true
            case "no-check-certificate": verifies = false
            case "continue": goesOn = true
            case "help": isHelp = true
            case "retry-connrefused": triesRefused = true
            default: break
            }
            return
        }
        guard let value = given ?? rest.popFirst() else {
            throw Mistake(text: "option requires an argument: \(word)")
        }
        func number() throws(Mistake) -> Double {
            guard let number = Double(value), number >= 0, number < 1e9 else {
                throw Mistake(text: "\(word): invalid number '\(value)'")
            }
            return number
        }
        switch name {
        case "output-document": output = value
        case "directory-prefix": folder = Self.plain(value)
        case "timeout", "read-timeout": silence = .milliseconds(Int64(try number() * 1000))
        case "connect-timeout": _ = try number()
        case "tries": tries = value == "inf" ? 0 : Int(try number())
        case "waitretry": wait = .milliseconds(Int64(try number() * 1000))
        case "max-redirect": redirects = Int(try number())
        case "header": headers.append(value)
        case "user-agent": agent = value
        case "post-data": body = value
        case "ca-certificate": authorities = value
        case "user", "http-user": user = value
        default: password = value
        }
    }

    /// A path without a slash at its end.
    private static func plain(_ path: String) -> String {
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        return path
    }
}
