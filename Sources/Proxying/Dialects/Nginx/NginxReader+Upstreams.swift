import Formats

/// Upstreams as clusters, TLS and access logs.
extension NginxReader {
    /// A cluster, and what requests to it need.
    struct Upstream {
        var name: String
        var hashPolicies: [HashPolicy]
        var hostCount: Int
    }

    /// Whether a server without locations serves files.
    func hasContent(_ scope: NginxScope) -> Bool { scope.own("root").isEmpty == false }

    func cluster(
        _ pass: NginxPass,
        _ scope: NginxScope,
        keepsConnections: Bool,
        _ directive: NginxDirective,
        _ routes: NginxRoutes
    ) -> Upstream? {
        var policies: [HashPolicy] = []
        guard
            var cluster = hosts(
                pass.host,
                port: pass.isTLS ? 443 : 80,
                directive,
                keepsConnections: keepsConnections,
                &policies
            )
        else { return nil }
        let prefix = pass.isGRPC ? "grpc" : "proxy"
        cluster.connectTimeout = time(scope.one("\(prefix)_connect_timeout")) ?? .seconds(60)
        resolve(scope, &cluster)
        if pass.isGRPC { cluster.version = .http2 }
        if pass.isTLS {
            cluster.tls = clientTLS(scope, host: pass.authority, prefix: prefix)
            if pass.isGRPC { cluster.tls?.parameters.protocols = ["h2"] }
        }
        let name = add(cluster)
        return Upstream(name: name, hashPolicies: policies, hostCount: cluster.endpoints.count)
    }

    /// Adds a cluster; one of the same name that differs gets a number.
    func add(_ cluster: ClusterSettings) -> String {
        var cluster = cluster
        let base = cluster.name
        var number = 1
        while let known = clusters.all.first(where: { $0.name == cluster.name }) {
            if known == cluster { return cluster.name }
            number += 1
            cluster.name = "\(base)#\(number)"
        }
        clusters.add(cluster)
        return cluster.name
    }

    /// The cluster of an upstream's name or of a host.
    func hosts(
        _ host: String,
        port: UInt16?,
        _ directive: NginxDirective,
        keepsConnections: Bool,
        _ policies: inout [HashPolicy]
    ) -> ClusterSettings? {
        guard let upstream = upstreams[host] else {
            guard let target = Target(host, defaultPort: port), target.path == nil else {
                log.error(
                    directive.place,
                    "\"\(host)\" is no upstream and no host with a port",
                    "write HOST:PORT, or add upstream \(host) { server ...; }"
                )
                return nil
            }
            var cluster = target.cluster
            cluster.family = .all
            cluster.idleConnectionsMaximum = 0
            cluster.panicPercent = 0
            cluster.overprovisioningPercent = ClusterSettings.backupOnly
            return cluster
        }
        var cluster = ClusterSettings(name: host, endpoints: [], panicPercent: 0, family: .all)
        cluster.overprovisioningPercent = ClusterSettings.backupOnly
        cluster.idleConnectionsMaximum = 0
        cluster.hostGroup = host
        let block = upstream.block ?? []
        for server in block where server.name == "server" {
            guard let endpoint = endpoint(server, port: port) else { continue }
            cluster.endpoints.append(endpoint)
            if !endpoint.address.isPath, AddressText.address(endpoint.address.host) == nil {
                cluster.discovery = .strictDNS
            }
        }
        // With one server only, nginx does not count its failures.
        if cluster.endpoints.count == 1 { cluster.endpoints[0].failuresMaximum = 0 }
        balance(block, &cluster, &policies)
        if keepsConnections, let keepalive = block.first(where: { $0.name == "keepalive" }) {
            cluster.idleConnectionsMaximum = number(keepalive) ?? 0
            cluster.requestsPerConnection =
                number(block.first { $0.name == "keepalive_requests" }) ?? 1000
            cluster.idleTimeout =
                time(block.first { $0.name == "keepalive_timeout" }) ?? .seconds(60)
        }
        return cluster.endpoints.isEmpty ? nil : cluster
    }

