import Basics
import Formats
import Records

extension FluentBitReader {
    /// `[INPUT]`.
    func readInput(_ section: FluentBitSection) {
        let keys = FluentBitKeys(section, log: log)
        let plugin = plugin(
            keys,
            "input",
            FluentBitNames.inputs,
            FluentBitNames.otherInputs
        )
        guard let plugin else { return }
        let id = id(keys, "input", plugin)
        let tag = keys.text("tag") ?? id
        let canWait = plugin == "tail"
        readCommon(input: keys, canWait: canWait)
        let kind: SourceKind? =
            switch plugin {
            case "tail": .tail(tail(keys))
            case "stdin": standardInput(keys)
            case "syslog": syslogSource(keys)
            case "tcp": tcpSource(keys)
            case "udp": udpSource(keys)
            case "unix_socket": unixSource(keys)
            case "http": httpSource(keys)
            case "forward": forwardSource(keys)
            case "dummy": sample(keys)
            default: command(keys)
            }
        keys.finish()
        guard let kind else { return }
        var source = SourceSettings(id: id, tag: tag, kind: kind)
        source.place = section.place.short
        add(source)
        readProcessors(of: section, source: id, plugin)
    }

    /// Keys of every input.
    private func readCommon(input keys: FluentBitKeys, canWait: Bool) {
        if let limit = keys.size("mem_buf_limit"), !canWait { heldBytes += limit }
        if keys.choice("storage.type", ["memory", "filesystem", "memrb"]) == "filesystem" {
            wantsDisk = true
        }
        _ = keys.bool("storage.pause_on_chunks_overlimit")
        _ = keys.bool("threaded")
        keys.accepted(
            "log_level",
            "log_suppress_interval",
            "thread.ring_buffer.capacity",
            "thread.ring_buffer.window",
            "thread.ring_buffer.retry_limit"
        )
        keys.unsupported(switch: "routable", unless: true)
    }

    // MARK: Lines

    private func standardInput(_ keys: FluentBitKeys) -> SourceKind {
        var lines = LineSettings()
        if let parser = keys.one("parser") {
            lines.parser = parser.value
            useParser(parser.value, parser.valuePlace)
        } else {
            lines.parser = plainJSON()
        }
        lines.lineLimit = keys.size("buffer_size").map { max($0, 16_000) } ?? lines.lineLimit
        return .standardInput(lines)
    }

    /// The name of a parser that reads a JSON object and nothing else.
    private func plainJSON() -> String {
        let name = "json object"
        configuration.parsers[name] = ParserRule(.json)
        return name
    }

    private func tcpSource(_ keys: FluentBitKeys) -> SourceKind {
        let host = keys.text("listen") ?? "0.0.0.0"
        let port = keys.port() ?? 5170
        var settings = SocketSourceSettings(mode: .tcp(host: host, port: port))
        readSocket(keys, &settings)
        settings.tls = serverTLS(keys)
        readNetwork(server: keys)
        return .socket(settings)
    }

    private func udpSource(_ keys: FluentBitKeys) -> SourceKind {
        let host = keys.text("listen") ?? "0.0.0.0"
        let port = keys.port() ?? 5170
        var settings = SocketSourceSettings(mode: .udp(host: host, port: port))
        readSocket(keys, &settings)
        readNetwork(server: keys)
        return .socket(settings)
    }

    private func unixSource(_ keys: FluentBitKeys) -> SourceKind? {
        let path = keys.required("socket_path", "write where the socket is to be")
        let permissions = permissions(keys, "socket_permissions") ?? 0o644
        let mode = keys.choice("socket_mode", ["stream", "dgram"]) ?? "stream"
        keys.unsupported("socket_acl")
        guard let path else { return nil }
        var settings = SocketSourceSettings(
            mode: mode == "stream"
                ? .unixStream(path: path, permissions: permissions)
                : .unixDatagram(path: path, permissions: permissions)
        )
        readSocket(keys, &settings)
        return .socket(settings)
    }

    private func readSocket(_ keys: FluentBitKeys, _ settings: inout SocketSourceSettings) {
        settings.isJSON = keys.choice("format", ["json", "none"]) != "none"
        _ = keys.size("chunk_size")
        if let size = keys.size("buffer_size") {
            settings.lines.lineLimit = max(size, settings.lines.lineLimit)
        }
        if let separator = keys.one("separator"), !separator.value.isEmpty {
            if settings.isJSON {
                log.warn(separator.place, "Separator has no effect without Format none")
            } else {
                let bytes = FluentBitValues.unescaped(separator.value)
                settings.lines.framing = .delimited(Array(bytes.utf8))
            }
        }
        settings.senderKey = keys.text("source_address_key")
        settings.sendersAreURLs = true
    }

