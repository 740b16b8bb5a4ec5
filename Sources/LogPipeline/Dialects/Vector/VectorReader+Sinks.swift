import Basics
import Formats

extension VectorReader {
    private static let sinkTypes = [
        "console", "file", "http", "elasticsearch", "loki", "aws_s3", "socket", "blackhole",
    ]

    mutating func sink(_ id: String, _ node: TreeNode) {
        guard let members = node.members() else { return }
        takeInputs(id, members)
        let type = members.requiredText("type") ?? ""
        var settings = SinkSettings(id: id, inlet: Inlet([]), kind: .nowhere)
        settings.place = members.place.short
        let isRead: Bool
        switch type {
        case "console": isRead = console(members, &settings)
        case "file": isRead = file(members, &settings)
        case "http": isRead = http(members, &settings)
        case "elasticsearch": isRead = elasticsearch(members, &settings)
        case "loki": isRead = loki(members, &settings)
        case "aws_s3": isRead = s3(members, &settings)
        case "socket": isRead = socket(members, &settings)
        case "blackhole":
            _ = members.value("print_interval_secs")
            members.ignored("rate", because: "records are let go as they come")
            isRead = true
        case "prometheus_exporter":
            exporter(id, members)
            return
        default:
            broken.insert(id)
            if !type.isEmpty { unknownType(members, "sink", type, known: Self.sinkTypes) }
            return
        }
        settings.buffer = buffer(members, id)
        acknowledgements(members)
        healthcheck(members)
        _ = members.text("healthcheck_uri")
        proxy(members)
        _ = members.value("graph")
        members.finish()
        if isRead { configuration.sinks.append(settings) } else { broken.insert(id) }
    }

    /// Where metrics are asked for: there the admin pages are then, if nothing else says where.
    private mutating func exporter(_ id: String, _ members: Members) {
        broken.insert(id)
        let address = members.text("address") ?? "0.0.0.0:9598"
        if configuration.service.admin == nil { configuration.service.admin = address }
        log.warn(
            members.place,
            "it serves the metrics of this program only",
            "they are at http://\(configuration.service.admin ?? address)/metrics"
        )
    }

    // MARK: Here

    private func console(_ members: Members, _ settings: inout SinkSettings) -> Bool {
        var console = ConsoleSettings(encoding: encoding(members))
        console.isError = members.choice("target", ["stdout", "stderr"]) == "stderr"
        plainFraming(members)
        settings.kind = .console(console)
        return true
    }

    private func file(_ members: Members, _ settings: inout SinkSettings) -> Bool {
        guard let path = members.requiredText("path") else { return false }
        var file = FileSinkSettings(path: path)
        file.encoding = encoding(members)
        if let time = members.duration("idle_timeout_secs") { file.idleTimeout = time }
        if compression(members, .none) != .none {
            log.unsupported(
                members.place("compression"),
                "files that are compressed while they are written are not supported",
                "remove it, or write logs.yaml, where old files can be compressed"
            )
        }
        plainFraming(members)
        members.ignored("internal_metrics", because: "metrics name their files")
        members.ignored("timezone", because: "times in paths are in UTC")
        members.unsupported("truncate", "dangerously_allow_unconfined_template_resolution")
        settings.kind = .file(file)
        return true
    }

    /// Framing of sinks that write lines: only that is there.
    private func plainFraming(_ members: Members) {
        guard let fields = members.members("framing") else { return }
        let method = fields.text("method") ?? "newline_delimited"
        for key in fields.keys { _ = fields.value(key) }
        if method != "newline_delimited" {
            log.unsupported(fields.place("method"), "the framing \(method) is not supported here")
        }
    }

