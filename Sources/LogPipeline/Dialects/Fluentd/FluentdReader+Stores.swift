import Basics
import Formats
import Records

extension FluentdReader {
    /// `elasticsearch`, `opensearch` and their data streams.
    func elasticsearch(
        _ keys: FluentdKeys,
        _ type: String,
        _ sink: inout SinkSettings
    ) -> SinkKind? {
        let isStream = type.hasSuffix("data_stream")
        var request = RequestSettings(endpoints: endpoints(keys, port: 9200))
        request.authentication = authentication(keys)
        if let cloud = keys.text("cloud_auth") {
            let parts = cloud.split(separator: ":", maxSplits: 1).map(String.init)
            if parts.count == 2 {
                request.authentication = .basic(user: parts[0], password: parts[1])
            }
        }
        if let cloud = keys.one("cloud_id"), let host = FluentBitReader.cloudHost(cloud.value) {
            var endpoint = EndpointSettings(host: host.name, port: host.port)
            endpoint.tls = ClientTLS()
            request.endpoints = [endpoint]
        }
        if let key = keys.text("api_key") { request.authentication = .apiKey(key) }
        request.timeout = keys.time("request_timeout") ?? .seconds(5)
        request.headers = keys.map("custom_headers").map { "\($0.0): \($0.1)" }
        if keys.choice(
            "compression_level",
            ["no_compression", "best_speed", "best_compression", "default_compression"]
        ).map({ $0 != "no_compression" }) == true {
            request.compression = .gzip
        }
        request.concurrency = buffer(keys, &sink) ?? 1
        var settings = ElasticsearchSettings(request: request, index: "fluentd")
        index(keys, &settings)
        if isStream {
            settings.isDataStream = true
            settings.index = template(
                keys.required("data_stream_name") ?? "",
                of: "data_stream_name",
                in: keys
            )
            keys.accepted(
                "data_stream_template_name",
                "data_stream_ilm_name",
                "data_stream_ilm_policy",
                "data_stream_ilm_policy_overwrite",
                "data_stream_template_use_index_patterns_wildcard",
                "data_stream_ism_name"
            )
        }
        documents(keys, &settings, isStream: isStream)
        others(keys)
        return .elasticsearch(settings)
    }

    private func index(_ keys: FluentdKeys, _ settings: inout ElasticsearchSettings) {
        let isLogstash = keys.bool("logstash_format") ?? false
        let prefix = keys.text("logstash_prefix") ?? "logstash"
        let separator = keys.one("logstash_prefix_separator")?.value ?? "-"
        let date = keys.text("logstash_dateformat") ?? "%Y.%m.%d"
        let name = keys.text("index_name")
        settings.index = template(
            isLogstash ? prefix + separator + date : name ?? "fluentd",
            of: isLogstash ? "logstash_prefix" : "index_name",
            in: keys
        )
        keys.unsupported(switch: "utc_index", unless: true)
        if let key = keys.text("target_index_key") {
            settings.prefixKey = FluentdValues.accessor(key)
            settings.prefixSuffix = ""
        }
        // Fluentd adds the time to logstash's records only, unless it is asked for.
        let hasTime = isLogstash || keys.bool("include_timestamp") == true
        settings.timeKey = hasTime ? "@timestamp" : nil
    }

    private func documents(
        _ keys: FluentdKeys,
        _ settings: inout ElasticsearchSettings,
        isStream: Bool
    ) {
        let type = keys.text("type_name")
        settings.type = keys.bool("suppress_type_name") == true ? nil : type
        settings.action =
            keys.choice("write_operation", ["index", "create", "update", "upsert"])
            ?? (isStream ? "create" : "index")
        settings.pipeline = keys.text("pipeline").map(FluentdValues.template)
        let tagKey = keys.text("tag_key") ?? "tag"
        settings.tagKey = keys.bool("include_tag_key") == true ? tagKey : nil
        settings.idKey = keys.text("id_key").map(FluentdValues.accessor)
        settings.routingKey = keys.text("routing_key").map(FluentdValues.accessor)
        if let key = keys.text("remove_keys"), key == keys.text("id_key") {
            settings.removesIDKey = true
        }
        if let key = keys.text("time_key") {
            settings.timeKey = settings.timeKey ?? "@timestamp"
            log.warn(
                keys.one("time_key")?.place ?? keys.place,
                "\"\(key)\" does not give the time here",
                "name it as the time_key of <parse>"
            )
        }
        if let format = keys.text("time_key_format") { settings.timeKeyFormat = format }
        if keys.integer("time_precision").map({ $0 > 3 }) == true {
            settings.hasNanoseconds = true
        }
        keys.unsupported(switch: "time_key_exclude_timestamp", unless: false)
        settings.encoding.except = keys.list("remove_keys")
        settings.replacesDots = false
        if let dot = keys.text("de_dot_separator"), dot == "_" { settings.replacesDots = true }
        _ = keys.bool("de_dot")
    }

