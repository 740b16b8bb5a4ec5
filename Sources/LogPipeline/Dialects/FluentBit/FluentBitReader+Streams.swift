import Basics
import Formats
import Records

extension FluentBitReader {
    /// `forward`.
    func forward(_ keys: FluentBitKeys) -> SinkKind? {
        let request = request(keys, port: 24224)
        var settings = ForwardSinkSettings(endpoints: request.endpoints)
        settings.unixPath = keys.text("unix_path")
        settings.sharedKey = keys.text("shared_key")
        if keys.bool("empty_shared_key") == true { settings.sharedKey = "" }
        settings.selfHostname = keys.text("self_hostname")
        settings.user = keys.text("username")
        settings.password = keys.text("password")
        settings.requiresAck = keys.bool("require_ack_response") ?? false
        settings.timeAsInteger = keys.bool("time_as_integer") ?? false
        settings.tag = keys.text("tag")
        if keys.choice("compress", ["gzip", "text"]) == "gzip" { settings.compression = .gzip }
        settings.timeout = keys.time("ack_response_timeout") ?? settings.timeout
        _ = keys.bool("send_options")
        _ = keys.bool("retain_metadata_in_forward_mode")
        keys.accepted("add_option", "fluentd_compat")
        keys.unsupported("upstream", instead: "write one output for each host")
        return .forward(settings)
    }

    /// `syslog`.
    func syslog(_ keys: FluentBitKeys) -> SinkKind? {
        let mode = keys.choice("mode", ["tcp", "udp", "tls", "unix_tcp", "unix_udp"]) ?? "udp"
        var endpoint = request(keys, port: 514).endpoints[0]
        if mode == "tls" { endpoint.tls = endpoint.tls ?? ClientTLS() }
        let target: SocketTarget
        switch mode {
        case "tcp", "tls": target = .tcp(endpoint)
        case "udp": target = .udp(host: endpoint.host, port: endpoint.port)
        default:
            log.unsupported(
                keys.one("mode")?.place ?? keys.place,
                "the mode \(mode) is not supported",
                "use tcp or udp"
            )
            return nil
        }
        if mode == "udp", endpoint.tls != nil {
            log.error(keys.one("tls")?.place ?? keys.place, "UDP has no TLS", "write Mode tcp")
        }
        var settings = SyslogSinkSettings(target: target)
        settings.isRFC5424 =
            keys.choice("syslog_format", ["rfc3164", "rfc5424"]) != "rfc3164"
        let limit = keys.size("syslog_maxsize") ?? 0
        settings.messageLimit = limit > 0 ? limit : settings.isRFC5424 ? 2048 : 1024
        for part in [
            "severity", "facility", "hostname", "appname", "procid", "msgid", "sd", "message",
        ] {
            if let key = keys.text("syslog_\(part)_key") { settings.keys[part] = key }
            if part == "sd" || part == "message" { continue }
            if let preset = keys.text("syslog_\(part)_preset") { settings.presets[part] = preset }
        }
        if settings.presets["severity"] == nil { settings.presets["severity"] = "6" }
        if settings.presets["facility"] == nil { settings.presets["facility"] = "1" }
        _ = keys.bool("allow_longer_sd_id")
        if settings.keys["message"] == nil {
            log.error(keys.place, "\"syslog_message_key\" is missing", "name the message's field")
        }
        return .syslog(settings)
    }

    /// `tcp` and `udp`.
    func socket(_ keys: FluentBitKeys, isUDP: Bool) -> SinkKind? {
        let endpoint = request(keys, port: 5170).endpoints[0]
        var settings = SocketSinkSettings(
            target: isUDP ? .udp(host: endpoint.host, port: endpoint.port) : .tcp(endpoint)
        )
        let formats = ["json", "json_stream", "json_lines", "msgpack", "raw"]
        settings.encoding = encoding(
            keys,
            formats: formats,
            standard: isUDP ? "json_lines" : "msgpack"
        )
        if let key = keys.text("raw_message_key") {
            settings.encoding = Encoding(.text(key: key))
        }
        return .socket(settings)
    }

