import Formats

/// Backends and their servers, as clusters.
extension HAProxyReader {
    /// What a `server` line says, the defaults of `default-server` before it.
    struct Server {
        var weight = 1
        var isBackup = false
        var isDisabled = false
        var isChecked = false
        var maximum = 0
        var checkPort: UInt16?
        var interval = Duration.seconds(2)
        var downInterval: Duration?
        var fall = 3
        var rise = 2
        var isTLS = false
        var checksTLS = false
        var verifies: Bool?
        var authorities: String?
        var certificate: String?
        var serverName: String?
        var followsHost = false
        var verifiedName: String?
        var protocols: [String] = []
        var parameters = TLSParameters()
        var proxyProtocol: Int?
        var cutsSessions = false
        var resolver: String?
        var family: ClusterSettings.Family?
        var isHTTP2 = false
        var idleMaximum: Int?
        /// Whether its name is looked up before the program serves, as HAProxy does unless told otherwise.
        var isLookedUpFirst = true
    }

    func make(_ section: HAProxySection) {
        checkTimeouts(section)
        var backend = Backend()
        defer { made[section.name] = backend }
        var cluster = ClusterSettings(
            name: section.name,
            endpoints: [],
            panicPercent: 0,
            overprovisioningPercent: ClusterSettings.backupOnly
        )
        cluster.connectTimeout = timeout(section, "connect") ?? .seconds(5)
        cluster.queueTimeout = timeout(section, "queue") ?? cluster.connectTimeout
        if section.option("srvtcpka") != nil || section.option("tcpka") != nil {
            cluster.keepalive = KeepaliveSettings()
        }
        if section.option("http-server-close") != nil || section.option("httpclose") != nil
            || section.one("http-reuse")?[1] == "never"
        {
            cluster.idleConnectionsMaximum = 0
        }
        var standard = Server()
        for line in section.all("default-server") { read(line, from: 1, into: &standard) }
        var servers: [Server] = []
        var names: Set<String> = []
        for line in section.lines where ["server", "server-template"].contains(line.name) {
            guard let (endpoint, server) = server(line, standard, section) else { continue }
            if let name = line[1], !names.insert(name).inserted {
                log.error(line.place(of: 1), "the server \"\(name)\" is there twice", "rename one")
            }
            cluster.endpoints.append(endpoint)
            servers.append(server)
            if line.name == "server-template" || endpoint.isService {
                cluster.discovery = .strictDNS
            }
        }
        guard let first = servers.first else { return }
        discover(&cluster, servers)
        balance(section, &cluster, &backend)
        persist(section, &cluster, &backend)
        shared(servers, first, section, &cluster)
        if servers.contains(where: \.isChecked) {
            cluster.healthChecks = [check(section, first)]
            for index in servers.indices where !servers[index].isChecked {
                cluster.endpoints[index].skipsHealthChecks = true
            }
        }
        clusters.add(cluster)
        backend.cluster = cluster.name
        backend.hostCount = cluster.endpoints.count
    }

    /// Sessions that stay with a server by a cookie that the proxy makes.
    private func persist(
        _ section: HAProxySection,
        _ cluster: inout ClusterSettings,
        _ backend: inout Backend
    ) {
        guard let line = section.one("cookie") else { return }
        guard let name = line[1], line.texts.contains("insert") else {
            log.unsupported(
                line.place,
                "only cookies that the proxy makes itself are supported",
                "write cookie NAME insert"
            )
            return
        }
        log.warn(
            line.place,
            "the cookie holds a number that is hashed to a server, and not the server's name"
        )
        cluster.balancing = .ringHash()
        backend.hashPolicies = [.cookie(name: name, lifetime: .zero, path: "/")]
    }

    private func discover(_ cluster: inout ClusterSettings, _ servers: [Server]) {
        let hasNames = cluster.endpoints.contains {
            !$0.address.isPath && AddressText.address($0.address.host) == nil
        }
        // One server is one address of its name.
        if hasNames, cluster.discovery == .fixed {
            cluster.discovery = cluster.endpoints.count == 1 ? .logicalDNS : .strictDNS
        }
        if let family = servers.compactMap(\.family).first { cluster.family = family }
        guard let name = servers.compactMap(\.resolver).first, let section = resolvers[name] else {
            return
        }
        for line in section.lines {
            switch line.name {
            case "nameserver":
                if let text = line[2], let address = AddressText.hostPort(text, host: "", port: 53),
                    AddressText.address(address.host) != nil
                {
                    cluster.resolvers.append(address)
                } else {
                    log.error(line.place, "\"\(line[2] ?? "")\" is no address of a DNS server")
                }
            case "hold" where line[1] == "valid":
                if let time = time(line, 2), time > .zero { cluster.refresh = time }
            case "hold", "timeout", "resolve_retries", "accepted_payload_size", "parse-resolv-conf":
                break
            default:
                log.unknown(
                    line.place,
                    "the keyword",
                    line.name,
                    among: [
                        "nameserver", "hold", "timeout", "resolve_retries", "parse-resolv-conf",
                    ]
                )
            }
        }
    }