    private func others(_ keys: FluentdKeys) {
        keys.accepted(
            "reload_connections",
            "reload_on_failure",
            "reconnect_on_error",
            "reload_after",
            "resurrect_after",
            "with_transporter_log",
            "log_es_400_reason",
            "slow_flush_log_threshold",
            "bulk_message_request_threshold",
            "sniffer_class_name",
            "selector_class_name",
            "http_backend",
            "http_backend_excon_nonblock",
            "prefer_oj_serializer",
            "verify_es_version_at_startup",
            "default_elasticsearch_version",
            "verify_os_version_at_startup",
            "default_opensearch_version",
            "max_retry_get_es_version",
            "max_retry_get_os_version",
            "max_retry_putting_template",
            "fail_on_putting_template_retry_exceed",
            "fail_on_detecting_es_version_retry_exceed",
            "fail_on_detecting_os_version_retry_exceed",
            "exception_backup",
            "emit_error_for_missing_id",
            "suppress_doc_wrap",
            "include_index_in_url",
            "content_type",
            "flatten_hashes_separator",
            "validate_client_version",
            "logstash_dateformat",
            "ignore_exceptions",
            "unrecoverable_error_types",
            "unrecoverable_record_types",
            "emit_error_label_event",
            "use_legacy_template",
            "remove_keys_on_update",
            "include_timestamp",
            "time_parse_error_tag",
            "compression_level",
            "tag_key",
            "target_type_key",
            "parent_key",
            "rollover_index",
            "index_date_pattern"
        )
        keys.unsupported(
            "template_name",
            "template_file",
            "templates",
            "customize_template",
            "index_prefix",
            "application_name",
            "enable_ilm",
            "ilm_policy_id",
            "ilm_policy",
            "template_overwrite",
            instead: "put templates and policies into the cluster yourself"
        )
        keys.unsupported(switch: "flatten_hashes", unless: false)
        keys.unsupported("target_index_affinity", "remove_keys_on_update_key", "id_key_separator")
        keys.unsupported(elements: "elasticsearch_metadata", "hash", "metadata")
        keys.unsupported(elements: "endpoint", instead: "give the pod the role")
        keys.accepted(elements: "inject")
    }

    /// `loki`.
    func loki(_ keys: FluentdKeys, _ sink: inout SinkSettings) -> SinkKind? {
        let text = keys.text("url") ?? "https://logs-prod-us-central1.grafana.net"
        guard let url = LogURL(text) else {
            log.error(keys.one("url")?.valuePlace ?? keys.place, "\"\(text)\" is no address")
            return nil
        }
        var tls = ClientTLS()
        tls.verifies = !(keys.bool("insecure_tls") ?? false)
        tls.authorities = keys.text("ca_cert")
        tls.certificate = keys.text("cert")
        tls.key = keys.text("key")
        var endpoint = url.endpoint(tls: tls)
        // The plugin puts the path behind what is written.
        let base = endpoint.path.hasSuffix("/") ? String(endpoint.path.dropLast()) : endpoint.path
        endpoint.path = base.hasSuffix("/loki/api/v1/push") ? base : base + "/loki/api/v1/push"
        var request = RequestSettings(endpoints: [endpoint])
        let password = keys.text("password")
        if let user = keys.text("username") {
            request.authentication = .basic(user: user, password: password ?? "")
        }
        if let token = keys.one("bearer_token_file") {
            if let bytes = surroundings.readFile(token.value) {
                request.authentication = .bearer(
                    String(String(decoding: bytes, as: UTF8.self).trimmed)
                )
            } else {
                log.error(token.valuePlace, "\(token.value) cannot be read")
            }
        }
        request.headers = keys.map("custom_headers").map { "\($0.0): \($0.1)" }
        if keys.choice("compress", ["gzip"]) != nil { request.compression = .gzip }
        request.concurrency = buffer(keys, &sink) ?? 1
        var settings = LokiSettings(request: request)
        settings.tenant = keys.text("tenant").map(FluentdValues.template)
        for (name, value) in keys.map("extra_labels") { settings.labels[name] = value }
        for element in keys.elements("label") {
            for parameter in FluentdKeys(element, log: log).own() {
                let field = parameter.value.isEmpty ? parameter.key : parameter.value
                let accessor = FluentdValues.accessor(field)
                let name = String(parameter.key.map { ".-/".contains($0) ? "_" : $0 })
                settings.labels[name] = accessor.hasPrefix("$") ? accessor : "$" + accessor
                settings.removed.append(accessor)
            }
        }
        if keys.bool("extract_kubernetes_labels") == true {
            settings.labelsOf = "$['kubernetes']['labels']"
        }
        settings.removed += keys.list("remove_keys").map(FluentdValues.accessor)
        settings.dropsSingleKey = keys.bool("drop_single_key") ?? false
        if keys.choice("line_format", ["json", "key_value"]) != "json" {
            settings.encoding = Encoding(.logfmt)
        }
        keys.accepted("include_thread_label", "ciphers", "min_version")
        return .loki(settings)
    }

