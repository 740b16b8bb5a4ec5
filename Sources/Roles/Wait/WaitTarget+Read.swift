import Basics
import Formats
import HTTP
import Postgres

extension WaitTarget {
    /// Beginnings of targets, for hints.
    private static let schemes = [
        "tcp", "unix", "http", "https", "tls", "dns", "postgres", "postgresql", "mysql", "redis",
        "rediss", "grpc", "grpcs", "file", "exec", "admin",
    ]

    /// Reads a word of the command line.
    ///
    /// - Throws: `invalid` with one sentence.
    init(_ word: String, environment: [String: String] = [:]) throws(Failure) {
        guard let colon = word.firstIndex(of: ":"), !word[..<colon].contains("/") else {
            if word.hasPrefix("/") || word.hasPrefix("./") {
                throw Self.bad(word, "write file:\(word) or unix:\(word)")
            }
            throw Self.bad(word, "write HOST:PORT, or a URL")
        }
        let scheme = word[..<colon].lowercased()
        let rest = word[word.index(after: colon)...]
        let isURL = rest.hasPrefix("//")
        let body = isURL ? rest.dropFirst(2) : rest
        switch scheme {
        case "http", "https":
            guard let address = HTTPAddress(word) else { throw Self.bad(word, "a host is missing") }
            self = .http(address)
        case "tcp": self = .tcp(try Self.address(body, word))
        case "tls": self = .tls(try Self.address(body, word, usual: 443))
        case "mysql", "mariadb": self = .mysql(try Self.server(body, word, usual: 3306))
        case "unix":
            guard body.hasPrefix("/") else { throw Self.bad(word, "write unix:/path") }
            self = .unix(String(body))
        case "dns": self = try Self.dns(body, word)
        case "postgres", "postgresql", "jdbc": self = try Self.postgres(word, environment)
        case "redis", "rediss": self = try Self.redis(body, word, isSecure: scheme == "rediss")
        case "grpc", "grpcs":
            let slash = body.firstIndex(of: "/") ?? body.endIndex
            self = .grpc(
                try Self.address(body[..<slash], word, usual: scheme == "grpcs" ? 443 : nil),
                service: String(body[slash...].dropFirst()),
                isSecure: scheme == "grpcs"
            )
        case "file": self = try Self.file(body, word)
        case "exec": self = .command(try Self.words(rest, word))
        case "admin":
            guard
                let address = UInt16(body).map({ NetworkAddress(host: "127.0.0.1", port: $0) })
                    ?? NetworkAddress(body), address.port > 0
            else { throw Self.bad(word, "write admin:PORT or admin:HOST:PORT") }
            self = .http(
                HTTPAddress(
                    isSecure: false,
                    host: address.host,
                    port: address.port,
                    target: "/readyz"
                )
            )
        default:
            guard !isURL else {
                let nearest = NearestMatch.of(scheme, among: Self.schemes)
                throw Self.bad(
                    word,
                    nearest.map { "did you mean \"\($0)://\"?" }
                        ?? "known are " + Self.schemes.joined(separator: ", ")
                )
            }
            self = .tcp(try Self.address(word, word))
        }
    }

    private static func bad(_ word: String, _ remedy: String) -> Failure {
        // A word that cannot be read may still hold a secret: what stands before an @ is not shown.
        let shown =
            word.lastIndex(of: "@").map { at in
                word.prefix { $0 != ":" } + "://...@" + word[word.index(after: at)...]
            } ?? Substring(word)
        return Failure(.invalid, "\"\(shown)\" is nothing to wait for", remedy: remedy)
    }

    private static func address(
        _ text: some StringProtocol,
        _ word: String,
        usual: UInt16? = nil
    ) throws(Failure) -> NetworkAddress {
        let plain = text.hasSuffix("/") ? String(text.dropLast()) : String(text)
        guard let address = NetworkAddress(plain, usual: usual) else {
            throw bad(word, "write HOST:PORT")
        }
        return address
    }

    /// The host and port of a URL, which may name a user before and a database behind.
    private static func server(
        _ text: Substring,
        _ word: String,
        usual: UInt16
    ) throws(Failure) -> NetworkAddress {
        let front = text.prefix { $0 != "?" }
        let server = front.lastIndex(of: "@").map { front[front.index(after: $0)...] } ?? front
        return try address(server.prefix { $0 != "/" }, word, usual: usual)
    }

