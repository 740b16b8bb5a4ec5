import Basics
import Formats
import Records

extension FluentdReader {
    /// `<source>`.
    func readSource(_ element: FluentdElement) {
        guard let type = plugin(element, "source", FluentdNames.sources) else { return }
        let keys = FluentdKeys(element, log: log)
        let id = id(element, "source", type)
        let label = keys.text("@label")
        let kind: SourceKind?
        var tag = keys.text("tag")
        switch type {
        case "tail":
            kind = .tail(tail(keys, id))
            if tag == nil { log.error(element.place, "\"tag\" is missing") }
        case "forward":
            kind = .forward(forwardSource(keys))
            tag = tag ?? "forward"
        case "http":
            kind = .http(httpSource(keys, id))
            tag = tag ?? "http"
        case "syslog":
            kind = syslogSource(keys, id)
            if tag == nil { log.error(element.place, "\"tag\" is missing") }
        case "tcp", "udp", "unix":
            kind = lineSource(keys, type, id)
            if tag == nil, type != "unix" { log.error(element.place, "\"tag\" is missing") }
        case "exec":
            kind = command(keys, id)
            if tag == nil { log.error(element.place, "\"tag\" is missing") }
        default:
            kind = sample(keys)
            if tag == nil { log.error(element.place, "\"tag\" is missing") }
        }
        keys.unsupported(
            elements: "inject",
            "extract",
            instead: "use the filter record_transformer"
        )
        keys.finish()
        guard let kind else { return }
        var source = SourceSettings(id: id, tag: tag ?? type, kind: kind)
        source.place = element.place.short
        add(source, label: label)
    }

    private func tail(_ keys: FluentdKeys, _ id: String) -> TailSettings {
        let delimiter = keys.text("path_delimiter") ?? ","
        let path = keys.required("path", "name the files") ?? ""
        let paths = path.split(separator: Character(String(delimiter.prefix(1))))
            .map { Self.undated(String($0.trimmed)) }
        var settings = TailSettings(paths: paths.filter { !$0.isEmpty })
        settings.excluded = keys.list("exclude_path").map(Self.undated)
        settings.readsFromHead = keys.bool("read_from_head") ?? settings.readsFromHead
        if settings.readsFromHead == nil {
            configuration.notes.append(
                "\(keys.place.short): read_from_head is not set: files younger than the pod are "
                    + "read from their beginning, others from their end"
            )
        }
        settings.checkpoints = keys.text("pos_file").map { $0 + ".db" }
        if let interval = keys.time("refresh_interval") {
            settings.rescan = max(interval, .milliseconds(100))
        }
        if let wait = keys.time("rotate_wait") { settings.rotateWait = wait }
        if let older = keys.time("limit_recently_modified") { settings.ignoreOlder = older }
        if let size = keys.size("max_line_size") {
            settings.lineLimit = max(size, 256)
            settings.longLines = .skip
        }
        settings.pathKey = keys.text("path_key")
        readEncoding(keys, &settings)
        let parse = parse(parseElement(keys), id: id)
        if keys.elements("parse").isEmpty, !keys.has("format") {
            log.error(keys.place, "<parse> is missing", "write <parse> with @type none")
        }
        let keepsUnmatched = keys.bool("emit_unmatched_lines") ?? false
        settings.key = parse.rule != nil && keepsUnmatched ? "unmatched_line" : parse.key
        let flush = keys.time("multiline_flush_interval")
        if let first = parse.firstLine {
            var rule = MultilineRule(.firstLine(first))
            rule.flush = flush ?? .seconds(5)
            rule.firstLineParser = parse.name
            settings.multiline = rule
        } else {
            settings.parser = parse.name
        }
        keys.accepted(
            "enable_watch_timer",
            "enable_stat_watcher",
            "read_lines_limit",
            "open_on_every_update",
            "skip_refresh_on_startup",
            "follow_inodes",
            "ignore_repeated_permission_error",
            "pos_file_compaction_interval",
            "path_timezone",
            "glob_policy",
            "rotate_wait",
            "multiline_flush_interval",
            "path_delimiter"
        )
        keys.unsupported("read_bytes_limit_per_second")
        keys.unsupported(elements: "group", instead: "use several sources")
        return settings
    }

    /// A path whose parts of the date are patterns.
    static func undated(_ path: String) -> String {
        guard path.contains("%") else { return path }
        var made = ""
        var isMark = false
        for character in path {
            if isMark {
                isMark = false
                if character == "%" {
                    made.append("%")
                } else if made.last != "*" {
                    made.append("*")
                }
            } else if character == "%" {
                isMark = true
            } else {
                made.append(character)
            }
        }
        return made
    }

