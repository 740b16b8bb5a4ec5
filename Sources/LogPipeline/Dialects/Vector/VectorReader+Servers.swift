import Basics
import Formats
import Records

extension VectorReader {
    mutating func stdinSource(_ members: Members) -> LineSettings {
        var settings = lines(members, "stdin")
        settings.hostKey = key(members, "host_key", schema.host)
        if let most = members.integer("max_length", 1...(1 << 30)) { settings.lineLimit = most }
        return settings
    }

    // MARK: Addresses

    /// A socket of a source; nil and an error if it is none.
    private func mode(_ members: Members, _ modes: [String]) -> SocketMode? {
        guard let mode = members.required("mode")?.choice(modes) else { return nil }
        switch mode {
        case "tcp", "udp":
            guard let (host, port) = address(members) else { return nil }
            return mode == "tcp" ? .tcp(host: host, port: port) : .udp(host: host, port: port)
        default:
            guard let path = members.requiredText("path") else { return nil }
            let permissions = UInt32(members.integer("socket_file_mode", 0...0o777) ?? 0o755)
            return mode == "unix_datagram"
                ? .unixDatagram(path: path, permissions: permissions)
                : .unixStream(path: path, permissions: permissions)
        }
    }

    private func address(_ members: Members) -> (String, UInt16)? {
        guard let text = members.requiredText("address") else { return nil }
        if text.hasPrefix("systemd") {
            log.unsupported(members.place("address"), "sockets of systemd are not supported")
            return nil
        }
        guard let place = HostText(text), let port = place.port else {
            log.error(
                members.place("address"),
                "\"\(text)\" is no address",
                "write an address and a port: 0.0.0.0:9000"
            )
            return nil
        }
        return (place.host.isEmpty ? "0.0.0.0" : place.host, port)
    }

    /// A server's certificate, if TLS is switched on.
    private func serverTLS(_ members: Members) -> ServerTLS? {
        guard let fields = members.members("tls") else { return nil }
        defer { fields.finish() }
        let certificate = fields.text("crt_file")
        let file = fields.text("key_file")
        let authorities = fields.text("ca_file")
        let verifies = fields.bool("verify_certificate") ?? false
        _ = fields.bool("verify_hostname")
        _ = fields.value("alpn_protocols")
        let password = fields.text("key_pass")
        fields.unsupported("client_metadata_key", "crl_file")
        guard fields.bool("enabled") ?? false else {
            if certificate != nil, !fields.has("enabled") {
                log.warn(fields.place, "TLS is off", "write enabled = true to switch it on")
            }
            return nil
        }
        guard let certificate else {
            log.error(fields.place, "\"crt_file\" is missing")
            return nil
        }
        var tls = ServerTLS(
            certificate: certificate,
            key: file ?? certificate,
            authorities: verifies ? authorities : nil
        )
        tls.keyPassword = password
        return tls
    }

    private func connections(_ members: Members) -> Int {
        members.unsupported("permit_origin", instead: "let a network policy say who may connect")
        members.ignored(
            "receive_buffer_bytes",
            "max_connection_duration_secs",
            "tls_handshake_timeout_secs",
            "shutdown_timeout_secs",
            because: "the system's own is used"
        )
        _ = members.value("keepalive")
        _ = members.value("disconnect_mode")
        return members.integer("connection_limit", 1...65536) ?? 1024
    }

    // MARK: Kinds

    func syslogSource(_ members: Members) -> SourceKind? {
        let mode = mode(members, ["tcp", "udp", "unix"])
        let tls = serverTLS(members)
        let connections = connections(members)
        let limit = members.integer("max_length", 1...(1 << 30)) ?? 102_400
        let host = key(members, "host_key", schema.host)
        guard let mode else { return nil }
        var settings = SyslogSourceSettings(mode: mode)
        settings.messageLimit = limit
        settings.connectionMaximum = connections
        settings.tls = tls
        settings.hostKey = host
        settings.senderKey = "source_ip"
        settings.timeKey = schema.timestamp
        settings.added = origin("syslog")
        return .syslog(settings)
    }

    mutating func socketSource(_ members: Members) -> SourceKind? {
        let modes = ["tcp", "udp", "unix_stream", "unix_datagram", "unix"]
        let mode = mode(members, modes)
        let tls = serverTLS(members)
        let connections = connections(members)
        var lines = lines(members, "socket")
        if let most = members.integer("max_length", 1...(1 << 30)) { lines.lineLimit = most }
        let host = key(members, "host_key", schema.host)
        let port = key(members, "port_key", "port")
        members.unsupported("multicast_groups")
        guard let mode else { return nil }
        switch mode {
        case .udp, .unixDatagram: if !members.has("framing") { lines.framing = .whole }
        case .tcp, .unixStream: break
        }
        var settings = SocketSourceSettings(mode: mode)
        settings.isJSON = lines.parser == "vector-json"
        if settings.isJSON { lines.parser = nil }
        settings.lines = lines
        settings.connectionMaximum = connections
        settings.tls = tls
        settings.senderKey = host
        settings.senderPortKey = port
        return .socket(settings)
    }

