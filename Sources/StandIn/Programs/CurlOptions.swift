import Basics

/// What a command line of curl asks for.
package struct CurlOptions: Sendable {
    /// Where a body goes.
    package enum Output: Sendable, Hashable {
        /// Standard output.
        case standard
        /// This file.
        case file(String)
        /// A file named as the address's last part (`-O`).
        case remote
    }

    /// A part of the data that is posted, as it was given.
    package enum Data: Sendable, Hashable {
        /// `-d`: a text, or `@file` without line ends.
        case text(String)
        /// `--data-raw`: a text.
        case raw(String)
        /// `--data-binary`: a text, or `@file` as it is.
        case binary(String)
        /// `--data-urlencode`.
        case encoded(String)
    }

    /// The addresses.
    package private(set) var urls: [String] = []
    /// Where the bodies go, in the order of the addresses.
    package private(set) var outputs: [Output] = []
    /// What is posted.
    package private(set) var data: [Data] = []
    /// Fields, `Name: value`.
    package private(set) var headers: [String] = []
    /// Flags by their long names.
    package private(set) var flags: Set<String> = []
    /// The last values of options by their long names.
    package private(set) var values: [String: String] = [:]
    /// Addresses of hosts (`--resolve`).
    package private(set) var resolves: [String] = []
    /// Only help is asked for.
    package private(set) var isHelp = false
    /// Only the version is asked for.
    package private(set) var isVersion = false

    /// Whether a flag is given, by its long name.
    package func flag(_ name: String) -> Bool { flags.contains(name) }

    /// Why a command line is no good, in curl's words; the exit code is 2.
    package struct Mistake: Error, Sendable, Hashable {
        /// curl's words.
        package var text: String
    }

    private enum Kind {
        case flag
        case value
    }

    private static let table: [(letter: Character?, name: String, kind: Kind)] = [
        ("o", "output", .value), ("O", "remote-name", .flag), ("f", "fail", .flag),
        ("s", "silent", .flag), ("S", "show-error", .flag), ("L", "location", .flag),
        ("k", "insecure", .flag), ("H", "header", .value), ("X", "request", .value),
        ("d", "data", .value), ("u", "user", .value), ("w", "write-out", .value),
        ("I", "head", .flag), ("G", "get", .flag), ("A", "user-agent", .value),
        ("e", "referer", .value), ("b", "cookie", .value), ("i", "include", .flag),
        ("v", "verbose", .flag), ("C", "continue-at", .value), ("J", "remote-header-name", .flag),
        ("T", "upload-file", .value), ("m", "max-time", .value), ("E", "cert", .value),
        ("D", "dump-header", .value), ("n", "netrc", .flag), ("q", "disable", .flag),
        ("N", "no-buffer", .flag), ("g", "globoff", .flag), ("#", "progress-bar", .flag),
        ("r", "range", .value), ("h", "help", .flag), ("V", "version", .flag),
        ("0", "http1.0", .flag),
        (nil, "data-raw", .value), (nil, "data-binary", .value), (nil, "data-ascii", .value),
        (nil, "data-urlencode", .value), (nil, "json", .value), (nil, "url", .value),
        (nil, "retry", .value), (nil, "retry-delay", .value), (nil, "retry-max-time", .value),
        (nil, "retry-connrefused", .flag), (nil, "retry-all-errors", .flag),
        (nil, "connect-timeout", .value), (nil, "cacert", .value), (nil, "key", .value),
        (nil, "create-dirs", .flag), (nil, "resolve", .value), (nil, "unix-socket", .value),
        (nil, "http1.1", .flag), (nil, "compressed", .flag), (nil, "max-redirs", .value),
        (nil, "location-trusted", .flag), (nil, "fail-with-body", .flag),
        (nil, "fail-early", .flag),
        (nil, "output-dir", .value), (nil, "remote-name-all", .flag), (nil, "netrc-file", .value),
        (nil, "oauth2-bearer", .value), (nil, "no-progress-meter", .flag), (nil, "basic", .flag),
        (nil, "max-filesize", .value), (nil, "post301", .flag), (nil, "post302", .flag),
        (nil, "post303", .flag), (nil, "no-keepalive", .flag), (nil, "tlsv1.2", .flag),
        (nil, "proto", .value), (nil, "proto-redir", .value), (nil, "noproxy", .value),
        (nil, "stderr", .value), (nil, "remove-on-error", .flag), (nil, "keepalive-time", .value),
        (nil, "tcp-nodelay", .flag), (nil, "tlsv1.3", .flag), (nil, "http2", .flag),
    ]

    /// Reads the words behind `curl`.
    ///
    /// - Throws: What curl would say of a word that it does not know, or of a missing value; and of what is curl's
    ///   but not done here.
    package init(_ words: [String]) throws(Mistake) {
        var rest = words[...]
        var onlyURLs = false
        while let word = rest.popFirst() {
            if onlyURLs || !word.hasPrefix("-") || word == "-" {
                urls.append(word)
            } else if word == "--" {
                onlyURLs = true
            } else if word.hasPrefix("--") {
                try long(String(word.dropFirst(2)), &rest)
            } else {
                try short(word, &rest)
            }
        }
        if flag("remote-name-all") {
            while outputs.count < urls.count { outputs.append(.remote) }
        }
    }

    private mutating func long(_ name: String, _ rest: inout ArraySlice<String>) throws(Mistake) {
        if let found = Self.table.first(where: { $0.name == name }) {
            guard found.kind == .value else {
                set(name)
                return
            }
            guard let value = rest.popFirst() else {
                throw Mistake(text: "option --\(name): requires parameter")
            }
            try set(name, value)
            return
        }
        if name.hasPrefix("no-"),
            Self.table.contains(where: { $0.name == name.dropFirst(3) && $0.kind == .flag })
        {
            flags.remove(String(name.dropFirst(3)))
            return
        }
        throw Self.unknown("--" + name)
    }

    private mutating func short(
        _ word: String,
        _ rest: inout ArraySlice<String>
    ) throws(Mistake) {
        var letters = word.dropFirst()
        while let letter = letters.popFirst() {
            guard let found = Self.table.first(where: { $0.letter == letter }) else {
                throw Self.unknown("-\(letter)")
            }
            guard found.kind == .value else {
                set(found.name)
                continue
            }
            guard let value = letters.isEmpty ? rest.popFirst() : String(letters) else {
                throw Mistake(text: "option -\(letter): requires parameter")
            }
            try set(found.name, value)
            return
        }
    }

    /// Options of curl that are not done here, so that nobody takes them for misspelt.
    private static let others: Set<String> = [
        "-F", "--form", "-x", "--proxy", "-Z", "--parallel", "-K", "--config", "-c", "--cookie-jar",
        "--next", "-:", "--digest", "--negotiate", "--ntlm", "--anyauth", "--http3",
        "--http2-prior-knowledge", "--etag-save", "--etag-compare",
        "--aws-sigv4", "--limit-rate", "-Y", "-y", "-z", "--time-cond", "-R", "--remote-time",
        "--connect-to", "-4", "-6", "--ipv4", "--ipv6", "--interface", "--pinnedpubkey", "-t", "-a",
        "--url-query", "--speed-limit", "--speed-time", "--socks5", "--socks5-hostname",
        "--preproxy",
        "--proxy-user", "-U", "--capath", "--crlfile", "--engine", "--trace", "--trace-ascii", "-B",
        "--doh-url", "--dns-servers", "--variable", "--expand-url", "--parallel-max",
        "--form-string",
    ]

    private static func unknown(_ word: String) -> Mistake {
        others.contains(word)
            ? Mistake(text: "option \(word): is not done by companion")
            : Mistake(text: "option \(word): is unknown")
    }

    private mutating func set(_ name: String) {
        switch name {
        case "remote-name": outputs.append(.remote)
        case "help": isHelp = true
        case "version": isVersion = true
        default: flags.insert(name)
        }
    }

    private mutating func set(_ name: String, _ value: String) throws(Mistake) {
        switch name {
        case "output": outputs.append(value == "-" ? .standard : .file(value))
        case "url": urls.append(value)
        case "header": headers.append(value)
        case "data", "data-ascii": data.append(.text(value))
        case "data-raw": data.append(.raw(value))
        case "data-binary": data.append(.binary(value))
        case "data-urlencode": data.append(.encoded(value))
        case "json":
            data.append(.binary(value))
            flags.insert("json")
        case "resolve": resolves.append(value)
        case "retry", "max-redirs", "max-filesize":
            guard Int(value) != nil else {
                throw Mistake(text: "option --\(name): expected a proper numerical parameter")
            }
            values[name] = value
        case "retry-delay", "retry-max-time", "max-time", "connect-timeout":
            guard let seconds = Double(value), seconds >= 0, seconds < 1e9 else {
                throw Mistake(text: "option --\(name): expected a proper numerical parameter")
            }
            values[name] = value
        default: values[name] = value
        }
    }

    /// The schemes that `--proto` or `--proto-redir` allows, of those that are done here.
    ///
    /// Words are applied from left to right to all of them: `=https` only this one, `-http` all but this, `+http`
    /// this too, `all`.
    package func schemes(_ name: String) -> Set<String> {
        let known: Set<String> = ["http", "https"]
        var allowed = known
        for word in (values[name] ?? "").split(separator: ",") {
            let sign = word.first { "+-=".contains($0) && word.first == $0 } ?? "+"
            let plain = word.drop { "+-=".contains($0) }.lowercased()
            let meant = plain == "all" ? known : known.intersection([plain])
            switch sign {
            case "=": allowed = meant
            case "-": allowed.subtract(meant)
            default: allowed.formUnion(meant)
            }
        }
        return allowed
    }

    /// A duration option, given in seconds.
    package func seconds(_ name: String) -> Duration? {
        values[name].flatMap { Double($0) }.map { .nanoseconds(Int64($0 * 1e9)) }
    }
}
