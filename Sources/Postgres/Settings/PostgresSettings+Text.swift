package import Basics
import HTTP

extension PostgresSettings {
    private static let schemes = ["postgres://", "postgresql://"]
    /// The longest text, in bytes.
    package static let textMaximum = 16 << 10

    /// Reads a URL, `postgresql://user:secret@host:5432,[::1]:5433/database?sslmode=require`, or a
    /// conninfo text, `host=db user='me'`.
    ///
    /// In a URL every part is percent-decoded (RFC 3986) after it was cut, so that a secret may hold any
    /// character; user and password end at the last `@` before the path. `jdbc:` in front is taken off.
    /// - Parameters:
    ///   - text: The text.
    ///   - place: What failures call it; a URL is never quoted, since it holds a secret.
    ///   - others: Names of parameters that belong to the reader and come to `others`.
    /// - Throws: `invalid` with one sentence.
    package init(
        _ text: String,
        in place: String = "the database URL",
        others: [String] = []
    ) throws(Failure) {
        self.init()
        guard text.utf8.count <= Self.textMaximum, !text.utf8.contains(0) else {
            throw Failure(.invalid, "\(place) is too long or holds a zero byte")
        }
        let plain = text.hasPrefix("jdbc:") ? text.dropFirst(5) : Substring(text)
        if let scheme = Self.schemes.first(where: { plain.hasPrefix($0) }) {
            try read(url: plain.dropFirst(scheme.count), place, others)
        } else if let colons = plain.firstRange(of: "://"),
            !plain[..<colons.lowerBound].contains("=")
        {
            throw Failure(
                .invalid,
                "\(place) begins with \"\(plain[..<colons.upperBound])\"",
                remedy: "write postgresql://user@host:5432/database"
            )
        } else {
            try read(conninfo: plain, place, others)
        }
    }

    /// Reads the variables `PGHOST`, `PGPORT`, `PGUSER` and so on; empty ones say nothing.
    ///
    /// - Throws: `invalid` with one sentence that names the variable.
    package init(environment: [String: String]) throws(Failure) {
        self.init()
        for (variable, name) in Self.variables {
            guard let value = environment[variable], !value.isEmpty else { continue }
            try set(name, value, in: variable)
        }
    }

    /// In this order, since ports belong to hosts.
    private static let variables = [
        ("PGHOST", "host"), ("PGPORT", "port"), ("PGUSER", "user"), ("PGPASSWORD", "password"),
        ("PGDATABASE", "dbname"), ("PGPASSFILE", "passfile"), ("PGSSLMODE", "sslmode"),
        ("PGSSLROOTCERT", "sslrootcert"), ("PGSSLCERT", "sslcert"), ("PGSSLKEY", "sslkey"),
        ("PGAPPNAME", "application_name"), ("PGCONNECT_TIMEOUT", "connect_timeout"),
        ("PGTARGETSESSIONATTRS", "target_session_attrs"), ("PGOPTIONS", "options"),
        ("PGHOSTADDR", "hostaddr"), ("PGSERVICE", "service"),
    ]

    // MARK: URLs

    private mutating func read(
        url: Substring,
        _ place: String,
        _ others: [String]
    ) throws(Failure) {
        let mark = url.firstIndex(of: "?") ?? url.endIndex
        let front = url[..<mark]
        // A secret with a slash in it is common, and no path has an @.
        let at = front.lastIndex(of: "@")
        var rest = front
        if let at {
            let login = front[..<at]
            let colon = login.firstIndex(of: ":") ?? login.endIndex
            let user = try Self.decoded(login[..<colon], place, "user")
            if !user.isEmpty { self.user = user }
            if colon < login.endIndex {
                let after = login[login.index(after: colon)...]
                password = try Self.decoded(after, place, "password")
            }
            rest = front[front.index(after: at)...]
        }
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        try read(servers: rest[..<slash], place)
        if slash < rest.endIndex {
            let name = try Self.decoded(rest[rest.index(after: slash)...], place, "database")
            if !name.isEmpty { database = name }
        }
        guard mark < url.endIndex else { return }
        let query = url[url.index(after: mark)...]
        for pair in query.split(separator: "&") {
            let equals = pair.firstIndex(of: "=") ?? pair.endIndex
            let name = try Self.decoded(pair[..<equals], place, "parameter")
            guard equals < pair.endIndex else {
                throw Failure(.invalid, "\(place): the parameter \"\(name)\" has no value")
            }
            let value = try Self.decoded(pair[pair.index(after: equals)...], place, name)
            try set(name, value, in: place, others: others)
        }
    }

