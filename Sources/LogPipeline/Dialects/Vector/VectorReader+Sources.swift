import Basics
import Formats
import Records

extension VectorReader {
    private static let sourceTypes = [
        "file", "stdin", "demo_logs", "syslog", "socket", "http_server", "http", "fluent", "exec",
        "internal_logs", "kubernetes_logs",
    ]

    mutating func source(_ id: String, _ node: TreeNode) {
        guard let members = node.members() else { return }
        doors[id] = [""]
        let type = members.requiredText("type") ?? ""
        let kind: SourceKind?
        switch type {
        case "file": kind = fileSource(members)
        case "stdin": kind = .standardInput(stdinSource(members))
        case "demo_logs", "generator": kind = demoSource(members)
        case "syslog": kind = syslogSource(members)
        case "socket": kind = socketSource(members)
        case "http_server", "http": kind = httpSource(members, type)
        case "fluent": kind = fluentSource(members)
        case "exec": kind = execSource(members)
        case "internal_logs":
            members.ignored("host_key", "pid_key", because: "records have the journal's fields")
            kind = .journal
        case "kubernetes_logs": kind = podLogs(members)
        case "internal_metrics":
            broken.insert(id)
            log.warn(members.place, "this program's metrics are on its admin page /metrics")
            return
        default:
            broken.insert(id)
            if !type.isEmpty { unknownType(members, "source", type, known: Self.sourceTypes) }
            return
        }
        acknowledgements(members)
        proxy(members)
        _ = members.value("graph")
        if members.bool("log_namespace") ?? false {
            log.unsupported(members.place("log_namespace"), "it is not supported")
        }
        members.finish()
        guard let kind else {
            broken.insert(id)
            return
        }
        var source = SourceSettings(id: id, tag: id, kind: kind)
        source.place = members.place.short
        configuration.sources.append(source)
    }

    // MARK: Files

    private mutating func fileSource(_ members: Members) -> SourceKind? {
        if members.required("include") == nil { return nil }
        var settings = TailSettings(paths: members.oneOrMoreTexts("include"))
        if settings.paths.isEmpty {
            log.error(members.place("include"), "it names no file", "write [\"/var/log/*.log\"]")
        }
        settings.excluded = members.oneOrMoreTexts("exclude")
        settings.key = schema.message ?? "message"
        settings.timeKey = schema.timestamp
        settings.pathKey = key(members, "file_key", "file")
        settings.hostKey = key(members, "host_key", schema.host)
        settings.offsetKey = key(members, "offset_key")
        settings.added = origin("file")
        let from = members.choice("read_from", ["beginning", "end"])
        settings.readsFromHead = from != "end" && members.bool("start_at_beginning") != false
        if members.bool("ignore_checkpoints") ?? false { settings.keepsPositions = false }
        settings.ignoreOlder =
            members.duration("ignore_older_secs") ?? members.duration("ignore_older")
        settings.lineLimit = members.integer("max_line_bytes", 1...(1 << 30)) ?? 102_400
        settings.longLines = .skip
        if let time = members.duration("glob_minimum_cooldown_ms", unit: .milliseconds(1)) {
            settings.rescan = max(time, .milliseconds(100))
        }
        if let time = members.duration("rotate_wait_secs") { settings.rotateWait = time }
        settings.removeAfter =
            members.duration("remove_after_secs") ?? members.duration("remove_after")
        if let text = members.text("line_delimiter") {
            if text.isEmpty { log.error(members.place("line_delimiter"), "it must not be empty") }
            settings.delimiter = Array(text.utf8)
        }
        settings.checkpoints = members.text("data_dir").map { $0 + "/checkpoints.db" }
        if let fields = members.members("encoding") {
            if let set = fields.requiredText("charset") {
                settings.encoding = charset(set, fields.place("charset"))
            }
            fields.finish()
        }
        settings.multiline = multiline(members)
        fingerprint(members, &settings)
        _ = members.integer("max_read_bytes")
        _ = members.bool("ignore_not_found")
        _ = members.choice("file_discovery_mode", ["polling", "notify"])
        members.ignored("oldest_first", because: "all files are read in turn")
        members.ignored(
            "idle_timeout_secs",
            "reconcile_interval_secs",
            because: "files are watched"
        )
        members.ignored("internal_metrics", because: "metrics name their files")
        return .tail(settings)
    }