    /// What servers say one by one, and clusters have once.
    private func shared(
        _ servers: [Server],
        _ first: Server,
        _ section: HAProxySection,
        _ cluster: inout ClusterSettings
    ) {
        cluster.isWaitedFor = servers.contains(where: \.isLookedUpFirst)
        cluster.closesUnhealthy = servers.contains(where: \.cutsSessions)
        cluster.proxyProtocol = first.proxyProtocol
        if first.isHTTP2 || first.protocols.first == "h2" { cluster.version = .http2 }
        if first.protocols.contains("h2"), first.protocols.count > 1 { cluster.version = .auto }
        if let most = first.idleMaximum, cluster.idleConnectionsMaximum == nil {
            cluster.idleConnectionsMaximum = most
        }
        if first.isTLS { cluster.tls = clientTLS(first) }
        func warn(_ what: String) {
            log.warn(
                section.head.place,
                "servers of \"\(section.name)\" differ in \(what); the first one's holds for all",
                "make two backends"
            )
        }
        if servers.contains(where: { $0.isTLS != first.isTLS }) { warn("ssl") }
        if servers.contains(where: { $0.proxyProtocol != first.proxyProtocol }) {
            warn("send-proxy")
        }
        let checked = servers.filter(\.isChecked)
        if checked.contains(where: {
            $0.interval != first.interval || $0.fall != first.fall || $0.rise != first.rise
        }) {
            warn("inter, fall or rise")
        }
    }

    private func clientTLS(_ server: Server) -> ClientTLSSettings {
        var tls = ClientTLSSettings(
            serverName: server.serverName,
            followsHost: server.followsHost,
            parameters: server.parameters
        )
        tls.parameters.protocols = server.protocols
        if let file = server.certificate {
            let path = resolved(file, base: "crt-base")
            tls.certificate = CertificateSettings(chain: .file(path), privateKey: .file(path))
        }
        if server.verifies ?? (global?.one("ssl-server-verify")?[1] != "none") {
            tls.trust = TrustSettings(
                authorities: server.authorities.flatMap {
                    $0 == "@system-ca" ? nil : .file(resolved($0, base: "ca-base"))
                }
            )
            if let name = server.verifiedName ?? server.serverName {
                tls.trust?.names = [.exact(name, ignoresCase: true)]
            }
        }
        return tls
    }

    private func server(
        _ line: HAProxyLine,
        _ standard: Server,
        _ section: HAProxySection
    ) -> (Endpoint, Server)? {
        let isTemplate = line.name == "server-template"
        let index = isTemplate ? 3 : 2
        guard line[1] != nil, var text = line[index] else {
            log.error(
                line.place,
                "a name and an address are expected",
                "write server NAME HOST:PORT"
            )
            return nil
        }
        for prefix in ["ipv4@", "ipv6@", "unix@", "fd@", "sockpair@"] where text.hasPrefix(prefix) {
            text = String(text.dropFirst(prefix.utf8.count))
        }
        if text.isEmpty || text.hasPrefix(":") {
            log.error(
                line.place(of: index),
                "the server has no host",
                "set the variable that it comes from, or write HOST:PORT"
            )
            return nil
        }
        let isService = text.hasPrefix("_") && !text.contains(":")
        let place = isService ? ServiceName.domain(of: text) : text
        guard let target = Target(place, defaultPort: isService ? 80 : nil), target.path == nil
        else {
            let hasPort = text.contains(":") || text.hasPrefix("/")
            if hasPort {
                log.error(
                    line.place(of: index),
                    "\"\(text)\" is no host with a port",
                    "write HOST:PORT"
                )
            } else {
                log.unsupported(
                    line.place(of: index),
                    "\"\(text)\" has no port",
                    "write \(text):PORT"
                )
            }
            return nil
        }
        var server = standard
        read(line, from: index + 1, into: &server)
        if server.isTLS, server.verifies == nil, server.authorities == nil,
            global?.one("ssl-server-verify")?[1] != "none"
        {
            log.error(
                line.place,
                "the server's certificate is to be verified, but nothing says whom to trust",
                "add ca-file FILE, or verify none"
            )
        }
        if let name = server.resolver, resolvers[name] == nil {
            log.error(
                line.place,
                "there are no resolvers \"\(name)\"",
                "add a section resolvers \(name)"
            )
        }
        if isService, server.resolver == nil {
            log.error(
                line.place(of: index),
                "the service \"\(text)\" needs name servers",
                "add resolvers NAME"
            )
        }
        let endpoint = Endpoint(
            address: isService ? HostPort(host: text, port: 0) : target.address,
            weight: min(128, max(1, server.weight)),
            priority: server.isBackup ? 1 : 0,
            isDisabled: server.isDisabled || server.weight == 0,
            connectionsMaximum: server.maximum,
            hostname: isService ? ServiceName.domain(of: text) : nil,
            healthPort: server.checkPort,
            isService: isService
        )
        return (endpoint, server)
    }