    mutating func httpSource(_ members: Members, _ type: String) -> SourceKind? {
        let address = address(members)
        let lines = lines(members, type)
        var settings = HTTPSourceSettings(port: address?.1 ?? 0)
        settings.host = address?.0 ?? settings.host
        settings.key = schema.message ?? "message"
        settings.timeKey = schema.timestamp
        settings.added = origin(type)
        settings.tls = serverTLS(members)
        settings.path = members.text("path") ?? "/"
        if settings.path == "" { settings.path = "/" }
        settings.takesPathsBelow = !(members.bool("strict_path") ?? true)
        settings.pathKey = key(members, "path_key", "path")
        settings.headers = members.texts("headers")
        settings.parameters = members.texts("query_parameters")
        settings.successStatus = members.integer("response_code", 200...299) ?? 200
        settings.bodyLimit = 100 << 20
        settings.acknowledges = true
        let methods = ["get", "head", "post", "put", "delete", "options", "patch"]
        settings.method = (members.choice("method", methods) ?? "post").uppercased()
        members.unsupported("host_key", instead: "the sender's address is not kept")
        members.ignored("keepalive", because: "connections stay open as long as clients want")
        if let fields = members.members("auth") {
            let strategy = fields.choice("strategy", ["basic", "custom"]) ?? "basic"
            if strategy == "custom" {
                log.unsupported(fields.place("strategy"), "authentication by VRL is not supported")
            }
            settings.user = fields.text("username") ?? fields.text("user")
            settings.password = fields.text("password")
            _ = fields.value("source")
            fields.finish()
        }
        let isWhole = lines.framing == .whole
        let usual = lines.parser == "vector-json" ? "ndjson" : "text"
        switch members.choice("encoding", ["text", "json", "ndjson", "binary"]) {
        case let word?: settings.format = word
        case nil where usual == "ndjson": settings.format = isWhole ? "json" : "ndjson"
        case nil: settings.format = isWhole ? "binary" : "text"
        }
        if lines.parser == "vector-syslog" {
            log.unsupported(members.place("decoding"), "syslog over HTTP is not supported")
        }
        return address == nil ? nil : .http(settings)
    }

    func fluentSource(_ members: Members) -> SourceKind? {
        let mode =
            members.has("mode") ? mode(members, ["tcp", "unix"]) : mode(of: address(members))
        var settings = ForwardSourceSettings()
        settings.tls = serverTLS(members)
        settings.connectionMaximum = connections(members)
        settings.timeKey = schema.timestamp
        settings.tagKey = "tag"
        settings.hostKey = schema.host
        settings.added = origin("fluent")
        switch mode {
        case .tcp(let host, let port)?:
            settings.host = host
            settings.port = port
        case .unixStream(let path, _)?: settings.unixPath = path
        default: return nil
        }
        return .forward(settings)
    }

    private func mode(of address: (String, UInt16)?) -> SocketMode? {
        address.map { .tcp(host: $0.0, port: $0.1) }
    }

    mutating func execSource(_ members: Members) -> SourceKind? {
        let words = members.required("command").map { _ in members.texts("command") } ?? []
        let mode = members.required("mode")?.choice(["scheduled", "streaming"])
        var settings = CommandSettings(words: words)
        settings.lines = lines(members, "exec")
        settings.lines.hostKey = schema.host
        if let most = members.integer("maximum_buffer_size_bytes", 1...(1 << 30)) {
            settings.lines.lineLimit = most
        }
        settings.takesErrors = members.bool("include_stderr") ?? true
        settings.directory = members.text("working_directory")
        settings.streamKey = "stream"
        settings.processKey = "pid"
        settings.commandKey = "command"
        members.unsupported("clear_environment", "environment")
        let scheduled = members.members("scheduled")
        let streaming = members.members("streaming")
        let interval = scheduled?.duration("exec_interval_secs") ?? .seconds(60)
        let respawns = streaming?.bool("respawn_on_exit") ?? true
        settings.restart = streaming?.duration("respawn_interval_secs") ?? .seconds(5)
        scheduled?.finish()
        streaming?.finish()
        if mode == "scheduled" { settings.interval = interval }
        if mode == "streaming", !respawns { settings.isOnce = true }
        if words.isEmpty {
            log.error(members.place("command"), "it names no program", "write [\"uptime\"]")
            return nil
        }
        return .command(settings)
    }

    func demoSource(_ members: Members) -> SourceKind? {
        let formats = [
            "apache_common", "apache_error", "bsd_syslog", "json", "shuffle", "syslog",
        ]
        let format = members.required("format")?.choice(formats) ?? "json"
        let lines = members.texts("lines")
        let isSequenced = members.bool("sequence") ?? false
        if format == "shuffle", lines.isEmpty {
            log.error(members.place("format"), "shuffle needs \"lines\"")
        }
        var texts = format == "shuffle" ? lines : DemoLines.of(format)
        if format == "shuffle", isSequenced {
            texts = texts.enumerated().map { "\($0.offset) \($0.element)" }
        }
        if let fields = members.members("decoding") {
            if let codec = fields.text("codec"), codec != "bytes" {
                log.unsupported(
                    fields.place("codec"),
                    "decoding of sample lines is not supported",
                    "decode in a remap transform"
                )
            }
            _ = fields.value("json")
            fields.finish()
        }
        _ = members.value("framing")
        let message = schema.message ?? "message"
        var settings = SampleSettings(
            records: texts.map { text in
                var record = Records.Fields([(message, .text(text)), ("service", .text("vector"))])
                for entry in origin("demo_logs").entries { record[entry.key] = entry.value }
                return record
            }
        )
        settings.timeKey = schema.timestamp
        settings.hostKey = schema.host
        settings.count = members.integer("count", 0...Int.max)
        settings.interval =
            members.duration("interval") ?? members.duration("batch_interval")
            ?? Duration.seconds(1)
        return .sample(settings)
    }
}