    // MARK: Protocols

    private func syslogSource(_ keys: FluentBitKeys) -> SourceKind? {
        let mode =
            keys.choice("mode", ["unix_tcp", "unix_udp", "tcp", "udp"]) ?? "unix_udp"
        let host = keys.text("listen") ?? "0.0.0.0"
        let port = keys.port() ?? 5140
        let permissions = permissions(keys, "unix_perm") ?? 0o644
        let isUnix = mode.hasPrefix("unix")
        let path = isUnix ? keys.required("path", "write where the socket is to be") : nil
        if !isUnix { keys.ignored("path", because: "the mode is \(mode)") }
        let socket: SocketMode
        switch mode {
        case "tcp": socket = .tcp(host: host, port: port)
        case "udp": socket = .udp(host: host, port: port)
        case "unix_tcp": socket = .unixStream(path: path ?? "", permissions: permissions)
        default: socket = .unixDatagram(path: path ?? "", permissions: permissions)
        }
        var settings = SyslogSourceSettings(mode: socket)
        if let parser = keys.one("parser") {
            settings.parser = parser.value
            useParser(parser.value, parser.valuePlace)
        } else {
            settings.parser = isUnix ? "syslog-rfc3164-local" : "syslog-rfc5424"
        }
        let chunk = keys.size("buffer_chunk_size") ?? 32_000
        settings.messageLimit = max(keys.size("buffer_max_size") ?? chunk, settings.messageLimit)
        _ = keys.size("receive_buffer_size")
        settings.rawKey = keys.text("raw_message_key")
        settings.senderKey = keys.text("source_address_key")
        settings.sendersAreURLs = true
        settings.tls = serverTLS(keys)
        readNetwork(server: keys)
        return isUnix && path == nil ? nil : .syslog(settings)
    }

    private func httpSource(_ keys: FluentBitKeys) -> SourceKind {
        var settings = HTTPSourceSettings(port: keys.port() ?? 9880)
        settings.host = keys.text("listen") ?? "0.0.0.0"
        settings.bodyLimit = keys.size("buffer_max_size") ?? 4_000_000
        _ = keys.size("buffer_chunk_size")
        if let status = keys.integer("successful_response_code", 200...204) {
            if [200, 201, 204].contains(status) {
                settings.successStatus = status
            } else if let property = keys.one("successful_response_code") {
                log.error(property.valuePlace, "\(status) is not 200, 201 or 204")
            }
        }
        settings.tagKey = keys.text("tag_key")
        for property in keys.all("success_header") {
            let words = FluentBitValues.words(property.value, most: 2)
            if words.count == 2 {
                settings.answerHeaders.append("\(words[0]): \(words[1])")
            } else {
                log.error(property.valuePlace, "a name and a value are expected")
            }
        }
        keys.unsupported(
            "remote_addr_key",
            "oauth2.validate",
            "oauth2.issuer",
            "oauth2.jwks_url"
        )
        keys.unsupported(switch: "add_remote_addr", unless: false)
        keys.accepted(
            "http2",
            "http_server.max_connections",
            "http_server.workers",
            "enable_health_endpoint"
        )
        settings.tls = serverTLS(keys)
        readNetwork(server: keys)
        return .http(settings)
    }

    private func forwardSource(_ keys: FluentBitKeys) -> SourceKind {
        var settings = ForwardSourceSettings()
        settings.host = keys.text("listen") ?? "0.0.0.0"
        settings.port = keys.port() ?? 24224
        settings.unixPath = keys.text("unix_path")
        if let mode = permissions(keys, "unix_perm") { settings.unixPermissions = mode }
        settings.tagPrefix = keys.text("tag_prefix")
        settings.sharedKey = keys.text("shared_key")
        if keys.bool("empty_shared_key") == true { settings.sharedKey = "" }
        settings.selfHostname = keys.text("self_hostname")
        for property in keys.all("security.users") {
            let words = FluentBitValues.words(property.value)
            guard words.count == 2 else {
                log.error(property.valuePlace, "a name and a password are expected")
                continue
            }
            settings.users[words[0]] = words[1]
        }
        _ = keys.size("buffer_chunk_size")
        settings.messageLimit = max(
            keys.size("buffer_max_size") ?? 6_144_000,
            settings.messageLimit
        )
        settings.tls = serverTLS(keys)
        readNetwork(server: keys)
        return .forward(settings)
    }

    // MARK: Made here

