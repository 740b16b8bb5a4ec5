import Basics
import Formats

/// Frontends: where they listen, and what is spoken there.
extension HAProxyReader {
    /// A `bind`.
    struct Bind {
        var address: HostPort
        var tls: ServerTLSSettings?
        var acceptsProxyProtocol = false
        /// Which HTTP is spoken (`proto`).
        var codec = HTTPSettings.Codec.auto
        var maximum = 0
    }

    func listeners(_ section: HAProxySection) -> [ListenerSettings] {
        if section.kind == "frontend" { checkTimeouts(section) }
        let binds = section.own("bind").flatMap(bind)
        if section.own("bind").isEmpty {
            log.error(section.head.place, "\"\(section.name)\" has no bind", "add bind *:PORT")
        }
        let most = section.one("maxconn").flatMap { number($0) } ?? 0
        var rate: TokenBucketSettings?
        if let line = section.one("rate-limit"), line[1] == "sessions",
            let count = number(line, 2), count > 0
        {
            rate = RateText.bucket(count: count, period: .seconds(1), burst: count)
        }
        return binds.map { bind in
            var listener = ListenerSettings(
                name: binds.count == 1
                    ? section.name : "\(section.name)/\(bind.address)",
                address: bind.address,
                chains: [],
                acceptsProxyProtocol: bind.acceptsProxyProtocol,
                connectionsMaximum: bind.maximum > 0 ? bind.maximum : most,
                connectionRate: rate
            )
            listener.queuesConnections = true
            for line in section.all("tcp-request") where line[1] == "inspect-delay" {
                if let time = time(line, 2) { listener.detectionTimeout = time }
            }
            if section.isHTTP {
                let settings = HAProxyRoutes(self, section, bind).settings()
                listener.chains = [FilterChain(tls: bind.tls, handler: .http(settings))]
            } else {
                listener.chains = tunnels(section, bind)
            }
            return listener
        }
    }

    // MARK: bind

    private func bind(_ line: HAProxyLine) -> [Bind] {
        guard let text = line[1] else {
            log.error(line.place, "an address is expected", "write bind *:80")
            return []
        }
        var bind = Bind(address: HostPort(host: ""))
        var tls: [String: String] = [:]
        var certificates: [CertificateSettings] = []
        words(line, &bind, &tls, &certificates)
        if tls["ssl"] != nil {
            bind.tls = serverTLS(line, tls, certificates)
        } else if !certificates.isEmpty {
            log.error(line.place, "there is a certificate, but TLS is not switched on", "add ssl")
        }
        return text.split(separator: ",").compactMap { part in
            var part = String(part)
            var standard = "0.0.0.0"
            for (prefix, host) in [("ipv4@", "0.0.0.0"), ("ipv6@", "::"), ("unix@", "")]
            where part.hasPrefix(prefix) {
                part = String(part.dropFirst(prefix.utf8.count))
                standard = host
            }
            // `:::80` is every address of IPv6.
            if part.hasPrefix(":::") { part = "[::]:" + part.dropFirst(3) }
            guard let address = AddressText.hostPort(part, host: standard),
                part.contains(":") || address.isPath
            else {
                let isRange = part.contains("-")
                log.error(
                    line.place(of: 1),
                    "\"\(part)\" is no address and port",
                    isRange ? "write one bind for each port" : "write *:80"
                )
                return nil
            }
            let host = address.host == "localhost" ? "127.0.0.1" : address.host
            guard address.isPath || AddressText.address(host) != nil else {
                log.error(line.place(of: 1), "\"\(host)\" is no address to listen on")
                return nil
            }
            bind.address = HostPort(host: host, port: address.port)
            return bind
        }
    }