    /// `file`.
    func file(_ keys: FluentBitKeys) -> SinkKind? {
        let directory = keys.text("path")
        let name = keys.text("file") ?? "$TAG"
        var settings = FileSinkSettings(path: directory.map { $0 + "/" + name } ?? name)
        settings.makesDirectories = keys.bool("mkdir") ?? false
        let format =
            keys.choice("format", ["out_file", "plain", "csv", "ltsv", "template", "msgpack"])
            ?? "out_file"
        let delimiter = keys.one("delimiter")
        let label = keys.text("label_delimiter")
        let template = keys.text("template")
        let names = keys.bool("csv_column_names") ?? false
        switch format {
        case "plain": settings.encoding = Encoding(.json)
        case "ltsv":
            settings.encoding = Encoding(.ltsv)
            settings.encoding.timeKey = "time"
            settings.encoding.timeFormat = "unix_float"
            if let delimiter, !["\\t", "tab", "\t"].contains(delimiter.value.lowercased()) {
                log.unsupported(delimiter.place, "pairs are parted by tabs only")
            }
            if label != nil, label != ":" {
                log.unsupported(keys.place, "labels end in a colon only")
            }
        case "csv":
            settings.encoding = Encoding(.csv(fields: [], delimiter: csvDelimiter(delimiter)))
            settings.encoding.timeKey = "time"
            settings.encoding.timeFormat = "unix_float"
            if names { log.unsupported(keys.place, "a line of names is not supported") }
        case "template":
            settings.encoding = Encoding(.template(template ?? "{time} {message}"))
        case "msgpack": settings.encoding = Encoding(.messagePack)
        default: settings.encoding = Encoding(.plain)
        }
        if format != "template", template != nil, let property = keys.one("template") {
            log.warn(property.place, "Template has no effect without Format template")
        }
        keys.accepted("workers")
        keys.unsupported(switch: "line_append", unless: false)
        return .file(settings)
    }

    private func csvDelimiter(_ property: FluentBitProperty?) -> String {
        switch property?.value.lowercased() {
        case nil, "comma", ",": return ","
        case "\\t", "tab", "\t": return "\t"
        case "space": return " "
        case let other?:
            if let property {
                log.warn(
                    property.place,
                    "\"\(other)\" is not tab, space or comma, so it is a comma"
                )
            }
            return ","
        }
    }

    /// `stdout`.
    func standardOutputSink(_ keys: FluentBitKeys) -> SinkKind {
        keys.accepted("workers")
        return .console(
            ConsoleSettings(
                encoding: encoding(
                    keys,
                    formats: ["msgpack", "json", "json_stream", "json_lines"],
                    standard: "msgpack"
                )
            )
        )
    }

    /// `pgsql`.
    func postgres(_ keys: FluentBitKeys) -> SinkKind? {
        let environment = surroundings.environment
        let endpoint = request(keys, port: 5432).endpoints[0]
        let user = keys.text("user") ?? environment["PGUSER"] ?? "fluentbit"
        var settings = PostgresSettings(
            endpoint: endpoint,
            database: keys.text("database") ?? environment["PGDATABASE"] ?? user,
            user: user,
            table: keys.text("table") ?? "fluentbit"
        )
        settings.password = keys.text("password") ?? environment["PGPASSWORD"]
        _ = keys.bool("async")
        keys.accepted("min_pool_size", "max_pool_size")
        keys.ignored(
            "timestamp_key",
            because: "the record's time is in the column time, the record in data"
        )
        keys.unsupported("connection_options")
        if let schema = keys.text("schema") { settings.table = schema + "." + settings.table }
        keys.unsupported(switch: "cockroachdb", unless: false)
        return .postgres(settings)
    }
}