    private func socket(_ members: Members, _ settings: inout SinkSettings) -> Bool {
        let modes = ["tcp", "udp", "unix_stream", "unix_datagram", "unix"]
        let mode = members.required("mode")?.choice(modes)
        let tls = clientTLS(members, needsSwitch: true)
        let written = encoding(members)
        plainFraming(members)
        _ = members.value("keepalive")
        _ = members.value("send_buffer_bytes")
        let unixMode = members.choice("unix_mode", ["Stream", "Datagram"])
        let target: SocketTarget
        switch mode {
        case "tcp", "udp":
            guard let text = members.requiredText("address") else { return false }
            let bare = text.firstRange(of: "://").map { String(text[$0.upperBound...]) } ?? text
            guard let place = HostText(bare), let port = place.port, !place.host.isEmpty else {
                log.error(
                    members.place("address"),
                    "\"\(text)\" is no address",
                    "write a name and a port: host:9000"
                )
                return false
            }
            var endpoint = EndpointSettings(host: place.host, port: port)
            endpoint.tls = tls
            target = mode == "tcp" ? .tcp(endpoint) : .udp(host: place.host, port: port)
        case "unix_stream", "unix", "unix_datagram":
            guard let path = members.requiredText("path") else { return false }
            let isDatagram = mode == "unix_datagram" || unixMode == "Datagram"
            target = isDatagram ? .unixDatagram(path: path) : .unixStream(path: path)
        default: return false
        }
        var socket = SocketSinkSettings(target: target)
        socket.encoding = written
        settings.kind = .socket(socket)
        return true
    }

    // MARK: Over HTTP

    private func http(_ members: Members, _ settings: inout SinkSettings) -> Bool {
        let nodes = members.required("uri").map { [$0] } ?? []
        let written = encoding(members)
        let endpoints = endpoints(nodes, members, areBases: false)
        var request = endpoints ?? RequestSettings(endpoints: [])
        request.compression = compression(members, .none)
        headers(members, &request)
        settings.retry = self.request(members, &request)
        authentication(members, &request, service: nil)
        settings.batch = batch(members, bytes: 10_000_000)
        var http = HTTPSinkSettings(request: request)
        let methods = ["get", "head", "post", "put", "delete", "options", "trace", "patch"]
        http.method = (members.choice("method", methods) ?? "post").uppercased()
        http.encoding = written
        http.prefix = members.text("payload_prefix") ?? ""
        http.suffix = members.text("payload_suffix") ?? ""
        var isNewline = members["encoding", "codec"] == "ndjson"
        http.framing = written.form == .json && !isNewline ? .list : .lines
        if let fields = members.members("framing") {
            let method = fields.required("method")?.choice(
                ["bytes", "newline_delimited", "character_delimited"]
            )
            isNewline = method == "newline_delimited"
            if isNewline { http.framing = .lines }
            if method == "bytes" { http.framing = .stream }
            if method == "character_delimited" {
                let options = fields.members("character_delimited")
                let delimiter = options?.text("delimiter") ?? ","
                options?.finish()
                http.framing = delimiter == "\n" ? .lines : .list
                if delimiter != ",", delimiter != "\n" {
                    log.unsupported(fields.place, "the delimiter \"\(delimiter)\" is not supported")
                }
            }
            fields.finish()
        }
        members.unsupported("authorization_config", "retry_strategy")
        settings.kind = .http(http)
        return endpoints != nil
    }

    private func elasticsearch(_ members: Members, _ settings: inout SinkSettings) -> Bool {
        var nodes = members.list("endpoints")
        if let node = members.value("endpoint") { nodes.append(node) }
        if nodes.isEmpty {
            log.error(members.place, "\"endpoints\" is missing", "write [\"http://host:9200\"]")
        }
        let endpoints = endpoints(nodes, members, areBases: true)
        var request = endpoints ?? RequestSettings(endpoints: [])
        request.compression = compression(members, .none)
        settings.retry = self.request(members, &request)
        let service =
            members.choice("opensearch_service_type", ["managed", "serverless"]) == "serverless"
            ? "aoss" : "es"
        authentication(members, &request, service: service)
        _ = region(members)
        settings.batch = batch(members, bytes: 10_000_000)
        var search = ElasticsearchSettings(request: request, index: "vector-%Y.%m.%d")
        search.action = "index"
        search.timeKey = nil
        search.encoding = encoding(members, usual: .json)
        let version = members.choice("api_version", ["auto", "v6", "v7", "v8"])
        let type = members.text("doc_type")
        let suppresses = members.bool("suppress_type_name") ?? false
        if version == "v6", !suppresses { search.type = type ?? "_doc" }
        search.idKey = members.text("id_key")
        search.removesIDKey = search.idKey != nil
        search.pipeline = members.text("pipeline").flatMap { $0.isEmpty ? nil : $0 }
        // Only what failed is sent again, always; without it upstream loses such records.
        _ = members.bool("request_retry_partial")
        for (name, node) in members.members("query")?.entries() ?? [] {
            if let value = node.text() { search.query[name] = value }
        }
        let mode = members.choice("mode", ["bulk", "data_stream", "normal"])
        if members.has("index") {
            log.error(members.place("index"), "it is part of \"bulk\"", "write bulk.index")
        }
        bulk(members, &search)
        dataStream(members, mode == "data_stream", &search)
        _ = members.value("metrics")
        _ = members.value("distribution")
        members.unsupported("dangerously_allow_unconfined_template_resolution")
        settings.kind = .elasticsearch(search)
        return endpoints != nil
    }