    private func words(
        _ line: HAProxyLine,
        _ bind: inout Bind,
        _ tls: inout [String: String],
        _ certificates: inout [CertificateSettings]
    ) {
        let quiet: [String: Int] = [
            "name": 1, "v4v6": 0, "v6only": 0, "defer-accept": 0, "tfo": 0, "level": 1, "mode": 1,
            "user": 1, "group": 1, "uid": 1, "gid": 1, "process": 1, "thread": 1, "backlog": 1,
            "id": 1, "mss": 1, "nice": 1, "tcp-ut": 1, "shards": 1, "generate-certificates": 0,
            "prefer-client-ciphers": 0, "no-sslv3": 0, "no-tls-tickets": 0, "strict-sni": 0,
            "ssl-min-ver": 1, "proto": 1, "quic-cc-algo": 1, "no-tlsv10": 0, "no-tlsv11": 0,
            "allow-0rtt": 0, "no-ca-names": 0, "curves": 1, "transparent": 0,
        ]
        let values: Set = [
            "crt", "ca-file", "verify", "alpn", "npn", "ciphers", "ciphersuites", "ssl-min-ver",
            "ssl-max-ver", "ecdhe", "curves", "maxconn",
        ]
        var index = 2
        while let word = line[index] {
            let value = line[index + 1]
            if word == "ssl" {
                tls["ssl"] = ""
                index += 1
            } else if word == "accept-proxy" {
                bind.acceptsProxyProtocol = true
                index += 1
            } else if values.contains(word) {
                guard let value else {
                    log.error(line.place(of: index), "\"\(word)\" needs a value")
                    return
                }
                if word == "crt" { certificates += self.certificates(value) }
                if word == "maxconn" { bind.maximum = number(line, index + 1) ?? 0 }
                if word.hasPrefix("ssl-m") { _ = version(value, line, index + 1) }
                tls[word] = value
                index += 2
            } else if let count = quiet[word] {
                if word == "proto" { bind.codec = value == "h2" ? .http2 : .http1 }
                if word == "strict-sni" {
                    log.warn(
                        line.place(of: index),
                        "it has no effect here: the first certificate is shown"
                    )
                }
                index += 1 + count
            } else if [
                "crt-list", "ca-sign-file", "crl-file", "accept-netscaler-cip", "interface",
                "namespace",
            ].contains(word) {
                log.unsupported(line.place(of: index), "\"\(word)\" is not supported")
                index += 2
            } else {
                let known = Array(values) + Array(quiet.keys) + ["ssl", "accept-proxy"]
                log.unknown(line.place(of: index), "the word", word, among: known.sorted())
                index += 1
            }
        }
    }

    /// A file that holds the chain and its key, or a directory of such files.
    private func certificates(_ path: String) -> [CertificateSettings] {
        let path = resolved(path, base: "crt-base")
        let beside = [".key", ".ocsp", ".issuer", ".sctl"]
        let names =
            path.hasSuffix(".pem") || path.hasSuffix(".crt")
            ? [] : options.listDirectory(path)
        let directory = path.hasSuffix("/") ? path : path + "/"
        let paths =
            names.isEmpty
            ? [path]
            : names.filter { name in
                !name.hasPrefix(".") && !beside.contains { name.hasSuffix($0) }
            }.sorted().map { directory + $0 }
        return paths.map { path in
            // A key of its own beside the certificate is taken, and what to staple, as HAProxy does.
            let key = options.readFile(path + ".key") == nil ? path : path + ".key"
            let staple = path + ".ocsp"
            return CertificateSettings(
                chain: .file(path),
                privateKey: .file(key),
                staple: options.readFile(staple) == nil ? nil : .file(staple)
            )
        }
    }

    private func serverTLS(
        _ line: HAProxyLine,
        _ words: [String: String],
        _ certificates: [CertificateSettings]
    ) -> ServerTLSSettings? {
        guard !certificates.isEmpty else {
            log.error(line.place, "TLS needs a certificate", "add crt FILE")
            return nil
        }
        var settings = ServerTLSSettings(certificates: certificates)
        let standard = global?.one("ssl-default-bind-options")
        func version(_ key: String) -> TLSVersion? {
            let text = words[key] ?? standard?.value(after: key)
            return text.flatMap { self.version($0, line, 0) }
        }
        settings.parameters.minimum = version("ssl-min-ver") ?? .tls12
        settings.parameters.maximum = version("ssl-max-ver") ?? .tls13
        settings.parameters.ciphers =
            words["ciphers"] ?? global?.one("ssl-default-bind-ciphers")?[1] ?? ""
        settings.parameters.suites =
            words["ciphersuites"] ?? global?.one("ssl-default-bind-ciphersuites")?[1] ?? ""
        settings.parameters.curves = words["curves"] ?? words["ecdhe"] ?? ""
        settings.parameters.protocols = (words["alpn"] ?? words["npn"] ?? "")
            .split(separator: ",").map(String.init)
        let verify = words["verify"] ?? "none"
        if words["ca-file"] != nil || verify != "none" {
            if verify != "none", words["ca-file"] == nil {
                log.error(
                    line.place,
                    "nothing says which client certificates are trusted",
                    "add ca-file"
                )
            }
            settings.clients = words["ca-file"].flatMap {
                verify == "none"
                    ? nil : TrustSettings(authorities: .file(resolved($0, base: "ca-base")))
            }
            settings.requiresClientCertificate = verify == "required"
        }
        return settings
    }