    private func fingerprint(_ members: Members, _ settings: inout TailSettings) {
        let name = members.has("fingerprint") ? "fingerprint" : "fingerprinting"
        guard let fields = members.members(name) else { return }
        let strategy = fields.choice("strategy", ["checksum", "device_and_inode"])
        if strategy == "device_and_inode" { settings.identity = .inode }
        if let bytes = fields.integer("bytes", 1...65536) ?? fields.integer("fingerprint_bytes") {
            settings.fingerprintBytes = max(16, min(bytes, 65536))
        }
        for key in ["ignored_header_bytes", "lines"] where (fields.integer(key) ?? 0) > 1 {
            log.warn(
                fields.place(key),
                "it has no effect here: a file is told by its device, inode and first "
                    + "\(settings.fingerprintBytes) bytes together"
            )
        }
        fields.finish()
    }

    private func multiline(_ members: Members) -> MultilineRule? {
        if let indicator = members.text("message_start_indicator") {
            var rule = MultilineRule(.firstLine(indicator))
            rule.flush =
                members.duration("multi_line_timeout", unit: .milliseconds(1)) ?? .seconds(1)
            return rule
        }
        guard let fields = members.members("multiline") else { return nil }
        defer { fields.finish() }
        let modes = ["continue_through", "continue_past", "halt_before", "halt_with"]
        let start = fields.requiredText("start_pattern")
        let condition = fields.requiredText("condition_pattern")
        let mode = fields.required("mode")?.choice(modes)
        let timeout = fields.required("timeout_ms")?.duration(unit: .milliseconds(1))
        guard let start, let condition, let mode, let timeout else { return nil }
        for name in ["start_pattern", "condition_pattern"] { checkPattern(fields, name) }
        var rule = MultilineRule(.condition(start: start, condition: condition, mode: mode))
        rule.flush = timeout
        return rule
    }

    private func checkPattern(_ fields: Members, _ name: String) {
        guard let text = fields.text(name) else { return }
        do throws(Failure) {
            _ = try Pattern(text)
        } catch {
            log.error(fields.place(name), "it is no regular expression: \(error.cause)")
        }
    }

    private func charset(_ name: String, _ place: Place) -> String {
        switch name.lowercased() {
        case "utf-8", "utf8", "unicode-1-1-utf-8", "us-ascii", "ascii": return "utf-8"
        case "utf-16le", "utf-16": return "utf-16le"
        case "utf-16be": return "utf-16be"
        case "latin1", "iso-8859-1", "iso8859-1", "windows-1252", "l1": return "latin1"
        default:
            log.unsupported(
                place,
                "the character set \"\(name)\" is not supported",
                "utf-8, utf-16le, utf-16be and latin1 are"
            )
            return "utf-8"
        }
    }

    private mutating func podLogs(_ members: Members) -> SourceKind {
        let include = members.texts("include_paths_glob_patterns")
        var settings = TailSettings(
            paths: include.isEmpty || include == ["**/*"] ? ["/var/log/pods/*/*/*.log"] : include
        )
        settings.excluded =
            members.has("exclude_paths_glob_patterns")
            ? members.texts("exclude_paths_glob_patterns") : ["**/*.gz", "**/*.tmp"]
        settings.key = schema.message ?? "message"
        settings.pathKey = "file"
        settings.added = origin("kubernetes_logs")
        settings.timeKey = schema.timestamp
        settings.parser = parser("vector-cri")
        settings.joinsPartial = members.bool("auto_partial_merge") ?? true
        settings.readsFromHead = members.choice("read_from", ["beginning", "end"]) != "end"
        settings.lineLimit = members.integer("max_line_bytes", 1...(1 << 30)) ?? 32_768
        settings.longLines = .skip
        settings.ignoreOlder = members.duration("ignore_older_secs")
        if let time = members.duration("rotate_wait_secs") { settings.rotateWait = time }
        if let time = members.duration("glob_minimum_cooldown_ms", unit: .milliseconds(1)) {
            settings.rescan = max(time, .milliseconds(100))
        }
        settings.checkpoints = members.text("data_dir").map { $0 + "/checkpoints.db" }
        fingerprint(members, &settings)
        members.unsupported(
            "extra_label_selector",
            "extra_field_selector",
            "extra_namespace_label_selector",
            instead: "name the files with include_paths_glob_patterns"
        )
        members.ignored(
            "ingestion_timestamp_field",
            because: "the time of reading is not kept beside the line's own"
        )
        for key in [
            "pod_annotation_fields", "namespace_annotation_fields", "node_annotation_fields",
            "self_node_name", "kube_config_file", "use_apiserver_cache", "delay_deletion_ms",
            "max_read_bytes", "max_merged_line_bytes", "timezone",
            "insert_namespace_fields", "oldest_first", "fingerprint_lines", "internal_metrics",
        ] {
            _ = members.value(key)
        }
        log.warn(
            members.place,
            "the API server is not asked: records have no \"kubernetes\" field",
            "a sidecar's own logs are read best with a file source on the shared volume"
        )
        return .tail(settings)
    }