    private func balance(
        _ block: [NginxDirective],
        _ cluster: inout ClusterSettings,
        _ policies: inout [HashPolicy]
    ) {
        for directive in block {
            switch directive.name {
            case "least_conn": cluster.balancing = .leastConnections
            case "ip_hash": cluster.balancing = .sourceHash
            case "random":
                cluster.balancing = directive[0] == "two" ? .leastRequest() : .random
            case "hash":
                cluster.balancing = .ringHash()
                let key = directive[0] ?? ""
                if directive[1] != "consistent" {
                    log.warn(directive.place, "hashing is always consistent here")
                }
                switch key {
                case "$remote_addr", "$binary_remote_addr": policies = [.sourceAddress()]
                case "$request_uri", "$uri": policies = [.header(":path")]
                case "$host", "$http_host": policies = [.header(":authority")]
                case let key where key.hasPrefix("$http_"):
                    policies = [.header(String(key.dropFirst(6)).replacing("_", with: "-"))]
                case let key where key.hasPrefix("$cookie_"):
                    let name = String(key.dropFirst(8))
                    policies = [.cookie(name: name, lifetime: nil, path: "")]
                case let key where key.hasPrefix("$arg_"):
                    policies = [.query(String(key.dropFirst(5)))]
                default: log.unsupported(directive.place, "the key \(key) is not supported")
                }
            default: break
            }
        }
    }

    private func endpoint(_ server: NginxDirective, port: UInt16?) -> Endpoint? {
        guard let text = server[0] else {
            log.error(server.place, "an address is expected", "write server HOST:PORT;")
            return nil
        }
        let path = text.hasPrefix("unix:") ? String(text.dropFirst(5)) : text
        guard let target = Target(path, defaultPort: port ?? 80), target.path == nil else {
            log.error(server.place, "\"\(text)\" is no host with a port", "write HOST:PORT")
            return nil
        }
        let service = server.value(of: "service")
        if service == nil, port == nil, !text.contains(":"), !target.address.isPath {
            log.error(server.place, "\"\(text)\" has no port", "write \(text):PORT")
        }
        var endpoint = Endpoint(
            address: target.address,
            failuresMaximum: 1,
            failureWindow: .seconds(10)
        )
        for word in server.texts.dropFirst() {
            let pair = word.split(separator: "=", maxSplits: 1).map(String.init)
            let value = pair.count == 2 ? pair[1] : ""
            switch pair.first ?? "" {
            case "weight":
                guard let weight = Int(value), weight > 0 else { fallthrough }
                endpoint.weight = weight
            case "max_fails":
                guard let most = Int(value), most >= 0 else { fallthrough }
                endpoint.failuresMaximum = most
            case "max_conns":
                guard let most = Int(value), most >= 0 else { fallthrough }
                endpoint.connectionsMaximum = most
            case "fail_timeout":
                guard let window = Self.time(value) else { fallthrough }
                endpoint.failureWindow = window
            case "backup" where value.isEmpty: endpoint.priority = 1
            case "down" where value.isEmpty: endpoint.isDisabled = true
            case "resolve" where value.isEmpty: break
            case "service":
                guard !value.isEmpty else { fallthrough }
                find(value, server, text, &endpoint)
            case "slow_start", "route", "drain":
                log.unsupported(server.place, "\"\(word)\" is not supported")
            default:
                log.unknown(
                    server.place,
                    "the parameter",
                    word,
                    among: [
                        "weight=", "max_fails=", "fail_timeout=", "max_conns=", "backup", "down",
                    ]
                )
            }
        }
        return endpoint
    }

    /// The servers of a service are looked up, with their ports.
    private func find(
        _ service: String,
        _ server: NginxDirective,
        _ host: String,
        _ endpoint: inout Endpoint
    ) {
        if host.contains(":") || endpoint.address.isPath {
            log.error(
                server.place,
                "\"\(host)\" has a port, which the service tells",
                "leave it out"
            )
        }
        if !server.has("resolve") {
            log.error(server.place, "a service is looked up again and again", "add resolve")
        }
        endpoint.address = HostPort(host: ServiceName.full(service, of: host), port: 0)
        endpoint.hostname = host
        endpoint.isService = true
    }