    private func bulk(_ members: Members, _ search: inout ElasticsearchSettings) {
        let name = members.has("bulk") ? "bulk" : "normal"
        guard let fields = members.members(name) else { return }
        if let index = fields.requiredIfThere("index") { search.index = index }
        if let action = fields.text("action") {
            if action.contains("{{") {
                log.unsupported(fields.place("action"), "templates for actions are not supported")
            } else if let action = fields.choice("action", ["index", "create", "update"]) {
                search.action = action
            }
        }
        fields.unsupported("version", "version_type", "template_fallback_index")
        fields.finish()
    }

    private func dataStream(
        _ members: Members,
        _ isUsed: Bool,
        _ search: inout ElasticsearchSettings
    ) {
        let fields = members.members("data_stream")
        let type = fields?.text("type") ?? "logs"
        let dataset = fields?.text("dataset") ?? "generic"
        let namespace = fields?.text("namespace") ?? "default"
        let routes = fields?.bool("auto_routing") ?? true
        let sets = fields?.bool("sync_fields") ?? true
        fields?.finish()
        guard isUsed else { return }
        search.isDataStream = true
        search.action = "create"
        search.index = "\(type)-\(dataset)-\(namespace)"
        search.routesByFields = routes
        search.setsStreamFields = sets
        search.timeKey = "@timestamp"
        // The time moves there.
        if let key = schema.timestamp, key != "@timestamp" { search.encoding.except.append(key) }
    }

    private func loki(_ members: Members, _ settings: inout SinkSettings) -> Bool {
        let nodes = members.required("endpoint").map { [$0] } ?? []
        let endpoints = endpoints(nodes, members, areBases: true)
        var request = endpoints ?? RequestSettings(endpoints: [])
        let path = members.text("path") ?? "/loki/api/v1/push"
        for index in request.endpoints.indices { request.endpoints[index].path += path }
        request.compression = compression(members, .gzip)
        headers(members, &request)
        settings.retry = self.request(members, &request)
        authentication(members, &request, service: nil)
        settings.batch = batch(members, bytes: 1_000_000, records: 100_000)
        var loki = LokiSettings(request: request)
        loki.encoding = encoding(members)
        loki.tenant = members.text("tenant_id")
        loki.labels = pairs(members, "labels")
        if loki.labels.isEmpty {
            log.error(
                members.place("labels"),
                "Loki needs one label at least",
                "labels.app = \"x\""
            )
        }
        loki.metadata = pairs(members, "structured_metadata")
        if members.bool("remove_label_fields") ?? false {
            loki.removed += loki.labels.values.flatMap(Self.fields(of:)).sorted()
        }
        if members.bool("remove_structured_metadata_fields") ?? false {
            loki.removed += loki.metadata.values.flatMap(Self.fields(of:)).sorted()
        }
        if members.bool("remove_timestamp") ?? true, let key = schema.timestamp {
            loki.encoding.except.append(key)
        }
        let actions = ["accept", "drop", "rewrite_timestamp"]
        if let action = members.choice("out_of_order_action", actions), action != "accept" {
            log.warn(
                members.place("out_of_order_action"),
                "it has no effect here: Loki sorts records itself since 2.4"
            )
        }
        settings.kind = .loki(loki)
        return endpoints != nil
    }