    // MARK: The words of a server

    private static let flags: [String: @Sendable (inout Server) -> Void] = [
        "check": { $0.isChecked = true }, "no-check": { $0.isChecked = false },
        "backup": { $0.isBackup = true }, "no-backup": { $0.isBackup = false },
        "disabled": { $0.isDisabled = true }, "enabled": { $0.isDisabled = false },
        "ssl": { $0.isTLS = true }, "no-ssl": { $0.isTLS = false },
        "check-ssl": { $0.checksTLS = true }, "no-check-ssl": { $0.checksTLS = false },
        "send-proxy": { $0.proxyProtocol = 1 }, "send-proxy-v2": { $0.proxyProtocol = 2 },
        "send-proxy-v2-ssl": { $0.proxyProtocol = 2 },
        "send-proxy-v2-ssl-cn": { $0.proxyProtocol = 2 },
        "no-send-proxy": { $0.proxyProtocol = nil }, "no-send-proxy-v2": { $0.proxyProtocol = nil },
    ]

    /// Words that change nothing that this proxy has, and how many values they have.
    private static let quiet: [String: Int] = [
        "check-send-proxy": 0, "cookie": 1, "stick": 0, "non-stick": 0, "tfo": 0, "no-tfo": 0,
        "ssl-reuse": 0, "no-ssl-reuse": 0, "tls-tickets": 0, "no-tls-tickets": 0, "no-sslv3": 0,
        "id": 1, "shard": 1, "resolve-opts": 1, "resolve-net": 1, "ws": 1,
        "check-reuse-pool": 0, "force-tlsv12": 0, "force-tlsv13": 0, "no-tlsv10": 0, "no-tlsv11": 0,
    ]

    private static let ignored: [String: Int] = [
        "slowstart": 1, "observe": 1, "error-limit": 1, "on-error": 1, "on-marked-up": 1,
        "maxqueue": 1, "minconn": 1, "pool-purge-delay": 1, "pool-low-conn": 1, "fastinter": 1,
        "max-reuse": 1, "log-bufsize": 1, "log-proto": 1, "check-via-socks4": 0,
    ]

    private static let unsupported: [String: Int] = [
        "track": 1, "redir": 1, "source": 1, "agent-check": 0, "agent-port": 1, "agent-inter": 1,
        "agent-addr": 1, "agent-send": 1, "addr": 1, "namespace": 1, "socks4": 1, "usesrc": 1,
        "crl-file": 1, "check-proto": 1, "check-sni": 1, "check-alpn": 1,
        "interface": 1, "proxy-v2-options": 1,
    ]

    private func read(_ line: HAProxyLine, from start: Int, into server: inout Server) {
        var index = start
        while let word = line[index] {
            let value = line[index + 1]
            if let change = Self.flags[word] {
                change(&server)
                index += 1
            } else if let count = Self.quiet[word] {
                index += 1 + count
            } else if let count = Self.ignored[word] {
                log.warn(line.place(of: index), "\"\(word)\" has no effect here")
                index += 1 + count
            } else if let count = Self.unsupported[word] {
                log.unsupported(line.place(of: index), "\"\(word)\" is not supported")
                index += 1 + count
            } else if set(word, value, line, index, &server) {
                index += 2
            } else {
                let known = Array(Self.flags.keys) + Self.values + Self.quiet.keys
                log.unknown(line.place(of: index), "the word", word, among: known.sorted())
                index += 1
            }
        }
    }

    private static let values = [
        "weight", "maxconn", "inter", "downinter", "fall", "rise", "port", "verify", "ca-file",
        "crt", "sni", "alpn", "npn", "ciphers", "ciphersuites", "ssl-min-ver", "ssl-max-ver",
        "on-marked-down", "resolvers", "resolve-prefer", "proto", "pool-max-conn", "curves",
        "init-addr", "verifyhost",
    ]