    func resolve(_ scope: NginxScope, _ cluster: inout ClusterSettings) {
        guard let resolver = scope.one("resolver") else { return }
        for word in resolver.texts {
            if word.hasPrefix("valid=") {
                cluster.refresh = Self.time(String(word.dropFirst(6))) ?? cluster.refresh
            } else if word == "ipv6=off" {
                cluster.family = .v4
            } else if word == "ipv4=off" {
                cluster.family = .v6
            } else if word.hasPrefix("ipv") || word.hasPrefix("status_zone") {
                continue
            } else if let address = AddressText.hostPort(word, host: "", port: 53) {
                // Servers that are named are looked up by the machine's own.
                if AddressText.address(address.host) != nil { cluster.resolvers.append(address) }
            } else {
                log.error(resolver.place, "\"\(word)\" is no address of a DNS server")
            }
        }
    }

    // MARK: TLS

    func serverTLS(
        _ scope: NginxScope,
        _ directive: NginxDirective,
        isHTTP2: Bool
    ) -> ServerTLSSettings? {
        let chains = scope.all("ssl_certificate").compactMap { $0[0] }
        let keys = scope.all("ssl_certificate_key").compactMap { $0[0] }
        guard !chains.isEmpty else {
            if scope.one("ssl_reject_handshake")?[0] == "on" { return nil }
            log.error(
                directive.place,
                "the server listens with ssl, but has no ssl_certificate",
                "add ssl_certificate and ssl_certificate_key"
            )
            return nil
        }
        guard chains.count == keys.count else {
            log.error(
                directive.place,
                "there are \(chains.count) certificates and \(keys.count) keys",
                "add an ssl_certificate_key for each ssl_certificate"
            )
            return nil
        }
        var settings = ServerTLSSettings(
            certificates: zip(chains, keys).map {
                CertificateSettings(
                    chain: .file(resolved($0)),
                    privateKey: .file(resolved($1))
                )
            },
            parameters: parameters(scope, "ssl_protocols", "ssl_ciphers")
        )
        settings.certificates[0].staple = staple(scope, certificates: chains.count)
        settings.parameters.curves =
            scope.one("ssl_ecdh_curve")?[0].flatMap {
                $0 == "auto" ? "" : $0
            } ?? ""
        if isHTTP2 { settings.parameters.protocols = ["h2", "http/1.1"] }
        if let time = time(scope.one("ssl_session_timeout")) {
            settings.sessionSeconds = Int(time.components.seconds)
        } else {
            settings.sessionSeconds = 300
        }
        let verify = scope.one("ssl_verify_client")?[0] ?? "off"
        let file =
            scope.one("ssl_client_certificate")?[0] ?? scope.one("ssl_trusted_certificate")?[0]
        if verify != "off" {
            if file == nil, let directive = scope.one("ssl_verify_client") {
                log.error(
                    directive.place,
                    "nothing says which client certificates are trusted",
                    "add ssl_client_certificate"
                )
            }
            settings.clients = TrustSettings(
                authorities: file.map { .file(resolved($0)) },
                acceptsUntrusted: verify == "optional_no_ca"
            )
            settings.requiresClientCertificate = verify == "on"
        }
        return settings
    }

    /// The response that is stapled; nginx would send one file with every certificate.
    private func staple(_ scope: NginxScope, certificates count: Int) -> TextSource? {
        guard scope.isOn("ssl_stapling"), let directive = scope.one("ssl_stapling") else {
            return nil
        }
        guard let file = scope.one("ssl_stapling_file") else {
            log.warn(
                directive.place,
                "nothing is stapled: responses are not fetched",
                "fetch one with openssl ocsp -respout, and add ssl_stapling_file"
            )
            return nil
        }
        if count > 1 {
            log.warn(file.place, "it is stapled to the first certificate only")
        }
        return file[0].map { .file(resolved($0)) }
    }

