import Basics
import Formats
import Records

extension FluentdReader {
    /// Old names of a buffer's parameters, which stood in the output itself.
    private static let old = [
        "buffer_type": "@type", "buffer_path": "path", "buffer_chunk_limit": "chunk_limit_size",
        "buffer_queue_limit": "queue_limit_length", "flush_interval": "flush_interval",
        "retry_wait": "retry_wait", "max_retry_wait": "retry_max_interval",
        "retry_limit": "retry_max_times", "disable_retry_limit": "retry_forever",
        "num_threads": "flush_thread_count", "flush_at_shutdown": "flush_at_shutdown",
        "buffer_queue_full_action": "overflow_action", "time_slice_wait": "timekey_wait",
        "try_flush_interval": "flush_thread_interval",
        "queued_chunk_flush_interval": "flush_thread_burst_interval",
        "time_slice_format": "time_slice_format",
    ]

    /// `<buffer>`, or its parameters from before there was one.
    ///
    /// - Returns: How many requests may be open at once.
    @discardableResult
    func buffer(_ keys: FluentdKeys, _ sink: inout SinkSettings, isTimed: Bool = false) -> Int? {
        let inner = keys.elements("buffer")
        for extra in inner.dropFirst() {
            log.error(extra.place, "<buffer> is there twice", "remove one")
        }
        var element =
            inner.first ?? FluentdElement(name: "buffer", argument: "", place: keys.place)
        for parameter in keys.element.parameters {
            guard let name = Self.old[parameter.key] else { continue }
            keys.accepted(parameter.key)
            var parameter = parameter
            parameter.key = name
            if element[name] == nil { element.parameters.append(parameter) }
        }
        let buffer = FluentdKeys(element, log: log)
        defer { buffer.finish() }
        retry(buffer, &sink)
        limits(buffer, element, &sink)
        let interval = buffer.time("flush_interval")
        let timekey = buffer.time("timekey")
        let wait = buffer.time("timekey_wait")
        switch buffer.choice("flush_mode", ["default", "lazy", "interval", "immediate"]) {
        case "immediate": sink.batch.wait = .milliseconds(20)
        case "lazy": sink.batch.wait = timekey ?? interval
        default: sink.batch.wait = interval ?? (isTimed ? timekey : nil)
        }
        // An object for each second is nobody's wish.
        if isTimed, sink.batch.wait == nil { sink.batch.wait = .seconds(600) }
        let isLocal = ["stdout", "file"].contains(keys.element.type?.value ?? "")
        if interval == nil, sink.batch.wait == nil, !isLocal { leavesInterval = true }
        if isTimed, let timekey, interval == nil { sink.batch.wait = timekey + (wait ?? .zero) }
        buffer.accepted(
            "timekey_use_utc",
            "timekey_zone",
            "flush_at_shutdown",
            "flush_thread_interval",
            "flush_thread_burst_interval",
            "delayed_commit_timeout",
            "compress",
            "chunk_full_threshold",
            "queued_chunks_limit_size",
            "queue_limit_length",
            "path_suffix",
            "symlink_path",
            "file_permission",
            "dir_permission",
            "time_format",
            "chunk_limit_records",
            "retry_secondary_threshold",
            "time_slice_format",
            "evacuate"
        )
        return buffer.integer("flush_thread_count", 1...1024)
    }

    private func limits(
        _ buffer: FluentdKeys,
        _ element: FluentdElement,
        _ sink: inout SinkSettings
    ) {
        let type = element.type?.value ?? "memory"
        let isFile = ["file", "file_single"].contains(type)
        if !isFile, type != "memory", let parameter = element.type {
            log.unsupported(
                parameter.place,
                "the buffer \"\(type)\" is not supported",
                "use memory or file"
            )
        }
        let path = buffer.text("path")
        if isFile {
            sink.buffer.directory = path ?? "buffer/" + sink.id
            sink.buffer.disk = Int64(buffer.size("total_limit_size") ?? 64 << 30)
        } else if let size = buffer.size("total_limit_size") {
            sink.buffer.memory = min(max(size, 64 << 10), 256 << 20)
        }
        if let size = buffer.size("chunk_limit_size") {
            sink.batch.bytes = min(max(size, 1024), 64 << 20)
        }
        sink.batch.records = buffer.integer("chunk_limit_records", 1...Int(Int32.max))
        switch buffer.choice(
            "overflow_action",
            ["throw_exception", "block", "drop_oldest_chunk", "exception"]
        ) {
        case "drop_oldest_chunk": sink.buffer.whenFull = .dropOldest
        default: sink.buffer.whenFull = .block
        }
    }

    private func retry(_ buffer: FluentdKeys, _ sink: inout SinkSettings) {
        var retry = RetrySettings()
        retry.initial = buffer.time("retry_wait") ?? .seconds(1)
        retry.cap = buffer.time("retry_max_interval") ?? max(.seconds(30), retry.initial)
        retry.factor = buffer.number("retry_exponential_backoff_base") ?? 2
        if buffer.choice("retry_type", ["exponential_backoff", "periodic"]) == "periodic" {
            retry.factor = 1
        }
        _ = buffer.bool("retry_randomize")
        let isForever = buffer.bool("retry_forever") ?? false
        retry.limit = buffer.integer("retry_max_times")
        retry.timeout = buffer.time("retry_timeout") ?? .seconds(72 * 3600)
        if isForever {
            retry.limit = nil
            retry.timeout = nil
        }
        sink.retry = retry
    }

