import Basics
import Formats
import Records

extension FluentdReader {
    /// `http`.
    func http(_ keys: FluentdKeys, _ sink: inout SinkSettings) -> SinkKind? {
        guard let text = keys.required("endpoint", "write the address"),
            let url = LogURL(text)
        else {
            if let parameter = keys.one("endpoint") {
                log.error(parameter.valuePlace, "\"\(parameter.value)\" is no address")
            }
            return nil
        }
        var tls = ClientTLS()
        tls.verifies = keys.choice("tls_verify_mode", ["none", "peer"]) != "none"
        tls.authorities = keys.text("tls_ca_cert_path")
        tls.certificate = keys.text("tls_client_cert_path")
        tls.key = keys.text("tls_private_key_path")
        tls.keyPassword = keys.text("tls_private_key_passphrase")
        var request = RequestSettings(endpoints: [url.endpoint(tls: tls)])
        request.headers = keys.map("headers").map { "\($0.0): \($0.1)" }
        if let parameter = keys.one("headers_from_placeholders") {
            log.unsupported(parameter.place, "headers from records are not supported")
        }
        request.connectTimeout = keys.time("open_timeout") ?? request.connectTimeout
        request.timeout = keys.time("read_timeout") ?? request.timeout
        if keys.choice("compress", ["text", "gzip"]) == "gzip" { request.compression = .gzip }
        for element in keys.elements("auth") {
            let inner = FluentdKeys(element, log: log)
            let method = inner.choice("method", ["basic", "aws_sigv4"]) ?? "basic"
            let password = inner.text("password")
            if let user = inner.text("username") {
                request.authentication = .basic(user: user, password: password ?? "")
            }
            if method == "aws_sigv4", let region = inner.required("aws_region"),
                let service = inner.required("aws_service")
            {
                request.authentication = .aws(region: region, service: service)
            }
            inner.unsupported("aws_role_arn", instead: "give the pod the role")
            inner.finish()
        }
        request.concurrency = buffer(keys, &sink) ?? 1
        var settings = HTTPSinkSettings(request: request)
        settings.method = (keys.choice("http_method", ["post", "put"]) ?? "post").uppercased()
        settings.encoding = format(keys, standard: "json")
        inject(keys, &settings.encoding)
        settings.framing = keys.bool("json_array") == true ? .list : .lines
        settings.contentType = keys.text("content_type")
        keys.ignored(
            "error_response_as_unrecoverable",
            "retryable_response_codes",
            because: "408, 425, 429 and 5xx are tried again, others are refused for good"
        )
        keys.accepted(
            "ssl_timeout",
            "reuse_connections",
            "tls_version",
            "tls_ciphers"
        )
        keys.unsupported("proxy")
        return .http(settings)
    }

    /// `forward`.
    func forward(_ keys: FluentdKeys, _ sink: inout SinkSettings) -> SinkKind? {
        var tls: ClientTLS?
        if keys.choice("transport", ["tcp", "tls"]) == "tls" {
            var made = ClientTLS()
            made.verifies = !(keys.bool("tls_insecure_mode") ?? false)
            made.verifiesName = keys.bool("tls_verify_hostname") ?? true
            made.authorities =
                keys.list("tls_cert_path").first ?? keys.list("tls_ca_cert_path").first
            made.certificate = keys.text("tls_client_cert_path")
            made.key = keys.text("tls_client_private_key_path")
            made.keyPassword = keys.text("tls_client_private_key_passphrase")
            _ = keys.bool("tls_allow_self_signed_cert")
            tls = made
        }
        var endpoints: [EndpointSettings] = []
        var settings = ForwardSinkSettings(endpoints: [])
        for element in keys.elements("server") {
            let inner = FluentdKeys(element, log: log)
            if let host = inner.required("host") {
                var endpoint = EndpointSettings(host: host, port: inner.port() ?? 24224)
                endpoint.tls = tls
                endpoint.isStandby = inner.bool("standby") ?? false
                endpoints.append(endpoint)
            }
            settings.user = inner.text("username") ?? settings.user
            settings.password = inner.text("password") ?? settings.password
            settings.sharedKey = inner.text("shared_key") ?? settings.sharedKey
            inner.accepted("name")
            inner.ignored("weight", because: "servers take turns")
            inner.finish()
        }
        let port = keys.port() ?? 24224
        if let host = keys.text("host") {
            var endpoint = EndpointSettings(host: host, port: port)
            endpoint.tls = tls
            endpoints.append(endpoint)
        }
        if endpoints.isEmpty { log.error(keys.place, "<server> is missing", "name the machine") }
        settings.endpoints = endpoints
        for element in keys.elements("security") {
            let inner = FluentdKeys(element, log: log)
            settings.selfHostname = inner.required("self_hostname")
            settings.sharedKey = inner.required("shared_key") ?? settings.sharedKey
            inner.finish()
        }
        settings.requiresAck = keys.bool("require_ack_response") ?? false
        settings.timeAsInteger = keys.bool("time_as_integer") ?? false
        settings.timeout = keys.time("ack_response_timeout") ?? .seconds(190)
        switch keys.choice("compress", ["text", "gzip", "zstd"]) {
        case "gzip": settings.compression = .gzip
        case "zstd":
            log.unsupported(
                keys.one("compress")?.place ?? keys.place,
                "zstd is not supported",
                "use gzip"
            )
        default: break
        }
        _ = buffer(keys, &sink)
        keys.accepted(
            "send_timeout",
            "recover_wait",
            "heartbeat_type",
            "heartbeat_interval",
            "phi_failure_detector",
            "phi_threshold",
            "hard_timeout",
            "expire_dns_cache",
            "dns_round_robin",
            "ignore_network_errors_at_startup",
            "keepalive",
            "keepalive_timeout",
            "connect_timeout",
            "verify_connection_at_startup",
            "tls_version",
            "tls_ciphers",
            "slow_flush_log_threshold",
            "tls_allow_self_signed_cert"
        )
        keys.unsupported(elements: "service_discovery", instead: "name the servers")
        return endpoints.isEmpty ? nil : .forward(settings)
    }