    private func set(
        _ word: String,
        _ value: String?,
        _ line: HAProxyLine,
        _ index: Int,
        _ server: inout Server
    ) -> Bool {
        guard Self.values.contains(word) else { return false }
        guard let value else {
            log.error(line.place(of: index), "\"\(word)\" needs a value")
            return true
        }
        switch word {
        case "weight": server.weight = number(line, index + 1) ?? 1
        case "maxconn": server.maximum = number(line, index + 1) ?? 0
        case "fall": server.fall = number(line, index + 1) ?? 3
        case "rise": server.rise = number(line, index + 1) ?? 2
        case "inter": server.interval = time(line, index + 1) ?? server.interval
        case "downinter": server.downInterval = time(line, index + 1)
        case "port": server.checkPort = number(line, index + 1).flatMap { UInt16(exactly: $0) }
        case "pool-max-conn": server.idleMaximum = Int(value).flatMap { $0 < 0 ? nil : $0 }
        case "ca-file": server.authorities = value
        case "verifyhost": server.verifiedName = value
        case "crt": server.certificate = value
        case "alpn", "npn": server.protocols = value.split(separator: ",").map(String.init)
        case "ciphers": server.parameters.ciphers = value
        case "ciphersuites": server.parameters.suites = value
        case "curves": server.parameters.curves = value
        case "ssl-min-ver", "ssl-max-ver":
            let version = version(value, line, index + 1)
            if word == "ssl-min-ver" { server.parameters.minimum = version ?? .tls12 }
            if word == "ssl-max-ver" { server.parameters.maximum = version ?? .tls13 }
        case "resolvers": server.resolver = value
        case "init-addr": initialAddress(value, line, index + 1, &server)
        case "resolve-prefer": server.family = value == "ipv4" ? .v4Preferred : .auto
        case "proto": server.isHTTP2 = value == "h2"
        case "verify":
            if !["none", "required"].contains(value) {
                log.error(line.place(of: index + 1), "\"\(value)\" is neither none nor required")
            }
            server.verifies = value != "none"
        case "on-marked-down":
            if value != "shutdown-sessions" {
                log.error(line.place(of: index + 1), "\"\(value)\" is not shutdown-sessions")
            }
            server.cutsSessions = true
        case "sni": name(value, line, index + 1, &server)
        default: break
        }
        return true
    }

    /// Where the first address comes from: the first of these ways that leads to one.
    private func initialAddress(
        _ value: String,
        _ line: HAProxyLine,
        _ index: Int,
        _ server: inout Server
    ) {
        let ways = value.split(separator: ",", omittingEmptySubsequences: false)
        for way in ways where !["last", "libc", "none"].contains(way) {
            if AddressText.address(String(way)) != nil {
                log.warn(
                    line.place(of: index),
                    "the address \(way) is not used: names are looked up"
                )
            } else {
                log.error(
                    line.place(of: index),
                    "\"\(way)\" is neither last, libc, none nor an address"
                )
            }
        }
        // There is no file of earlier states.
        server.isLookedUpFirst = ways.first { $0 != "last" } == "libc"
    }

    private func name(_ value: String, _ line: HAProxyLine, _ index: Int, _ server: inout Server) {
        if value.hasPrefix("str("), value.hasSuffix(")") {
            server.serverName = String(value.dropFirst(4).dropLast())
        } else if ["req.hdr(host)", "hdr(host)", "ssl_fc_sni", "req.ssl_sni"].contains(value) {
            server.followsHost = true
        } else {
            log.unsupported(
                line.place(of: index),
                "\"\(value)\" is not supported",
                "write str(NAME)"
            )
        }
    }

    func version(_ text: String, _ line: HAProxyLine, _ index: Int) -> TLSVersion? {
        let words = ["TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"]
        guard let found = words.firstIndex(of: text) else {
            if text == "SSLv3" { return .tls10 }
            log.unknown(line.place(of: index), "the version", text, among: words)
            return nil
        }
        return TLSVersion(rawValue: found)
    }

    // MARK: Balancing

    private func balance(
        _ section: HAProxySection,
        _ cluster: inout ClusterSettings,
        _ backend: inout Backend
    ) {
        guard let line = section.one("balance"), let word = line[1] else { return }
        func hashing(_ policy: HashPolicy) {
            cluster.balancing = .ringHash()
            backend.hashPolicies = [policy]
        }
        switch word {
        case "roundrobin", "static-rr": cluster.balancing = .roundRobin
        case "leastconn": cluster.balancing = .leastConnections
        case "first": cluster.balancing = .first
        case "source": cluster.balancing = .sourceHash
        case "uri": hashing(.header(":path"))
        case "url_param": hashing(.query(line[2] ?? ""))
        case let word where word.hasPrefix("random"): cluster.balancing = .leastRequest()
        case let word where word.hasPrefix("hdr(") && word.hasSuffix(")"):
            let name = word.dropFirst(4).dropLast().lowercased()
            hashing(.header(name == "host" ? ":authority" : name))
        default:
            log.unknown(
                line.place(of: 1),
                "the way of balancing",
                word,
                among: ["roundrobin", "leastconn", "first", "source", "uri", "random", "hdr(NAME)"]
            )
        }
    }
}