    /// Labels by name; names that stand for the members of a map are not there.
    private func pairs(_ members: Members, _ key: String) -> [String: String] {
        var pairs: [String: String] = [:]
        for (name, node) in members.members(key)?.entries() ?? [] {
            guard let value = node.text() else { continue }
            let isPlain = name.utf8.enumerated().allSatisfy { index, byte in
                byte == 95 || (65...90).contains(byte & 0xDF)
                    || index > 0 && (48...57).contains(byte)
            }
            guard isPlain, !name.isEmpty else {
                if name.hasSuffix("*") || name.contains("{{") {
                    log.unsupported(node.place, "labels from the names of fields are not supported")
                } else {
                    node.error("\"\(name)\" is no name for a label", "use letters, digits and _")
                }
                continue
            }
            pairs[name] = value
        }
        return pairs
    }

    /// The fields that a template names.
    static func fields(of template: String) -> [String] {
        template.split(separator: "{{").dropFirst().compactMap { part in
            guard let end = part.firstRange(of: "}}") else { return nil }
            let name = part[..<end.lowerBound].drop { $0 == " " || $0 == "." }
            return String(name.prefix { $0 != " " })
        }
    }

    // MARK: S3

    private func s3(_ members: Members, _ settings: inout SinkSettings) -> Bool {
        let bucket = members.requiredText("bucket")
        let prefix = members.text("key_prefix") ?? "date=%F/"
        let time = members.text("filename_time_format") ?? "%s"
        let hasNumber = members.bool("filename_append_uuid") ?? true
        let packed = compression(members, .gzip)
        let suffix = [CompressionKind.gzip: ".gz", .zstd: ".zst", .zlib: ".zz"][packed] ?? ""
        let ending = members.text("filename_extension").map { "." + $0 } ?? ".log" + suffix
        let name = [time.isEmpty ? nil : time, hasNumber ? "$UUID" : nil].compactMap(\.self)
        var s3 = S3Settings(
            bucket: bucket ?? "",
            region: members.text("region") ?? "us-east-1",
            keyFormat: prefix + name.joined(separator: "-") + ending
        )
        s3.compression = packed
        s3.encoding = encoding(members)
        s3.isList =
            s3.encoding.form == .json && !members.has("framing")
            && members["encoding", "codec"] != "ndjson"
        plainFraming(members)
        s3.contentType = members.text("content_type") ?? (packed == .none ? "text/x-log" : nil)
        s3.storageClass = members.text("storage_class")
        s3.acl = members.text("acl")
        s3.serverSideEncryption = members.choice("server_side_encryption", ["AES256", "aws:kms"])
        s3.encryptionKey = members.text("ssekms_key_id")
        if let node = members.value("endpoint"), let text = node.text() {
            if let address = LogURL(text) {
                s3.endpoint = address.endpoint(tls: clientTLS(members))
            } else {
                node.error("\"\(text)\" is no address of HTTP", "write http://host:9000")
            }
        } else if !members.has("region") {
            log.error(members.place, "one of \"region\", \"endpoint\" is needed")
        }
        _ = members.value("tls")
        if let fields = members.members("auth") {
            (s3.accessKey, s3.secretKey, s3.sessionToken) = keys(fields)
            _ = fields.text("region")
            fields.finish()
        }
        settings.retry = request(members, &s3.request)
        settings.batch = batch(members, bytes: 10_000_000, wait: .seconds(300))
        if members.bool("force_path_style") == false, s3.endpoint != nil {
            log.warn(members.place("force_path_style"), "own endpoints get the bucket in the path")
        }
        members.ignored("timezone", because: "times in names are in UTC")
        members.ignored(
            "content_encoding",
            because: "it says how the object is compressed, which \"compression\" decides"
        )
        members.unsupported(
            "tags",
            "grant_full_control",
            "grant_read",
            "grant_read_acp",
            "grant_write_acp",
            "filename_append_timestamp",
            "assume_role",
            "batch_encoding",
            "dangerously_allow_unconfined_template_resolution"
        )
        settings.kind = .s3(s3)
        return bucket != nil
    }
}

extension Members {
    /// The text at the end of two keys, if it stands there.
    fileprivate subscript(first: String, second: String) -> String? {
        node.tree[first]?[second]?.scalar?.text
    }

    /// A text that must not be empty if it is there.
    fileprivate func requiredIfThere(_ key: String) -> String? {
        has(key) ? requiredText(key) : nil
    }
}