    private func sample(_ keys: FluentBitKeys) -> SourceKind {
        let property = keys.one("dummy")
        let text = property?.value ?? "{\"message\":\"dummy\"}"
        var settings = SampleSettings(records: [])
        do throws(FormatError) {
            let json = try JSON.parse(text)
            guard case .object(let fields) = LogValues.value(json) else {
                throw FormatError("a JSON object is expected", at: .start)
            }
            settings.records = [fields]
        } catch {
            log.error(
                property?.valuePlace ?? keys.place,
                "the record cannot be read: \(error.what)",
                "write a JSON object"
            )
        }
        settings.rate = keys.integer("rate", 1...1_000_000) ?? 1
        // An interval takes the place of the rate.
        let pause =
            Duration.seconds(keys.integer("interval_sec", 0...31_536_000) ?? 0)
            + .nanoseconds(keys.integer("interval_nsec", 0...Int(Int32.max)) ?? 0)
        if pause > .zero { settings.interval = pause }
        if let samples = keys.integer("samples"), samples > 0 { settings.count = samples }
        if let copies = keys.integer("copies", 1...10_000), copies > 1,
            let record = settings.records.first
        {
            settings.records = Array(repeating: record, count: copies)
            settings.rate *= copies
            settings.interval = settings.interval.map { $0 / copies }
            settings.count = settings.count.map { $0 * copies }
        }
        keys.ignored(
            "start_time_sec",
            "start_time_nsec",
            "fixed_timestamp",
            "metadata",
            because: "records have the time at which they are made"
        )
        keys.accepted("flush_on_startup", "test_hang_on_exit")
        return .sample(settings)
    }

    private func command(_ keys: FluentBitKeys) -> SourceKind? {
        guard let text = keys.required("command", "write the command line") else { return nil }
        var settings = CommandSettings(words: ["/bin/sh", "-c", text])
        let seconds = keys.integer("interval_sec", 0...31_536_000) ?? 1
        let nanoseconds = keys.integer("interval_nsec", 0...999_999_999) ?? 0
        settings.interval = .seconds(seconds) + .nanoseconds(nanoseconds)
        if settings.interval == .zero { settings.interval = .seconds(1) }
        settings.isOnce = keys.bool("oneshot") ?? false
        settings.lines.key = "exec"
        if let parser = keys.one("parser") {
            settings.lines.parser = parser.value
            useParser(parser.value, parser.valuePlace)
        }
        if let size = keys.size("buf_size") {
            settings.lines.lineLimit = max(size, settings.lines.lineLimit)
        }
        if keys.bool("exit_after_oneshot") == true { settings.isOnce = true }
        keys.accepted("propagate_exit_code")
        return .command(settings)
    }

    // MARK: Shared

    /// Permissions in octal digits.
    func permissions(_ keys: FluentBitKeys, _ key: String) -> UInt32? {
        guard let property = keys.one(key) else { return nil }
        guard let mode = UInt32(property.value, radix: 8), mode <= 0o7777 else {
            log.error(property.valuePlace, "\"\(property.value)\" are no permissions", "write 0644")
            return nil
        }
        return mode
    }

    /// TLS of a server.
    func serverTLS(_ keys: FluentBitKeys) -> ServerTLS? {
        let isOn = keys.bool("tls") ?? false
        let certificate = keys.text("tls.crt_file")
        let key = keys.text("tls.key_file")
        let authorities = keys.text("tls.ca_file")
        let asks = keys.bool("tls.verify_client_cert") ?? false
        _ = keys.bool("tls.verify")
        _ = keys.bool("tls.verify_hostname")
        keys.accepted("tls.debug", "tls.vhost")
        keys.unsupported("tls.ca_path", instead: "name one file with tls.ca_file")
        let password = keys.text("tls.key_passwd")
        keys.ignored(
            "tls.min_version",
            "tls.max_version",
            "tls.ciphers",
            because: "TLS 1.2 and 1.3 are spoken with the ciphers of today"
        )
        guard isOn else { return nil }
        guard let certificate, let key else {
            log.error(
                keys.one("tls")?.place ?? keys.place,
                "TLS needs a certificate and a key",
                "write tls.crt_file and tls.key_file"
            )
            return nil
        }
        var tls = ServerTLS(
            certificate: certificate,
            key: key,
            authorities: asks ? authorities : nil
        )
        tls.keyPassword = password
        return tls
    }

    private func readNetwork(server keys: FluentBitKeys) {
        keys.accepted(
            "net.keepalive",
            "net.keepalive_idle_timeout",
            "net.io_timeout",
            "net.accept_timeout",
            "net.accept_timeout_log_error",
            "net.backlog",
            "net.share_port",
            "net.max_connections",
            "net.keepalive_max_recycle",
            "ipv6",
            "net.connect_timeout",
            "net.tcp_keepalive",
            "net.tcp_keepalive_time",
            "net.tcp_keepalive_interval",
            "net.tcp_keepalive_probes"
        )
    }
}