    private mutating func read(servers: Substring, _ place: String) throws(Failure) {
        guard !servers.isEmpty else { return }
        let texts = servers.split(separator: ",", omittingEmptySubsequences: false)
        guard texts.count <= Self.hostsMaximum else {
            throw Failure(.invalid, "\(place): more than \(Self.hostsMaximum) servers")
        }
        for text in texts {
            var name = text
            var port: Substring = ""
            if text.hasPrefix("[") {
                guard let end = text.firstIndex(of: "]") else {
                    throw Failure(.invalid, "\(place): an address without its closing ]")
                }
                name = text[text.index(after: text.startIndex)..<end]
                let behind = text[text.index(after: end)...]
                guard behind.isEmpty || behind.hasPrefix(":") else {
                    throw Failure(.invalid, "\(place): what follows the ] is no port")
                }
                port = behind.dropFirst()
            } else if let colon = text.lastIndex(of: ":") {
                name = text[..<colon]
                port = text[text.index(after: colon)...]
                guard !name.contains(":") else {
                    throw Failure(
                        .invalid,
                        "\(place): \"\(text)\" is no server",
                        remedy: "write an IPv6 address in [ ]"
                    )
                }
            }
            let host = try Self.decoded(name, place, "host")
            let number = try Self.port(port, place)
            if host.isEmpty {
                // `postgresql://:5433/x`: the usual server at that port.
                guard texts.count == 1 else {
                    throw Failure(.invalid, "\(place): a server without a name")
                }
                self.port = number > 0 ? number : nil
            } else {
                hosts.append(Host(host, number))
            }
        }
    }

    private static func decoded(
        _ text: some StringProtocol,
        _ place: String,
        _ what: String
    ) throws(Failure) -> String {
        guard let plain = HTTPTarget.decode(text) else {
            throw Failure(
                .invalid,
                "\(place): the \(what) is not percent-encoded rightly",
                remedy: "write % as %25"
            )
        }
        return plain
    }

    // MARK: Conninfo

    /// `name = value name='a \' quoted one'`; a text without any `=` is the name of a database.
    private mutating func read(
        conninfo: Substring,
        _ place: String,
        _ others: [String]
    ) throws(Failure) {
        guard conninfo.contains("=") else {
            database = conninfo.isEmpty ? nil : String(conninfo)
            return
        }
        var pairs: [(name: String, value: String)] = []
        var rest = conninfo.drop { $0.isWhitespace }
        while !rest.isEmpty {
            let name = rest.prefix { $0 != "=" && !$0.isWhitespace }
            rest = rest.dropFirst(name.count).drop { $0.isWhitespace }
            guard rest.first == "=" else {
                throw Failure(.invalid, "\(place): no \"=\" follows \"\(name)\"")
            }
            rest = rest.dropFirst().drop { $0.isWhitespace }
            var value = ""
            let isQuoted = rest.first == "'"
            if isQuoted { rest = rest.dropFirst() }
            var isEnded = !isQuoted
            while let character = rest.first {
                if isQuoted ? character == "'" : character.isWhitespace {
                    if isQuoted { rest = rest.dropFirst() }
                    isEnded = true
                    break
                }
                rest = rest.dropFirst()
                if character == "\\" {
                    guard let escaped = rest.popFirst() else { break }
                    value.append(escaped)
                } else {
                    value.append(character)
                }
            }
            guard isEnded else { throw Failure(.invalid, "\(place): a ' does not end") }
            pairs.append((String(name), value))
            rest = rest.drop { $0.isWhitespace }
        }
        // Ports belong to hosts, wherever they stand.
        for pair in pairs where pair.name != "port" {
            try set(pair.name, pair.value, in: place, others: others)
        }
        for pair in pairs where pair.name == "port" {
            try set(pair.name, pair.value, in: place, others: others)
        }
    }
}