    private func readEncoding(_ keys: FluentdKeys, _ settings: inout TailSettings) {
        let to = keys.one("encoding")
        guard let from = keys.one("from_encoding") ?? to else { return }
        switch from.value.lowercased() {
        case "utf-8", "ascii-8bit", "us-ascii": break
        case "utf-16le": settings.encoding = "utf-16le"
        case "utf-16be": settings.encoding = "utf-16be"
        case "iso-8859-1", "latin1", "windows-1252": settings.encoding = "latin1"
        default:
            log.unsupported(
                from.valuePlace,
                "the character set \"\(from.value)\" is not supported",
                "use UTF-8, UTF-16LE, UTF-16BE or ISO-8859-1"
            )
        }
    }

    private func forwardSource(_ keys: FluentdKeys) -> ForwardSourceSettings {
        var settings = ForwardSourceSettings()
        settings.port = keys.port() ?? 24224
        settings.host = keys.text("bind") ?? "0.0.0.0"
        settings.tagPrefix = keys.text("add_tag_prefix")
        for security in keys.elements("security") {
            let inner = FluentdKeys(security, log: log)
            settings.selfHostname = inner.required("self_hostname")
            settings.sharedKey = inner.required("shared_key")
            for user in inner.elements("user") {
                let keys = FluentdKeys(user, log: log)
                if let name = keys.required("username"), let word = keys.required("password") {
                    settings.users[name] = word
                }
                keys.finish()
            }
            _ = inner.bool("user_auth")
            inner.unsupported(switch: "allow_anonymous_source", unless: true)
            inner.unsupported(elements: "client", instead: "use a NetworkPolicy")
            inner.finish()
        }
        settings.tls = transport(keys)
        if let size = keys.size("chunk_size_limit") { settings.messageLimit = size }
        keys.accepted(
            "backlog",
            "linger_timeout",
            "resolve_hostname",
            "deny_keepalive",
            "send_keepalive_packet",
            "chunk_size_warn_limit",
            "skip_invalid_event",
            "heartbeat_type"
        )
        settings.hostKey = keys.text("source_address_key")
        keys.unsupported("source_hostname_key")
        return settings
    }

    /// `<transport tls>`.
    private func transport(_ keys: FluentdKeys) -> ServerTLS? {
        guard let element = keys.elements("transport").first else { return nil }
        guard element.argument == "tls" else { return nil }
        let inner = FluentdKeys(element, log: log)
        let asks = inner.bool("client_cert_auth") ?? false
        let authorities = inner.text("ca_path")
        inner.accepted("version", "min_version", "max_version", "ciphers", "insecure")
        let password = inner.text("private_key_passphrase")
        inner.unsupported("ca_cert_path", "generate_private_key_length")
        let certificate = inner.required("cert_path")
        let key = inner.required("private_key_path")
        inner.finish()
        guard let certificate, let key else { return nil }
        var tls = ServerTLS(
            certificate: certificate,
            key: key,
            authorities: asks ? authorities : nil
        )
        tls.keyPassword = password
        return tls
    }

    private func httpSource(_ keys: FluentdKeys, _ id: String) -> HTTPSourceSettings {
        var settings = HTTPSourceSettings(port: keys.port() ?? 9880)
        settings.host = keys.text("bind") ?? "0.0.0.0"
        settings.bodyLimit = keys.size("body_size_limit") ?? 32 << 20
        settings.successStatus = keys.bool("use_204_response") == true ? 204 : 200
        settings.tls = transport(keys)
        if let element = parseElement(keys), let type = element.type?.value {
            switch type {
            case "json": settings.format = "json"
            case "ndjson": settings.format = "ndjson"
            case "none": settings.format = "text"
            case "in_http": break
            default:
                log.unsupported(
                    element.place,
                    "<parse> of http can be json or none only",
                    "use the filter parser"
                )
            }
        }
        settings.addsAllHeaders = keys.bool("add_http_headers") ?? false
        for key in [
            "add_query_params", "add_remote_addr", "respond_with_empty_img",
        ] {
            keys.unsupported(switch: key, unless: false)
        }
        keys.accepted(
            "keepalive_timeout",
            "backlog",
            "blocking_timeout",
            "dump_error_log"
        )
        keys.unsupported("cors_allow_origins", "cors_allow_credentials")
        return settings
    }

