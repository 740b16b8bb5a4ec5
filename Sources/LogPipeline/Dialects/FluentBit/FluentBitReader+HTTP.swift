import Basics
import Formats
import Records

extension FluentBitReader {
    /// `loki`.
    func loki(_ keys: FluentBitKeys) -> SinkKind? {
        let path = keys.text("uri") ?? "/loki/api/v1/push"
        var request = request(keys, port: 3100, path: path, workers: 1)
        request.authentication = authentication(keys)
        if let token = keys.text("bearer_token") { request.authentication = .bearer(token) }
        if keys.choice("compress", ["gzip"]) != nil { request.compression = .gzip }
        readHeaders(keys, &request)
        var settings = LokiSettings(request: request)
        settings.tenant = keys.text("tenant_id")
        if let key = keys.text("tenant_id_key") {
            settings.tenant = key.hasPrefix("$") ? key : "$" + key
        }
        settings.labels = pairs(keys, "labels", bare: &settings.labelKeys)
        settings.labelKeys += keys.list("label_keys")
        for property in keys.all("label_keys") where !property.value.hasPrefix("$") {
            log.error(
                property.valuePlace,
                "fields of labels begin with $",
                "write $\(property.value)"
            )
        }
        var others: [String] = []
        settings.metadata = pairs(keys, "structured_metadata", bare: &others)
        if let map = keys.one("label_map_path") { readLabels(map, &settings) }
        if settings.labels.isEmpty, settings.labelKeys.isEmpty {
            settings.labels = ["job": "fluent-bit"]
        }
        settings.removed = keys.list("remove_keys")
        if let drop = keys.choice(
            "drop_single_key",
            ["on", "off", "true", "false", "yes", "no", "raw"]
        ) {
            settings.dropsSingleKey = drop == "raw" || FluentBitValues.bool(drop) == true
        }
        if keys.choice("line_format", ["json", "key_value"]) == "key_value" {
            settings.encoding = Encoding(.logfmt)
        }
        if keys.bool("auto_kubernetes_labels") == true {
            settings.labelsOf = "$kubernetes['labels']"
        }
        keys.unsupported("structured_metadata_map_keys")
        keys.accepted("buffer_size")
        return .loki(settings)
    }

    /// `name=value` pairs; fields alone go into `bare`.
    private func pairs(
        _ keys: FluentBitKeys,
        _ key: String,
        bare: inout [String]
    ) -> [String: String] {
        var pairs: [String: String] = [:]
        for property in keys.all(key) {
            for item in property.value.split(separator: ",").map({ String($0.trimmed) })
            where !item.isEmpty {
                guard let equals = item.firstIndex(of: "=") else {
                    guard item.hasPrefix("$") else {
                        log.error(
                            property.valuePlace,
                            "\"\(item)\" has no value",
                            "write \(item)=value or $\(item)"
                        )
                        continue
                    }
                    bare.append(item)
                    continue
                }
                let name = String(item[..<equals].trimmed)
                guard !name.contains(where: { "{}\"'".contains($0) }) else {
                    log.error(
                        property.valuePlace,
                        "\"\(name)\" is no name",
                        "write job=fluent-bit, without braces and quotes"
                    )
                    continue
                }
                pairs[name] = String(item[item.index(after: equals)...].trimmed)
            }
        }
        return pairs
    }

    /// A file of labels: maps of fields down to the labels' names.
    private func readLabels(_ property: FluentBitProperty, _ settings: inout LokiSettings) {
        let path = surroundings.resolved(property.value, below: surroundings.baseDirectory)
        guard let bytes = surroundings.readFile(path) else {
            log.error(property.valuePlace, "\(path) cannot be read")
            return
        }
        do throws(FormatError) {
            let json = try JSON.parse(bytes)
            collect(json, "", property, &settings)
        } catch {
            log.error(Place(path, error.position), error.what, error.remedy)
        }
    }

    private func collect(
        _ json: JSON,
        _ field: String,
        _ property: FluentBitProperty,
        _ settings: inout LokiSettings
    ) {
        if let label = json.string, !field.isEmpty {
            settings.labels[label] = field
        } else if case .object(let members) = json {
            for member in members {
                let next = field.isEmpty ? "$" + member.key : field + "['\(member.key)']"
                collect(member.value, next, property, &settings)
            }
        } else {
            log.error(property.valuePlace, "the map of labels holds maps and names only")
        }
    }

    /// `header`: pairs that are added to requests.
    private func readHeaders(_ keys: FluentBitKeys, _ request: inout RequestSettings) {
        for property in keys.all("header") {
            let words = FluentBitValues.words(property.value, most: 2)
            guard words.count == 2 else {
                log.error(property.valuePlace, "a name and a value are expected")
                continue
            }
            let name = words[0].hasSuffix(":") ? String(words[0].dropLast()) : words[0]
            request.headers.append("\(name): \(words[1])")
        }
    }

