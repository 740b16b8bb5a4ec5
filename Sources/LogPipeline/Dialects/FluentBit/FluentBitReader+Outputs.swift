import Basics
import Formats
import Records

extension FluentBitReader {
    /// `[OUTPUT]`.
    func readOutput(_ section: FluentBitSection) {
        let keys = FluentBitKeys(section, log: log)
        let plugin = plugin(
            keys,
            "output",
            FluentBitNames.outputs,
            FluentBitNames.otherOutputs
        )
        guard let plugin else { return }
        let id = id(keys, "output", plugin)
        let match = match(keys, isOutput: true)
        var sink = SinkSettings(id: id, inlet: Inlet(outlets, match: match), kind: .nowhere)
        sink.place = section.place.short
        readCommon(output: keys, &sink)
        let kind: SinkKind? =
            switch plugin {
            case "es", "opensearch": elasticsearch(keys)
            case "loki": loki(keys)
            case "http": http(keys)
            case "s3": s3(keys, &sink)
            case "forward": forward(keys)
            case "syslog": syslog(keys)
            case "file": file(keys)
            case "stdout": standardOutputSink(keys)
            case "tcp": socket(keys, isUDP: false)
            case "udp": socket(keys, isUDP: true)
            case "pgsql": postgres(keys)
            default: nowhere(keys)
            }
        keys.finish()
        guard let kind else { return }
        sink.kind = kind
        configuration.sinks.append(sink)
        readProcessors(of: section, sink: configuration.sinks.count - 1, plugin)
    }

    /// Keys of every output.
    private func readCommon(output keys: FluentBitKeys, _ sink: inout SinkSettings) {
        if let property = keys.one("retry_limit") {
            saysRetryLimit = true
            var retry = configuration.service.retry
            switch property.value.lowercased() {
            case "no_limits", "false", "off", "no": retry.limit = nil
            case "no_retries": retry.limit = 0
            case let text:
                guard let limit = Int(text), limit >= 1 else {
                    log.error(
                        property.valuePlace,
                        "\"\(property.value)\" is no limit",
                        "write a number, no_limits or no_retries"
                    )
                    break
                }
                retry.limit = limit
            }
            sink.retry = retry
        }
        if let limit = keys.size("storage.total_limit_size") {
            sink.buffer.disk = Int64(limit)
            sink.buffer.whenFull = .dropOldest
        }
        keys.accepted("log_level", "log_suppress_interval", "no_multiplex", "ipv6")
    }

    private func nowhere(_ keys: FluentBitKeys) -> SinkKind {
        keys.accepted("format", "workers")
        return .nowhere
    }

    // MARK: Encodings

    /// How records are written: `format`, `json_date_key`, `json_date_format`.
    func encoding(
        _ keys: FluentBitKeys,
        formats: [String],
        standard: String,
        hasDates: Bool = true
    ) -> Encoding {
        let format = keys.choice("format", formats) ?? standard
        var encoding = Encoding(.json)
        switch format {
        case "msgpack", "none":
            encoding.form =
                standard == "msgpack" && formats.contains("json_lines")
                    && !formats.contains("gelf") && !formats.contains("raw") ? .plain : .messagePack
        default: break
        }
        guard hasDates else { return encoding }
        let key = keys.text("json_date_key") ?? "date"
        if encoding.form == .json, FluentBitValues.bool(key) != false {
            encoding.timeKey = key
            encoding.timeFormat = Self.dateFormat(
                keys.choice(
                    "json_date_format",
                    [
                        "double", "epoch", "epoch_ms", "epoch_ms_double", "iso8601",
                        "java_sql_timestamp",
                    ]
                ) ?? "double"
            )
        } else {
            keys.accepted("json_date_format")
        }
        encoding.escapesUnicode = false
        return encoding
    }

    static func dateFormat(_ name: String) -> String {
        switch name {
        case "double", "epoch_ms_double": "unix_float"
        case "epoch": "epoch"
        case "epoch_ms": "epoch_ms"
        case "java_sql_timestamp": "%Y-%m-%d %H:%M:%S.%6f"
        default: "iso8601"
        }
    }

    // MARK: Connections