    private func syslogSource(_ keys: FluentdKeys, _ id: String) -> SourceKind {
        let host = keys.text("bind") ?? "0.0.0.0"
        let port = keys.port() ?? 5140
        let transport = keys.elements("transport").first?.argument
        let isTCP =
            (keys.choice("protocol_type", ["tcp", "udp"]) ?? transport ?? "udp") != "udp"
        var settings = SyslogSourceSettings(
            mode: isTCP ? .tcp(host: host, port: port) : .udp(host: host, port: port)
        )
        settings.tls = transport == "tls" ? self.transport(keys) : nil
        if let element = parseElement(keys) {
            let parse = parse(element, id: id, standard: "syslog")
            if let rule = parse.rule, case .syslog = rule.form {
                configuration.parsers[id] = nil
            } else {
                settings.parser = parse.name
            }
        }
        if let size = keys.size("message_length_limit") { settings.messageLimit = size }
        settings.senderKey = keys.text("source_address_key")
        keys.unsupported("severity_key", "facility_key", "source_hostname_key", "priority_key")
        keys.accepted(
            "frame_type",
            "blocking_timeout",
            "resolve_hostname",
            "emit_unmatched_lines",
            "send_keepalive_packet"
        )
        keys.unsupported(switch: "include_source_host", unless: false)
        keys.unsupported("delimiter")
        log.warn(
            keys.place,
            "tags stay as they are written; Fluentd adds the facility and the priority to them"
        )
        return .syslog(settings)
    }

    private func lineSource(_ keys: FluentdKeys, _ type: String, _ id: String) -> SourceKind? {
        let host = keys.text("bind") ?? "0.0.0.0"
        let mode: SocketMode
        switch type {
        case "unix":
            log.unsupported(
                keys.element.type?.place ?? keys.place,
                "the source \"unix\" is not supported",
                "use forward"
            )
            _ = keys.own()
            return nil
        case "tcp": mode = .tcp(host: host, port: keys.port() ?? 5170)
        default: mode = .udp(host: host, port: keys.port() ?? 5160)
        }
        var settings = SocketSourceSettings(mode: mode)
        settings.tls = type == "tcp" ? transport(keys) : nil
        let element = parseElement(keys)
        if element == nil { log.error(keys.place, "<parse> is missing") }
        let parse = parse(element, id: id)
        settings.lines.key = parse.key
        settings.lines.parser = parse.name
        if let mark = keys.one("delimiter"), !mark.value.isEmpty {
            settings.lines.framing = .delimited(
                Array(FluentBitValues.unescaped(mark.value).utf8)
            )
        }
        settings.senderKey = keys.text("source_address_key")
        if let size = keys.size("message_length_limit") {
            settings.lines.lineLimit = max(size, 256)
        }
        keys.unsupported("source_hostname_key")
        keys.accepted(
            "blocking_timeout",
            "body_size_limit",
            "receive_buffer_size",
            "remove_newline",
            "send_keepalive_packet",
            "emit_unmatched_lines"
        )
        keys.unsupported(elements: "security")
        return .socket(settings)
    }

    private func command(_ keys: FluentdKeys, _ id: String) -> SourceKind? {
        let text = keys.required("command", "write the command line")
        let interval = keys.time("run_interval")
        let parse = parse(parseElement(keys), id: id, standard: nil)
        keys.accepted("read_block_size", "connect_mode", "encoding")
        guard let text else { return nil }
        var settings = CommandSettings(words: ["/bin/sh", "-c", text])
        settings.interval = interval
        settings.lines.key = parse.key
        settings.lines.parser = parse.name
        return .command(settings)
    }

    private func sample(_ keys: FluentdKeys) -> SourceKind? {
        let parameter = keys.one("sample") ?? keys.one("dummy")
        var settings = SampleSettings(records: [])
        let text = parameter?.value ?? "{\"message\":\"sample\"}"
        let json = try? JSON.parse(text)
        for element in json?.array ?? json.map({ [$0] }) ?? [] {
            if case .object(let fields) = LogValues.value(element) {
                settings.records.append(fields)
            }
        }
        if settings.records.isEmpty {
            log.error(parameter?.valuePlace ?? keys.place, "the record is no JSON object")
        }
        settings.rate = keys.integer("rate", 1...1_000_000) ?? 1
        settings.count = keys.integer("size")
        keys.unsupported("auto_increment_key")
        keys.accepted("suspend", "reuse_record")
        return .sample(settings)
    }
}
