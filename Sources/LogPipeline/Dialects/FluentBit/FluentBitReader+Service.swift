import Basics
import Formats

extension FluentBitReader {
    /// The pauses between attempts, before `scheduler.base` and `scheduler.cap`.
    ///
    /// Fluent Bit's own cap of 2,000 s goes with giving up after one retry; who tries on does not wait that long.
    static let pauses: RetrySettings = {
        var retry = RetrySettings()
        retry.initial = .seconds(5)
        retry.cap = .seconds(30)
        retry.isFullyRandom = true
        return retry
    }()

    /// `[SERVICE]`.
    func readService(_ section: FluentBitSection) {
        let keys = FluentBitKeys(section, log: log)
        if let flush = keys.time("flush") {
            if flush <= .zero, let property = keys.one("flush") {
                log.error(property.valuePlace, "Flush must be more than 0")
            } else {
                configuration.service.flush = flush
            }
        }
        if let grace = keys.integer("grace", -1...86400) {
            configuration.service.grace = .seconds(max(grace, 0))
        }
        if let level = keys.choice(
            "log_level",
            ["off", "error", "warn", "warning", "info", "debug", "trace"]
        ) {
            configuration.service.level =
                switch level {
                case "off", "error": "error"
                case "warn", "warning": "warning"
                case "trace": "debug"
                default: level
                }
        }
        readPages(keys)
        readStorage(keys)
        for property in keys.all("parsers_file") { readParsers(file: property) }
        readHotReload(keys)
        keys.unsupported(
            "plugins_file",
            instead: "plugins that are not built in cannot be loaded"
        )
        keys.unsupported("streams_file", instead: "write the filters as [FILTER] sections")
        keys.unsupported("log_file", instead: "the log goes to standard error")
        keys.unsupported(switch: "daemon", unless: false, instead: "a container has one process")
        keys.ignored(
            "sp.convert_from_str_to_num",
            because: "there are no stream tasks"
        )
        keys.ignored(
            "dns.mode",
            "dns.resolver",
            "dns.prefer_ipv4",
            "dns.prefer_ipv6",
            because: "names are resolved in one way"
        )
        keys.accepted(
            "coro_stack_size",
            "json.convert_nan_to_null",
            "windows.maxstdio",
            "enable_chunk_trace",
            "multiline_buffer_limit",
            "http_server.max_connections"
        )
        keys.unsupported(switch: "json.escape_unicode", unless: true)
        keys.finish()
    }

    private func readPages(_ keys: FluentBitKeys) {
        let isOn = keys.bool("http_server") ?? false
        let host = keys.text("http_listen") ?? "0.0.0.0"
        let port = keys.port("http_port") ?? 2020
        if isOn { configuration.service.admin = "\(host):\(port)" }
        _ = keys.bool("health_check")
        keys.ignored(
            "hc_errors_count",
            "hc_retry_failure_count",
            "hc_retries_failure_count",
            "hc_period",
            "hc_throughput",
            "hc_throughput_input_plugins",
            "hc_throughput_output_plugins",
            "hc_throughput_ratio_threshold",
            "hc_throughput_min_failures",
            because: "health says whether records are delivered and buffers have room"
        )
        if let base = keys.integer("scheduler.base", 1...86400) {
            configuration.service.retry.initial = .seconds(base)
        }
        if let cap = keys.integer("scheduler.cap", 1...86400) {
            configuration.service.retry.cap = .seconds(cap)
        }
        if configuration.service.retry.cap < configuration.service.retry.initial {
            configuration.service.retry.cap = configuration.service.retry.initial
        }
    }

    private func readStorage(_ keys: FluentBitKeys) {
        if let text = keys.text("storage.path") {
            let path = text.count > 1 && text.hasSuffix("/") ? String(text.dropLast()) : text
            storagePath = path
            configuration.service.directory = path
        }
        _ = keys.choice("storage.sync", ["normal", "full"])
        _ = keys.choice("storage.type", ["memory", "filesystem"]).map {
            if $0 == "filesystem" { wantsDisk = true }
        }
        _ = keys.size("storage.backlog.mem_limit")
        _ = keys.bool("storage.checksum")
        _ = keys.bool("storage.metrics")
        _ = keys.integer("storage.max_chunks_up")
        _ = keys.bool("storage.delete_irrecoverable_chunks")
        _ = keys.bool("storage.trim_files")
        _ = keys.bool("storage.keep.rejected")
        if let path = keys.text("storage.rejected.path") {
            let directory = surroundings.resolved(path, below: storagePath ?? "")
            configuration.service.deadLetters = directory + "/dead-letters.jsonl"
        }
        keys.accepted("storage.inherit", "storage.max_chunks_pause")
    }

    private func readHotReload(_ keys: FluentBitKeys) {
        _ = keys.bool("hot_reload")
        keys.accepted("hot_reload.ensure_thread_safety", "hot_reload.timeout")
    }
}
