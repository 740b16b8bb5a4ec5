public import Basics
internal import HTTP

/// A database ambassador that is told everything by its environment.
///
/// The server is in `DATABASE_URL`, `PGHOST` and `PGPORT`, or `POSTGRES_HOST` and `POSTGRES_PORT`;
/// `PG_REPLICAS` lists others. Port 5432 leads to whichever server takes writes, port 5433 to
/// those that do not.
public enum DatabaseEnvironment {
    /// The ambassador that an environment describes; `nil` if it describes none.
    ///
    /// - Parameters:
    ///   - environment: The variables.
    ///   - host: The address to listen on.
    /// - Returns: The configuration and what was decided.
    /// - Throws: which variable is wrong.
    public static func configuration(
        _ environment: [String: String],
        host: String = "127.0.0.1"
    ) throws(Failure) -> DerivedConfiguration? {
        guard let found = try servers(environment) else { return nil }
        var login = found.login
        login.user = environment["PGUSER"] ?? environment["POSTGRES_USER"] ?? login.user
        login.password =
            login.password ?? environment["PGPASSWORD"] ?? environment["POSTGRES_PASSWORD"]
        login.database =
            login.database ?? environment["PGDATABASE"] ?? environment["POSTGRES_DB"]
        let replicas = try list(environment["PG_REPLICAS"] ?? "", "PG_REPLICAS", port: 5432)
        let all = found.servers + replicas.filter { !found.servers.contains($0) }
        if all.contains(where: { isLoopback($0.host) && $0.port == 5432 }) {
            throw Failure(
                .invalid,
                "\(found.variable) names \(all[0]), which is the ambassador itself",
                remedy: "give the ambassador the database's real name"
            )
        }
        var configuration = ProxyConfiguration()
        var sentences: [String] = []
        func add(_ name: String, port: UInt16, role: HealthCheckSettings.PostgresRole) {
            let address = HostPort(host: host, port: port)
            configuration.clusters.append(cluster(name, all, login, role))
            let tunnel = TunnelSettings(
                statPrefix: name,
                clusters: [WeightedCluster(name: name)],
                idleTimeout: nil,
                connectAttempts: 3
            )
            configuration.listeners.append(QuickStart.listener(address, handler: .tcp(tunnel)))
            let servers = all.map(\.description).joined(separator: ", ")
            let which =
                switch role {
                case .any: ""
                case .primary: ", to the one that takes writes"
                case .standby: ", to those in recovery"
                }
            sentences.append("\(address) goes to PostgreSQL at \(servers)\(which)")
        }
        add("postgres_primary", port: 5432, role: all.count > 1 ? .primary : .any)
        if !replicas.isEmpty { add("postgres_replicas", port: 5433, role: .standby) }
        return DerivedConfiguration(configuration, sentences: sentences)
    }

    private static func cluster(
        _ name: String,
        _ servers: [HostPort],
        _ login: PostgresLogin,
        _ role: HealthCheckSettings.PostgresRole
    ) -> ClusterSettings {
        let isNamed = servers.contains { !$0.isPath && AddressText.address($0.host) == nil }
        return ClusterSettings(
            name: name,
            discovery: isNamed ? .strictDNS : .fixed,
            endpoints: servers.map { Endpoint(address: $0) },
            balancing: .leastConnections,
            connectTimeout: .seconds(4),
            healthChecks: [
                HealthCheckSettings(
                    check: .postgres(
                        user: login.user,
                        role: role,
                        password: role == .any ? nil : login.password,
                        database: role == .any ? nil : login.database
                    ),
                    timeout: .seconds(1),
                    interval: .seconds(1),
                    noTrafficInterval: .seconds(1),
                    unhealthyThreshold: 2,
                    healthyThreshold: 1
                )
            ],
            panicPercent: 0,
            keepalive: KeepaliveSettings(),
            closesUnhealthy: true
        )
    }

    private static func servers(
        _ environment: [String: String]
    ) throws(Failure) -> (servers: [HostPort], login: PostgresLogin, variable: String)? {
        if let url = environment["DATABASE_URL"], !url.isEmpty {
            guard let parsed = parse(url: url) else {
                throw Failure(
                    .invalid,
                    "DATABASE_URL is no URL of a PostgreSQL database",
                    remedy: "write postgres://user:password@host:5432/database"
                )
            }
            let servers = try list(parsed.hosts, "DATABASE_URL", port: 5432)
            return servers.isEmpty ? nil : (servers, parsed.login, "DATABASE_URL")
        }
        let names = [
            ("PGHOST", "PGPORT"), ("POSTGRES_HOST", "POSTGRES_PORT"),
            ("POSTGRESQL_HOST", "POSTGRESQL_PORT"),
        ]
        for (name, portName) in names {
            guard let hosts = environment[name], !hosts.isEmpty else { continue }
            let text = environment[portName] ?? "5432"
            guard let port = UInt16(text), port > 0 else {
                throw Failure(.invalid, "\(portName): \"\(text)\" is no port", remedy: "write 5432")
            }
            return (try list(hosts, name, port: port), PostgresLogin(user: "postgres"), name)
        }
        return nil
    }

    private static func list(
        _ text: String,
        _ name: String,
        port: UInt16
    ) throws(Failure) -> [HostPort] {
        var servers: [HostPort] = []
        for part in text.split(separator: ",").map({ $0.trimmingSpace() }) where !part.isEmpty {
            guard let target = Target(part, defaultPort: port), UInt16(part) == nil else {
                throw Failure(
                    .invalid,
                    "\(name): \"\(part)\" is no host or host:port",
                    remedy: "write db.example.com:5432"
                )
            }
            servers.append(target.address)
        }
        return servers
    }

    /// The user and the hosts of a URL; passwords may hold any character but `@` and `/`.
    private static func parse(url: String) -> (login: PostgresLogin, hosts: String)? {
        guard let scheme = url.firstRange(of: "://"),
            ["postgres", "postgresql"].contains(String(url[..<scheme.lowerBound]))
        else { return nil }
        let rest = url[scheme.upperBound...].prefix { $0 != "?" && $0 != "#" }
        let authority = rest.prefix { $0 != "/" }
        let path = String(rest.dropFirst(authority.count + 1))
        var login = PostgresLogin(user: "postgres")
        if !path.isEmpty { login.database = HTTPTarget.decode(path) ?? path }
        guard let at = authority.lastIndex(of: "@") else { return (login, String(authority)) }
        let parts = authority[..<at].split(
            separator: ":",
            maxSplits: 1,
            omittingEmptySubsequences: false
        ).map { HTTPTarget.decode(String($0)) ?? String($0) }
        if let user = parts.first, !user.isEmpty { login.user = user }
        if parts.count == 2 { login.password = parts[1] }
        return (login, String(authority[authority.index(after: at)...]))
    }

    private static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }
}