    /// `http`.
    func http(_ keys: FluentBitKeys) -> SinkKind? {
        var path = keys.text("uri") ?? "/"
        if !path.hasPrefix("/") { path = "/" + path }
        var request = request(keys, port: 80, path: path)
        request.authentication = authentication(keys)
        if let aws = signature(keys, service: "") { request.authentication = aws }
        switch keys.choice("compress", ["gzip", "snappy", "zstd"]) {
        case "gzip": request.compression = .gzip
        case "zstd": request.compression = .zstd
        case "snappy":
            log.unsupported(
                keys.one("compress")?.place ?? keys.place,
                "snappy is not supported",
                "use gzip or zstd"
            )
        default: break
        }
        readHeaders(keys, &request)
        var settings = HTTPSinkSettings(request: request)
        settings.method = (keys.choice("http_method", ["post", "put"]) ?? "post").uppercased()
        let formats = ["json", "json_stream", "json_lines", "msgpack", "gelf"]
        settings.encoding = encoding(keys, formats: formats, standard: "json")
        switch keys.one("format")?.value.lowercased() ?? "json" {
        case "json": settings.framing = .list
        case "json_stream", "msgpack": settings.framing = .stream
        case "gelf":
            log.unsupported(
                keys.one("format")?.place ?? keys.place,
                "gelf is not supported",
                "use json_lines"
            )
        default: settings.framing = .lines
        }
        settings.tagHeader = keys.text("header_tag")
        _ = keys.bool("log_response_payload")
        keys.unsupported(switch: "allow_duplicated_headers", unless: true)
        keys.unsupported("body_key", "headers_key")
        keys.unsupported("proxy", instead: "name the proxy in the environment of the pod")
        for property in keys.prefixed("gelf_") {
            log.warn(property.place, "\"\(property.key)\" has no effect without Format gelf")
        }
        if keys.bool("oauth2.enable") == true {
            log.unsupported(
                keys.one("oauth2.enable")?.place ?? keys.place,
                "OAuth 2.0 is not supported",
                "send a token with Header Authorization Bearer TOKEN"
            )
        }
        _ = keys.prefixed("oauth2.")
        return .http(settings)
    }

    /// `s3`.
    func s3(_ keys: FluentBitKeys, _ sink: inout SinkSettings) -> SinkKind? {
        let bucket = keys.required("bucket", "name the bucket")
        let region = keys.text("region") ?? "us-east-1"
        let format = keys.text("s3_key_format") ?? "/fluent-bit-logs/$TAG/%Y/%m/%d/%H/%M/%S"
        var key = format.hasPrefix("/") ? String(format.dropFirst()) : format
        let isStatic = keys.bool("static_file_path") ?? false
        // Fluent Bit puts a random part at the end of names that would not differ.
        if !isStatic, !key.contains("$UUID"), !key.contains("$INDEX") { key += "-object$UUID" }
        var settings = S3Settings(bucket: bucket ?? "", region: region, keyFormat: key)
        if let delimiters = keys.text("s3_key_format_tag_delimiters") {
            settings.tagDelimiters = delimiters
        }
        settings.request = RequestSettings(endpoints: [])
        settings.request.concurrency = max(keys.integer("workers", 0...1024) ?? 1, 1)
        readNetwork(client: keys, &settings.request)
        let tls = clientTLS(keys)
        if let endpoint = keys.one("endpoint") { settings.endpoint = self.endpoint(endpoint, tls) }
        settings.compression = compression(keys)
        settings.contentType = keys.text("content_type")
        settings.storageClass = keys.text("storage_class")
        settings.acl = keys.text("canned_acl")
        settings.encoding = encoding(keys, formats: ["json_lines"], standard: "json_lines")
        if let key = keys.text("log_key") { settings.encoding = Encoding(.text(key: key)) }
        readUploads(keys, &sink)
        keys.unsupported(
            "role_arn",
            "external_id",
            "sts_endpoint",
            "profile",
            instead: "give the pod the role"
        )
        keys.unsupported(
            "blob_database_file",
            "authorization_endpoint_url",
            "authorization_endpoint_username",
            "authorization_endpoint_password",
            "authorization_endpoint_bearer_token"
        )
        return bucket == nil ? nil : .s3(settings)
    }

    private func compression(_ keys: FluentBitKeys) -> CompressionKind {
        switch keys.choice("compression", ["gzip", "zstd", "snappy", "arrow", "parquet"]) {
        case "gzip": return .gzip
        case "zstd": return .zstd
        case nil: return .none
        case let kind?:
            log.unsupported(
                keys.one("compression")?.place ?? keys.place,
                "\(kind) is not supported",
                "use gzip or zstd"
            )
            return .none
        }
    }

    private func readUploads(_ keys: FluentBitKeys, _ sink: inout SinkSettings) {
        sink.batch.bytes = keys.size("total_file_size") ?? 100_000_000
        sink.batch.wait = keys.time("upload_timeout") ?? .seconds(600)
        sink.buffer.directory = (keys.text("store_dir") ?? "/tmp/fluent-bit/s3") + "/" + sink.id
        if let limit = keys.size("store_dir_limit_size"), limit > 0 {
            sink.buffer.disk = Int64(limit)
        }
        _ = keys.size("upload_chunk_size")
        _ = keys.bool("use_put_object")
        _ = keys.bool("send_content_md5")
        _ = keys.bool("preserve_data_ordering")
        _ = keys.bool("auto_retry_requests")
        keys.accepted(
            "retry_exhausted_action",
            "quarantine_dir_limit_size",
            "part_size",
            "file_delivery_attempt_limit",
            "part_delivery_attempt_limit",
            "upload_parts_timeout",
            "upload_part_freshness_limit"
        )
    }

    /// A service's address: a URL, or a host with or without a port.
    private func endpoint(_ property: FluentBitProperty, _ tls: ClientTLS?) -> EndpointSettings? {
        guard let url = LogURL(property.value, scheme: "https") else {
            log.error(property.valuePlace, "\"\(property.value)\" is no address")
            return nil
        }
        return url.endpoint(tls: tls)
    }
}