    func clientTLS(_ scope: NginxScope, host: String, prefix: String) -> ClientTLSSettings {
        let name = scope.one("\(prefix)_ssl_name")?[0] ?? String(host.prefix { $0 != ":" })
        var tls = ClientTLSSettings(
            parameters: parameters(scope, "proxy_ssl_protocols", "proxy_ssl_ciphers")
        )
        if name == "$host" || name == "$http_host" {
            tls.followsHost = scope.isOn("\(prefix)_ssl_server_name")
        } else if scope.isOn("\(prefix)_ssl_server_name"), AddressText.address(name) == nil {
            tls.serverName = name
        }
        if scope.isOn("\(prefix)_ssl_verify") {
            let file = scope.one("\(prefix)_ssl_trusted_certificate")
            tls.trust = TrustSettings(
                authorities: file?[0].map { .file(resolved($0)) },
                names: tls.followsHost ? [] : [.exact(name, ignoresCase: true)]
            )
        }
        if let chain = scope.one("proxy_ssl_certificate")?[0],
            let key = scope.one("proxy_ssl_certificate_key")?[0]
        {
            tls.certificate = CertificateSettings(
                chain: .file(resolved(chain)),
                privateKey: .file(resolved(key))
            )
        }
        return tls
    }

    private func parameters(
        _ scope: NginxScope,
        _ protocols: String,
        _ ciphers: String
    ) -> TLSParameters {
        var parameters = TLSParameters()
        if let directive = scope.one(protocols) {
            let words = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"]
            var versions: [TLSVersion] = []
            for word in directive.texts {
                if let index = words.firstIndex(of: word), let version = TLSVersion(rawValue: index)
                {
                    versions.append(version)
                } else if ["SSLv2", "SSLv3"].contains(word) {
                    log.warn(directive.place, "\(word) is not spoken any more", "remove it")
                } else {
                    log.unknown(directive.place, "the version", word, among: words)
                }
            }
            parameters.minimum = versions.min() ?? .tls12
            parameters.maximum = versions.max() ?? .tls13
        }
        parameters.ciphers = scope.one(ciphers)?[0] ?? ""
        return parameters
    }

    // MARK: Logs

    static let combined =
        "$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent "
        + "\"$http_referer\" \"$http_user_agent\""

    func accessLogs(
        _ scope: NginxScope,
        standard: String = NginxReader.combined
    ) -> [AccessLogSettings] {
        let directives = scope.all("access_log")
        if directives.contains(where: { $0[0] == "off" }) { return [] }
        if directives.isEmpty {
            return [
                AccessLogSettings(
                    sink: .standardOutput,
                    format: .text(commands(standard, nil) + "\n")
                )
            ]
        }
        return directives.compactMap { directive in
            guard let path = directive[0] else {
                log.error(directive.place, "a path is expected")
                return nil
            }
            if path.hasPrefix("syslog:") {
                log.warn(
                    directive.place,
                    "there is no syslog here: lines go to standard output",
                    "write /dev/stdout"
                )
            }
            var text = standard
            let name = directive[1].flatMap { $0.contains("=") ? nil : $0 } ?? "combined"
            if let format = formats[name] {
                let words = format.texts.dropFirst()
                    .filter { !$0.hasPrefix("escape=") }
                text = words.joined()
            } else if name != "combined" {
                log.error(directive.place, "there is no log_format \"\(name)\"")
            }
            if directive.value(of: "if") != nil {
                log.warn(directive.place, "\"if=\" has no effect here: all requests are written")
            }
            return AccessLogSettings(
                sink: sink(path),
                format: .text(commands(text, formats[name] ?? directive) + "\n")
            )
        }
    }

    /// The stock image leads its log to standard output.
    private func sink(_ path: String) -> AccessLogSettings.Sink {
        let isOutput = path == "/var/log/nginx/access.log" || path.hasPrefix("syslog:")
        return isOutput ? .standardOutput : EnvoyReader.sink(resolved(path))
    }

    private func commands(_ text: String, _ directive: NginxDirective?) -> String {
        NginxVariables().commands(text) { name in
            guard let directive else { return }
            log.unsupported(directive.place, "the variable $\(name) is not supported")
        }
    }
}