    // MARK: Relays

    /// The chains of a frontend in mode tcp: one for each `use_backend`, then the default's.
    private func tunnels(_ section: HAProxySection, _ bind: Bind) -> [FilterChain] {
        let conditions = HAProxyConditions(self, section, bind)
        var chains: [FilterChain] = []
        let addresses = conditions.addressRules()
        for line in section.own("use_backend") {
            guard let name = line[1], let matches = conditions.matches(line, from: 2) else {
                continue
            }
            guard let tunnel = tunnel(section, name, line, addresses) else { continue }
            for match in matches {
                guard let chain = conditions.chainMatch(match, line) else { continue }
                chains.append(FilterChain(match: chain, tls: bind.tls, handler: .tcp(tunnel)))
            }
        }
        let line = section.one("default_backend")
        let name = line?[1] ?? (section.kind == "listen" ? section.name : nil)
        if let name, let tunnel = tunnel(section, name, line ?? section.head, addresses) {
            chains.append(FilterChain(tls: bind.tls, handler: .tcp(tunnel)))
        } else if name == nil, chains.isEmpty {
            log.error(
                section.head.place,
                "\"\(section.name)\" leads nowhere",
                "add default_backend NAME"
            )
        }
        return chains
    }

    private func tunnel(
        _ section: HAProxySection,
        _ name: String,
        _ line: HAProxyLine,
        _ addresses: AddressRules?
    ) -> TunnelSettings? {
        guard let (target, backend) = backend(name, line) else { return nil }
        guard let cluster = backend.cluster else {
            log.error(target.head.place, "\"\(name)\" has no server", "add server NAME HOST:PORT")
            return nil
        }
        if target.isHTTP, target.name != section.name {
            log.unsupported(
                line.place,
                "\"\(name)\" is in mode http, and \"\(section.name)\" in mode tcp",
                "write the same mode in both"
            )
        }
        let retries = target.one("retries").flatMap { number($0) } ?? 3
        let idle = [timeout(section, "client"), timeout(target, "server")].compactMap { $0 }.min()
        return TunnelSettings(
            statPrefix: section.name,
            clusters: [WeightedCluster(name: cluster)],
            idleTimeout: timeout(target, "tunnel") ?? idle,
            connectAttempts: retries + 1,
            accessLogs: accessLogs(section),
            addresses: addresses
        )
    }

    func backend(_ name: String, _ line: HAProxyLine) -> (HAProxySection, Backend)? {
        guard let section = backends[name], let backend = made[name] else {
            if name.contains("%[") {
                log.unsupported(line.place, "names by variables are not supported: \(name)")
            } else {
                let nearest = NearestMatch.of(name, among: backends.keys.sorted())
                log.error(
                    line.place(of: 1),
                    "there is no backend \"\(name)\"",
                    nearest.map { "did you mean \"\($0)\"?" } ?? "add backend \(name)"
                )
            }
            return nil
        }
        return (section, backend)
    }

    // MARK: Logs

    func accessLogs(_ section: HAProxySection) -> [AccessLogSettings] {
        var lines = section.all("log")
        if lines.contains(where: { $0[1] == "global" }) {
            lines = lines.filter { $0[1] != "global" } + (global?.all("log") ?? [])
        }
        guard let line = lines.first(where: { $0[1] != nil }),
            section.option("dontlog-normal") == nil
        else { return [] }
        var sink = AccessLogSettings.Sink.standardOutput
        switch line[1] {
        case "stdout", "fd@1": break
        case "stderr", "fd@2": sink = .standardError
        default:
            log.warn(
                line.place,
                "there is no syslog here: lines go to standard output",
                "write log stdout format raw local0"
            )
        }
        let format: String
        if let line = section.one("log-format") {
            format = HAProxyText(log: log, place: line.place(of: 1)).commands(line[1] ?? "")
        } else if section.isHTTP {
            format = HAProxyText.http
        } else {
            format = HAProxyText.tcp
        }
        return [AccessLogSettings(sink: sink, format: .text(format + "\n"))]
    }
}