    /// `<format>`, or `format` from before there was one.
    func format(_ keys: FluentdKeys, standard: String) -> Encoding {
        let inner = keys.elements("format")
        for extra in inner.dropFirst() {
            log.error(extra.place, "<format> is there twice", "remove one")
        }
        var element = inner.first
        if element == nil, let old = keys.one("format") {
            var made = FluentdElement(name: "format", argument: "", place: old.place)
            var type = old
            type.key = "@type"
            made.parameters = [type]
            element = made
        }
        guard let element else { return encoding(standard, nil) }
        let format = FluentdKeys(element, log: log)
        defer { format.finish() }
        let type = element.type?.value ?? standard
        return encoding(type, format)
    }

    private func encoding(_ type: String, _ keys: FluentdKeys?) -> Encoding {
        keys?.accepted("utc", "json_parser")
        keys?.ignored(
            "localtime",
            "timezone",
            "time_format",
            "time_type",
            because: "the time of a line is in UTC, as ISO 8601 writes it"
        )
        keys?.unsupported(switch: "add_newline", unless: true, instead: "each record is a line")
        if let newline = keys?.choice("newline", ["lf", "crlf"]), newline != "lf" {
            keys?.unsupported("newline", instead: "lines end in a line feed")
        }
        let own = ["csv": ["delimiter", "fields", "force_quotes"], "tsv": ["keys", "delimiter"]]
        for key in own[type] ?? [] { keys?.accepted(key) }
        switch type {
        case "json": return Encoding(.json)
        case "ltsv":
            for (key, usual) in [("delimiter", "\t"), ("label_delimiter", ":")] {
                guard let mark = keys?.one(key) else { continue }
                if FluentBitValues.unescaped(mark.value) != usual {
                    log.unsupported(mark.place, "pairs are parted by tabs and colons only")
                }
            }
            return Encoding(.ltsv)
        case "msgpack": return Encoding(.messagePack)
        case "csv":
            let delimiter = keys?.one("delimiter")?.value ?? ","
            return Encoding(.csv(fields: keys?.list("fields") ?? [], delimiter: delimiter))
        case "tsv": return Encoding(.csv(fields: keys?.list("keys") ?? [], delimiter: "\t"))
        case "single_value": return Encoding(.text(key: keys?.text("message_key") ?? "message"))
        case "stdout":
            _ = keys?.choice("output_type", ["json"])
            return Encoding(.shown)
        case "out_file":
            let hasTag = keys?.bool("output_tag") ?? true
            let hasTime = keys?.bool("output_time") ?? true
            if !hasTag, !hasTime { return Encoding(.json) }
            if hasTag != hasTime, let keys {
                log.unsupported(
                    keys.place,
                    "a line with one of time and tag is not supported",
                    "switch both off"
                )
            }
            keys?.unsupported("delimiter", instead: "time, tag and record are parted by tabs")
            return Encoding(.tagged)
        default:
            if let keys, let parameter = keys.element.type {
                log.unknown(
                    parameter.place,
                    "the format",
                    type,
                    among: [
                        "json", "ltsv", "msgpack", "csv", "tsv", "single_value", "out_file",
                        "stdout",
                    ]
                )
            }
            return Encoding(.json)
        }
    }

    /// A text with placeholders as the sinks have it; Ruby in one is refused.
    func template(_ text: String, of key: String, in keys: FluentdKeys) -> String {
        var rest = text[...]
        while let start = rest.firstRange(of: "${") {
            let inner = rest[start.upperBound...]
            guard let end = inner.firstIndex(of: "}") else { break }
            let name = inner[..<end].trimmed
            let isPlain = name.allSatisfy {
                $0.isLetter || $0.isNumber || "_-.$[]'\"@/:".contains($0)
            }
            if !isPlain, let place = keys.one(key)?.valuePlace {
                log.error(
                    place,
                    "${\(name)} is no placeholder",
                    "tag, tag[0], and fields that <buffer> names are; write %Y.%m.%d for the time"
                )
            }
            rest = inner[inner.index(after: end)...]
        }
        return FluentdValues.template(text)
    }

    /// `<inject>`: fields that are added as a record is written.
    func inject(_ keys: FluentdKeys, _ encoding: inout Encoding) {
        for element in keys.elements("inject") {
            let inner = FluentdKeys(element, log: log)
            encoding.timeKey = inner.text("time_key") ?? encoding.timeKey
            encoding.tagKey = inner.text("tag_key") ?? encoding.tagKey
            let type = inner.choice(
                "time_type",
                [
                    "float", "unixtime", "unixtime_millis",
                    "unixtime_micros", "unixtime_nanos", "string",
                ]
            )
            if encoding.timeKey != nil {
                switch type ?? "float" {
                case "unixtime": encoding.timeFormat = "unix"
                case "unixtime_millis": encoding.timeFormat = "unix_ms"
                case "unixtime_micros": encoding.timeFormat = "unix_us"
                case "unixtime_nanos": encoding.timeFormat = "unix_ns"
                case "string": encoding.timeFormat = inner.text("time_format") ?? "rfc3339"
                default: encoding.timeFormat = "unix_float"
                }
            }
            inner.accepted("time_format", "localtime", "utc", "timezone")
            inner.unsupported(
                "hostname_key",
                "hostname",
                "worker_id_key",
                instead: "use the filter record_transformer"
            )
            inner.finish()
        }
    }
}