    /// `remote_syslog` and `syslog`.
    func syslog(_ keys: FluentdKeys, _ sink: inout SinkSettings) -> SinkKind? {
        let host = keys.text(["host", "remote_syslog"]) ?? "localhost"
        var endpoint = EndpointSettings(host: host, port: keys.port() ?? 514)
        let isTCP = keys.choice("protocol", ["udp", "tcp"]) == "tcp"
        if keys.bool("tls") == true {
            var tls = ClientTLS()
            tls.authorities = keys.text("ca_file")
            tls.verifies = keys.integer("verify_mode") != 0
            tls.certificate = keys.text("client_cert")
            tls.key = keys.text("client_cert_key")
            endpoint.tls = tls
        }
        var settings = SyslogSinkSettings(
            target: isTCP || endpoint.tls != nil
                ? .tcp(endpoint) : .udp(host: host, port: endpoint.port)
        )
        settings.isRFC5424 = keys.text("rfc") == "rfc5424"
        settings.messageLimit = keys.size("packet_size") ?? 1024
        settings.presets["facility"] = keys.text("facility") ?? "user"
        settings.presets["severity"] = keys.text("severity") ?? "notice"
        settings.presets["appname"] = FluentdValues.template(keys.text("program") ?? "fluentd")
        settings.presets["hostname"] = keys.text("hostname") ?? surroundings.hostname
        let encoding = format(keys, standard: "out_file")
        if case .text(let key) = encoding.form { settings.keys["message"] = key }
        _ = buffer(keys, &sink)
        keys.accepted(
            "timeout",
            "timeout_exception",
            "keep_alive",
            "keep_alive_idle",
            "keep_alive_cnt",
            "keep_alive_intvl",
            "ca_file",
            "verify_mode",
            "allow_self_signed_cert",
            "fqdn",
            "version",
            "tag",
            "remote_syslog",
            "host"
        )
        return .syslog(settings)
    }

    /// `file`.
    func file(_ keys: FluentdKeys, _ sink: inout SinkSettings) -> SinkKind? {
        guard let path = keys.required("path", "name the file") else { return nil }
        var name = path
        keys.accepted("append")
        let suffix = keys.text("path_suffix") ?? ".log"
        let hasSuffix = keys.bool("add_path_suffix") ?? true
        let slice = keys.text("time_slice_format")
        if name.hasSuffix(".*") { name = String(name.dropLast(2)) }
        if let star = name.firstIndex(of: "*") {
            name.replaceSubrange(star...star, with: slice ?? "%Y%m%d")
        } else {
            // Without a date of its own a file is one of each day.
            if !name.contains("%") { name += "." + (slice ?? "%Y%m%d") }
            if hasSuffix, !name.hasSuffix(suffix) { name += suffix }
        }
        var settings = FileSinkSettings(path: template(name, of: "path", in: keys))
        if let kind = keys.choice("compress", ["text", "gz", "gzip", "zstd"]), kind != "text" {
            log.unsupported(
                keys.one("compress")?.place ?? keys.place,
                "files that are compressed while they are written are not supported",
                "remove it, or write logs.yaml, where old files can be compressed"
            )
        }
        settings.encoding = format(keys, standard: "out_file")
        inject(keys, &settings.encoding)
        if let mode = keys.one("file_permission") {
            settings.permissions = UInt32(mode.value, radix: 8) ?? settings.permissions
        }
        _ = buffer(keys, &sink, isTimed: false)
        sink.retry = nil
        keys.accepted("recompress", "symlink_path_use_relative", "dir_permission", "utc")
        keys.ignored("symlink_path", because: "no links are made")
        keys.ignored("localtime", "timezone", because: "times in paths and lines are in UTC")
        keys.ignored(
            "time_format",
            because: "the time of a line is in UTC, as ISO 8601 writes it"
        )
        keys.unsupported(
            "output_data_type",
            "field_separator",
            instead: "write <format>"
        )
        return .file(settings)
    }
}
