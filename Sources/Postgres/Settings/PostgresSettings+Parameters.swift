package import Basics

extension PostgresSettings {
    /// Parameters of libpq that change nothing here, and why that is no harm.
    private static let harmless: Set<String> = [
        "client_encoding", "fallback_application_name", "gssdelegation", "gsslib", "keepalives",
        "keepalives_count", "keepalives_idle", "keepalives_interval", "krbsrvname",
        "load_balance_hosts", "sslcompression", "sslpassword", "sslsni", "tcp_user_timeout",
        "ssl_min_protocol_version", "ssl_max_protocol_version", "gssencmode", "channel_binding",
    ]
    /// Parameters of libpq whose effect whoever writes them relies on.
    private static let missing: [String: String] = [
        "hostaddr": "write the address as the host",
        "service": "write what the service file says",
        "sslcrl": "leave it out: revoked certificates are not looked for",
        "sslcrldir": "leave it out: revoked certificates are not looked for",
        "require_auth": "leave it out",
        "requirepeer": "leave it out",
        "replication": "leave it out",
        "sslnegotiation": "leave it out: the session is secured after PostgreSQL's own request",
    ]
    private static let known = [
        "host", "port", "user", "password", "dbname", "passfile", "sslmode", "sslrootcert",
        "sslcert", "sslkey", "application_name", "connect_timeout", "target_session_attrs",
        "options", "ssl",
    ]

    /// Takes a parameter by libpq's name.
    ///
    /// - Parameters:
    ///   - name: The parameter.
    ///   - value: Its value, decoded.
    ///   - place: Where it stands, for failures.
    ///   - others: Names that belong to whoever reads the settings.
    /// - Throws: `invalid` with a sentence for an unknown name or a value that makes no sense.
    package mutating func set(
        _ name: String,
        _ value: String,
        in place: String,
        others: [String] = []
    ) throws(Failure) {
        if others.contains(name) {
            self.others[name] = value
            return
        }
        switch name {
        case "host": hosts = try Self.hosts(value, place)
        case "port": try setPorts(value, place)
        case "user": user = value
        case "password": password = value
        case "dbname": database = value.isEmpty ? nil : value
        case "passfile": passfile = value
        case "sslmode": sslMode = try Self.word(value, name, place)
        case "ssl":
            // As JDBC's URLs have it.
            guard value == "true" else { throw Self.bad(name, value, place, "write sslmode=") }
            sslMode = .verifyFull
        case "sslrootcert": rootCertificate = value
        case "sslcert": certificate = value
        case "sslkey": key = value
        case "application_name": application = value
        case "connect_timeout":
            guard let seconds = Int(value.trimmingSpace()), abs(seconds) < 1 << 31 else {
                throw Self.bad(name, value, place, "write whole seconds")
            }
            connectTimeout = .seconds(max(0, seconds))
        case "target_session_attrs": target = try Self.word(value, name, place)
        case "options": options = value
        case let name where Self.harmless.contains(name):
            let isDemand =
                name == "gssencmode" && value == "require"
                || name == "channel_binding" && value == "require"
            if isDemand { throw Self.bad(name, value, place, "it is not supported here") }
            withoutEffect.append(name)
        case let name:
            if let remedy = Self.missing[name] {
                throw Failure(
                    .invalid,
                    "\(place): the parameter \"\(name)\" is not supported here",
                    remedy: remedy
                )
            }
            let nearest = NearestMatch.of(name, among: Self.known + others)
            throw Failure(
                .invalid,
                "\(place): the parameter \"\(name)\" is not known",
                remedy: nearest.map { "did you mean \"\($0)\"?" } ?? ""
            )
        }
    }

    /// Servers in a row, parted by commas: each keeps its port if it has one.
    static func hosts(
        _ text: String,
        _ place: String
    ) throws(Failure) -> [Host] {
        guard !text.isEmpty else { return [] }
        let names = text.split(separator: ",", omittingEmptySubsequences: false)
        guard names.count <= hostsMaximum else {
            throw Failure(.invalid, "\(place): more than \(hostsMaximum) servers")
        }
        var hosts: [Host] = []
        for name in names {
            guard !name.isEmpty, !name.utf8.contains(0) else {
                throw Failure(.invalid, "\(place): a server without a name")
            }
            hosts.append(Host(String(name)))
        }
        return hosts
    }

    private mutating func setPorts(_ text: String, _ place: String) throws(Failure) {
        let texts = text.split(separator: ",", omittingEmptySubsequences: false)
        var ports: [UInt16] = []
        for text in texts { ports.append(try Self.port(text, place)) }
        guard let first = ports.first else { return }
        if hosts.isEmpty || ports.count == 1 {
            port = first > 0 ? first : nil
            guard ports.count == 1 else {
                throw Failure(.invalid, "\(place): more ports than servers")
            }
            return
        }
        guard ports.count == hosts.count else {
            throw Failure(
                .invalid,
                "\(place): \(ports.count) ports for \(hosts.count) servers",
                remedy: "write one for each, or one for all"
            )
        }
        for (index, port) in ports.enumerated() { hosts[index].port = port }
    }

    static func port(_ text: some StringProtocol, _ place: String) throws(Failure) -> UInt16 {
        if text.isEmpty { return 0 }
        guard let port = UInt16(text), port > 0 else {
            throw Failure(.invalid, "\(place): \"\(text)\" is no port")
        }
        return port
    }

    private static func word<Word: RawRepresentable & CaseIterable>(
        _ value: String,
        _ name: String,
        _ place: String
    ) throws(Failure) -> Word where Word.RawValue == String {
        guard let word = Word(rawValue: value) else {
            let words = Word.allCases.map(\.rawValue)
            let nearest = NearestMatch.of(value, among: words)
            throw bad(
                name,
                value,
                place,
                nearest.map { "did you mean \"\($0)\"?" }
                    ?? "it is one of \(words.joined(separator: ", "))"
            )
        }
        return word
    }

    private static func bad(
        _ name: String,
        _ value: String,
        _ place: String,
        _ remedy: String
    ) -> Failure {
        Failure(
            .invalid,
            "\(place): \(name) cannot be \"\(value)\"",
            remedy: remedy
        )
    }
}