    /// `s3`.
    func s3(_ keys: FluentdKeys, _ sink: inout SinkSettings) -> SinkKind? {
        let bucket = keys.required("s3_bucket", "name the bucket")
        let region = keys.text("s3_region") ?? surroundings.environment["AWS_REGION"] ?? "us-east-1"
        let path = keys.text("path") ?? ""
        let slice = keys.text("time_slice_format") ?? "%Y%m%d-%H"
        let store =
            keys.choice(
                "store_as",
                [
                    "gzip", "gzip_command", "json", "text", "lzo",
                    "lzma2", "parquet", "zstd",
                ]
            ) ?? "gzip"
        let form =
            keys.text("s3_object_key_format") ?? "%{path}%{time_slice}_%{index}.%{file_extension}"
        let suffixes = ["json": "json", "text": "txt", "zstd": "zst"]
        var key = form
        for (hole, text) in [
            ("%{path}", path), ("%{time_slice}", slice), ("%{index}", "$INDEX"),
            ("%{uuid_flush}", "$UUID"), ("%{uuid_hash}", "$UUID"), ("%{hex_random}", "$UUID"),
            ("%{hostname}", surroundings.hostname),
            ("%{file_extension}", suffixes[store] ?? "gz"),
        ] {
            key = key.replacing(hole, with: text)
        }
        if key.contains("%{"), let parameter = keys.one("s3_object_key_format") {
            log.unsupported(parameter.valuePlace, "a placeholder of the key is not known")
        }
        // A number of its own may be taken by another pod already.
        if key.contains("$INDEX"), !key.contains("$UUID") {
            key = key.replacing("$INDEX", with: "$UUID_$INDEX")
        }
        _ = buffer(keys, &sink, isTimed: true)
        var settings = S3Settings(
            bucket: bucket ?? "",
            region: region,
            keyFormat: template(key, of: "path", in: keys)
        )
        settings.accessKey = keys.text("aws_key_id")
        settings.secretKey = keys.text("aws_sec_key")
        if let endpoint = keys.one("s3_endpoint") {
            var tls = ClientTLS()
            tls.verifies = keys.bool("ssl_verify_peer") ?? true
            settings.endpoint = LogURL(endpoint.value, scheme: "https").map {
                $0.endpoint(tls: tls)
            }
            if settings.endpoint == nil { log.error(endpoint.valuePlace, "it is no address") }
        }
        switch store {
        case "gzip", "gzip_command": settings.compression = .gzip
        case "zstd": settings.compression = .zstd
        case "json", "text": break
        default:
            log.unsupported(
                keys.one("store_as")?.place ?? keys.place,
                "\(store) is not supported",
                "use gzip or text"
            )
        }
        settings.encoding = format(keys, standard: "out_file")
        inject(keys, &settings.encoding)
        settings.storageClass = keys.text("storage_class")
        settings.acl = keys.text("acl")
        settings.serverSideEncryption = keys.text("use_server_side_encryption")
        keys.accepted(
            "force_path_style",
            "check_bucket",
            "check_object",
            "auto_create_bucket",
            "overwrite",
            "check_apikey_on_start",
            "hex_random_length",
            "index_format",
            "utc",
            "localtime",
            "ssl_verify_peer",
            "warn_for_delay",
            "compute_checksums",
            "check_credential_on_start",
            "enable_dual_stack",
            "reduced_redundancy",
            "command_parameter"
        )
        keys.ignored("timezone", because: "times in names are in UTC")
        settings.encryptionKey = keys.text("ssekms_key_id")
        keys.unsupported(
            "proxy_uri",
            "tagging",
            "signature_version",
            "sse_customer_algorithm",
            "sse_customer_key",
            "grant_full_control"
        )
        keys.unsupported(elements: "assume_role_credentials", instead: "give the pod the role")
        keys.accepted(
            elements: "instance_profile_credentials",
            "web_identity_credentials",
            "shared_credentials",
            "compress"
        )
        return bucket == nil ? nil : .s3(settings)
    }
}