    // MARK: Lines

    /// What tells where records come from (`source_type`).
    func origin(_ name: String) -> Records.Fields {
        guard let key = schema.sourceType else { return Records.Fields() }
        return Records.Fields([(key, .text(name))])
    }

    /// Lines of Vector's sources: the framing and decoding that the members say.
    mutating func lines(_ members: Members, _ name: String) -> LineSettings {
        var lines = LineSettings()
        lines.key = schema.message ?? "message"
        lines.timeKey = schema.timestamp
        lines.added = origin(name)
        lines.lineLimit = 102_400
        lines.parser = decoding(members)
        framing(members, &lines)
        return lines
    }

    private mutating func decoding(_ members: Members) -> String? {
        guard let fields = members.members("decoding") else { return nil }
        defer { fields.finish() }
        let codec = fields.text("codec") ?? "bytes"
        _ = fields.value(codec)
        switch codec {
        case "bytes": return nil
        case "json": return parser("vector-json")
        case "syslog": return parser("vector-syslog")
        case "avro", "gelf", "influxdb", "native", "native_json", "protobuf", "vrl", "otlp":
            log.unsupported(
                fields.place("codec"),
                "decoding \(codec) is not supported",
                "decode in a remap transform"
            )
        default:
            log.unknown(
                fields.place("codec"),
                "the codec",
                codec,
                among: ["bytes", "json", "syslog"]
            )
        }
        return nil
    }

    private func framing(_ members: Members, _ lines: inout LineSettings) {
        guard let fields = members.members("framing") else { return }
        defer { fields.finish() }
        let methods = ["newline_delimited", "bytes", "character_delimited", "octet_counting"]
        guard let method = fields.requiredText("method") else { return }
        let options = fields.members(method)
        switch method {
        case "newline_delimited": break
        case "bytes": lines.framing = .whole
        case "octet_counting": lines.framing = .counted
        case "character_delimited":
            guard let text = options?.requiredText("delimiter") else { break }
            if text.utf8.count != 1 {
                log.error(fields.place(method), "the delimiter is one character")
            }
            lines.framing = .delimited(Array(text.utf8))
        case "length_delimited", "chunked_gelf", "varint_length_delimited":
            for key in options?.keys ?? [] { _ = options?.value(key) }
            log.unsupported(fields.place("method"), "the framing \(method) is not supported")
        default:
            log.unknown(fields.place("method"), "the framing", method, among: methods)
        }
        if let most = options?.integer("max_length", 1...(1 << 30)) { lines.lineLimit = most }
        options?.finish()
    }

    /// Adds one of the parsers that Vector's decoders are, and gives its name.
    mutating func parser(_ name: String) -> String {
        var rule = ParserRule(.json)
        if name == "vector-syslog" { rule = ParserRule(.syslog) }
        if name == "vector-cri" { rule = ParserRule(.cri) }
        rule.skipsEmptyValues = false
        rule.timeKey = name == "vector-json" ? nil : "time"
        configuration.parsers[name] = rule
        return name
    }
}