    /// The part before the `?`, and the parameters behind it.
    private static func parameters(
        _ text: Substring,
        _ word: String,
        known: [String]
    ) throws(Failure) -> (front: Substring, values: [String: String]) {
        let mark = text.firstIndex(of: "?") ?? text.endIndex
        var values: [String: String] = [:]
        for pair in text[mark...].dropFirst().split(separator: "&") {
            let equals = pair.firstIndex(of: "=") ?? pair.endIndex
            let name = String(pair[..<equals])
            guard known.contains(name) else {
                let nearest = NearestMatch.of(name, among: known)
                throw bad(
                    word,
                    nearest.map { "did you mean \"\($0)\"?" }
                        ?? "its parameters are " + known.joined(separator: ", ")
                )
            }
            let value = equals < pair.endIndex ? pair[pair.index(after: equals)...] : "true"
            guard let plain = HTTPTarget.decode(value) else { throw bad(word, "write % as %25") }
            values[name] = plain
        }
        return (text[..<mark], values)
    }

    private static func choice<Choice: RawRepresentable & CaseIterable>(
        _ text: String?,
        _ name: String,
        _ usual: Choice,
        _ word: String
    ) throws(Failure) -> Choice where Choice.RawValue == String {
        guard let text else { return usual }
        guard let choice = Choice(rawValue: text.lowercased()) else {
            let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw bad(word, "\(name) is one of \(words)")
        }
        return choice
    }

    // MARK: Kinds

    private static func dns(_ text: Substring, _ word: String) throws(Failure) -> WaitTarget {
        let (name, values) = try parameters(text, word, known: ["type", "min", "server"])
        let least = Int(values["min"] ?? "1")
        guard let least, (1...1024).contains(least) else {
            throw bad(word, "min is a number of records")
        }
        guard !name.isEmpty, !name.contains("/") else { throw bad(word, "write dns:NAME") }
        return .dns(
            name: String(name),
            type: try choice(values["type"], "type", .any, word),
            least: least,
            server: values["server"]
        )
    }

    private static func postgres(
        _ word: String,
        _ environment: [String: String]
    ) throws(Failure) -> WaitTarget {
        let url = try PostgresSettings(word, in: "the PostgreSQL URL", others: ["role", "check"])
        var settings = url.over(try PostgresSettings(environment: environment))
        if let role = settings.others["role"] {
            guard settings.target == nil || url.target == nil,
                let target = PostgresSettings.Target(rawValue: role)
            else { throw bad(word, "role is any, primary, standby, read-write or read-only") }
            settings.target = target
        }
        let need: PostgresNeed = try choice(settings.others["check"], "check", .query, word)
        let servers = settings.servers().map(\.description).joined(separator: ",")
        let role = settings.target.map { $0 == .any ? "" : "?role=\($0.rawValue)" } ?? ""
        return .postgres(settings, need, shown: "postgres://\(servers)\(role)")
    }

    private static func redis(
        _ text: Substring,
        _ word: String,
        isSecure: Bool
    ) throws(Failure) -> WaitTarget {
        let (front, values) = try parameters(text, word, known: ["role"])
        let at = front.lastIndex(of: "@")
        var user: String?
        var password: String?
        if let at {
            let login = front[..<at]
            let colon = login.firstIndex(of: ":")
            let name = HTTPTarget.decode(colon.map { login[..<$0] } ?? "")
            let secret = HTTPTarget.decode(colon.map { login[login.index(after: $0)...] } ?? login)
            guard let name, let secret else { throw bad(word, "write % as %25") }
            user = name.isEmpty ? nil : name
            password = secret
        }
        return .redis(
            try server(front, word, usual: 6379),
            user: user,
            password: password,
            try choice(values["role"] == "slave" ? "replica" : values["role"], "role", .any, word),
            isSecure: isSecure
        )
    }

    private static func file(_ text: Substring, _ word: String) throws(Failure) -> WaitTarget {
        let (path, values) = try parameters(text, word, known: ["nonempty", "fresh"])
        guard path.hasPrefix("/") || path.hasPrefix("./") else {
            throw bad(word, "write file:/path")
        }
        var freshness: Duration?
        if let text = values["fresh"] {
            guard let duration = Duration(text: text), duration > .zero else {
                throw bad(word, "fresh is a duration such as 5m")
            }
            freshness = duration
        }
        guard ["true", "false", nil].contains(values["nonempty"]) else {
            throw bad(word, "nonempty is true or false")
        }
        return .file(String(path), isFilled: values["nonempty"] == "true", freshness: freshness)
    }

    /// The words of a command, with quotes as a shell has them; nothing is filled in.
    private static func words(_ text: Substring, _ word: String) throws(Failure) -> [String] {
        let log = FindingLog(isLenient: false)
        var lexer = ShellLexer(String(text), log: log)
        let tokens = lexer.tokens()
        let words = (tokens ?? []).map(\.plainText)
        let plain = words.compactMap { $0 }
        guard tokens != nil, !plain.isEmpty, plain.count == words.count else {
            throw bad(
                word,
                "write exec:program words; a shell's signs and variables are not filled in"
            )
        }
        return plain
    }
}