    /// Where an output goes, and how it is spoken to.
    func request(
        _ keys: FluentBitKeys,
        port: UInt16,
        path: String = "",
        workers: Int = 2
    ) -> RequestSettings {
        var endpoint = EndpointSettings(
            host: keys.text("host") ?? "127.0.0.1",
            port: keys.port() ?? port
        )
        endpoint.path = path
        endpoint.tls = clientTLS(keys)
        // A host is written as a URL now and then.
        if let property = keys.one("host"), let scheme = endpoint.host.firstRange(of: "://") {
            log.error(
                property.valuePlace,
                "the host must be a name without \(endpoint.host[..<scheme.upperBound])",
                "write \(endpoint.host[scheme.upperBound...])"
                    + (endpoint.host.hasPrefix("https") ? " and tls On" : "")
            )
        }
        var request = RequestSettings(endpoints: [endpoint])
        request.concurrency = max(keys.integer("workers", 0...1024) ?? workers, 1)
        readNetwork(client: keys, &request)
        return request
    }

    /// Name and password.
    func authentication(_ keys: FluentBitKeys) -> HTTPAuthentication? {
        let password = keys.text("http_passwd") ?? keys.text("http_password") ?? ""
        guard let user = keys.text("http_user") else {
            if !password.isEmpty, let property = keys.one("http_passwd") {
                log.warn(property.place, "HTTP_Passwd has no effect without HTTP_User")
            }
            return nil
        }
        return .basic(user: user, password: password)
    }

    func readNetwork(client keys: FluentBitKeys, _ request: inout RequestSettings) {
        if let time = keys.time("net.connect_timeout"), time > .zero {
            request.connectTimeout = time
        }
        if let time = keys.time("http.response_timeout"), time > .zero { request.timeout = time }
        if let time = keys.time("net.io_timeout"), time > .zero { request.timeout = time }
        _ = keys.bool("net.keepalive")
        _ = keys.time("net.keepalive_idle_timeout")
        _ = keys.integer("net.keepalive_max_recycle")
        keys.ignored(
            "net.source_address",
            "net.dns.mode",
            "net.dns.resolver",
            "net.dns.prefer_ipv4",
            "net.dns.prefer_ipv6",
            "net.proxy_env_ignore",
            because: "names are resolved and addresses chosen in one way"
        )
        keys.accepted(
            "net.connect_timeout_log_error",
            "net.max_worker_connections",
            "net.tcp_keepalive",
            "net.tcp_keepalive_time",
            "net.tcp_keepalive_interval",
            "net.tcp_keepalive_probes",
            "net.tcp_keepalive_probes",
            "http.read_idle_timeout"
        )
    }

    /// `tls`, `tls.*` of an output; nil if it is off.
    func clientTLS(_ keys: FluentBitKeys) -> ClientTLS? {
        let isOn = keys.bool("tls") ?? false
        var tls = ClientTLS()
        tls.verifies = keys.bool("tls.verify") ?? true
        tls.verifiesName = keys.bool("tls.verify_hostname") ?? false
        tls.authorities = keys.text("tls.ca_file")
        tls.certificate = keys.text("tls.crt_file")
        tls.key = keys.text("tls.key_file")
        tls.keyPassword = keys.text("tls.key_passwd")
        tls.serverName = keys.text("tls.vhost")
        keys.accepted("tls.debug")
        keys.unsupported("tls.ca_path", instead: "name one file with tls.ca_file")
        keys.ignored(
            "tls.min_version",
            "tls.max_version",
            "tls.ciphers",
            because: "TLS 1.2 and 1.3 are spoken with the ciphers of today"
        )
        if tls.certificate != nil, tls.key == nil, isOn {
            log.error(
                keys.one("tls.crt_file")?.place ?? keys.place,
                "the certificate has no key",
                "write tls.key_file"
            )
        }
        return isOn ? tls : nil
    }

    /// AWS's signature: `aws_auth` with its region.
    func signature(_ keys: FluentBitKeys, service: String) -> HTTPAuthentication? {
        let isOn = keys.bool("aws_auth") ?? false
        let region = keys.text("aws_region") ?? surroundings.environment["AWS_REGION"]
        let name =
            keys.text("aws_service_name") ?? keys.text("aws_service") ?? service
        keys.unsupported(
            "aws_role_arn",
            "aws_external_id",
            "aws_sts_endpoint",
            "aws_profile",
            instead: "give the pod the role"
        )
        guard isOn else { return nil }
        guard let region else {
            log.error(
                keys.one("aws_auth")?.place ?? keys.place,
                "AWS_Auth needs a region",
                "write AWS_Region"
            )
            return nil
        }
        return .aws(region: region, service: name)
    }
}
