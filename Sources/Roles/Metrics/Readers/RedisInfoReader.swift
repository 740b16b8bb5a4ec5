/// Reads what Redis answers to `INFO`, under the names of redis_exporter.
enum RedisInfoReader {
    private static let names: [String: (name: String, kind: MetricKind)] = [
        "uptime_in_seconds": ("uptime_in_seconds", .gauge),
        "used_memory": ("memory_used_bytes", .gauge),
        "used_memory_rss": ("memory_used_rss_bytes", .gauge),
        "used_memory_peak": ("memory_used_peak_bytes", .gauge),
        "used_memory_lua": ("memory_used_lua_bytes", .gauge),
        "used_memory_overhead": ("memory_used_overhead_bytes", .gauge),
        "used_memory_startup": ("memory_used_startup_bytes", .gauge),
        "used_memory_dataset": ("memory_used_dataset_bytes", .gauge),
        "maxmemory": ("memory_max_bytes", .gauge),
        "mem_fragmentation_ratio": ("mem_fragmentation_ratio", .gauge),
        "total_connections_received": ("connections_received_total", .counter),
        "total_commands_processed": ("commands_processed_total", .counter),
        "total_net_input_bytes": ("net_input_bytes_total", .counter),
        "total_net_output_bytes": ("net_output_bytes_total", .counter),
        "rejected_connections": ("rejected_connections_total", .counter),
        "expired_keys": ("expired_keys_total", .counter),
        "evicted_keys": ("evicted_keys_total", .counter),
        "keyspace_hits": ("keyspace_hits_total", .counter),
        "keyspace_misses": ("keyspace_misses_total", .counter),
        "total_reads_processed": ("total_reads_processed", .counter),
        "total_writes_processed": ("total_writes_processed", .counter),
        "total_error_replies": ("total_error_replies", .counter),
        "used_cpu_sys": ("cpu_sys_seconds_total", .counter),
        "used_cpu_user": ("cpu_user_seconds_total", .counter),
        "used_cpu_sys_children": ("cpu_sys_children_seconds_total", .counter),
        "used_cpu_user_children": ("cpu_user_children_seconds_total", .counter),
        "rdb_last_save_time": ("rdb_last_save_timestamp_seconds", .gauge),
        "rdb_changes_since_last_save": ("rdb_changes_since_last_save", .gauge),
        "instantaneous_ops_per_sec": ("instantaneous_ops_per_sec", .gauge),
        "loading": ("loading_dump_file", .gauge),
        "sync_full": ("replica_resyncs_full", .counter),
        "sync_partial_ok": ("replica_partial_resync_accepted", .counter),
        "sync_partial_err": ("replica_partial_resync_denied", .counter),
    ]
    private static let told: Set<String> = [
        "redis_version", "redis_mode", "os", "role", "executable", "config_file", "run_id",
        "maxmemory_policy",
    ]

    /// Whether a text begins as the answer does.
    static func recognises(_ bytes: [UInt8]) -> Bool {
        bytes.has("# Server", at: 0..<min(bytes.count, 16))
            && bytes.text(0..<min(bytes.count, 200)).contains("redis_version:")
    }

    /// Reads an answer.
    ///
    /// - Throws: That it is another text.
    static func read(
        _ bytes: [UInt8],
        into set: inout SampleSet,
        _ report: inout ReadReport
    ) throws(ReadProblem) {
        var lines = TextLines(bytes)
        var section = ""
        var info: [LabelText.Pair] = []
        let before = set.count
        while let line = lines.next() {
            guard !line.isEmpty else { continue }
            if bytes[line.lowerBound] == UInt8(ascii: "#") {
                section = bytes.text(bytes.trimmed((line.lowerBound + 1)..<line.upperBound))
                continue
            }
            guard let colon = bytes.place(of: UInt8(ascii: ":"), in: line) else {
                report.note("no key:value", line: lines.number)
                continue
            }
            let key = bytes.text(line.lowerBound..<colon)
            let value = (colon + 1)..<line.upperBound
            if told.contains(key) {
                info.append(.init(key == "redis_version" ? "version" : key, bytes.text(value)))
                if key == "role" {
                    let family = set.family("redis_instance_is_master", .gauge)
                    set.add(family, bytes.text(value) == "master" ? 1 : 0)
                }
            } else {
                add(section, key, bytes, value, into: &set, &report)
            }
        }
        if set.count == before { throw ReadProblem("the text is no answer to INFO") }
        let labels = LabelText(info.filter { $0.name != "executable" && $0.name != "config_file" })
        set.add(set.family("redis_instance_info", .gauge), 1, labels: labels)
    }

    private static func add(
        _ section: String,
        _ key: String,
        _ bytes: [UInt8],
        _ value: Range<Int>,
        into set: inout SampleSet,
        _ report: inout ReadReport
    ) {
        let parts = bytes.text(value).split(separator: ",").map {
            $0.split(separator: "=", maxSplits: 1).map(String.init)
        }
        let isList = parts.allSatisfy { $0.count == 2 } && !parts.isEmpty
        switch section {
        case "Keyspace" where isList && key.hasPrefix("db"):
            fields(parts, ["keys": "db_keys", "expires": "db_keys_expiring"], .gauge) {
                name,
                number in
                let family = set.family("redis_" + name, .gauge)
                set.add(family, number, labels: LabelText([.init("db", key)]))
            }
        case "Commandstats" where isList:
            let command = key.split(separator: "_", maxSplits: 1).last.map(String.init) ?? key
            let known = [
                "calls": "commands_total", "usec": "commands_duration_seconds_total",
                "rejected_calls": "commands_rejected_calls_total",
                "failed_calls": "commands_failed_calls_total",
            ]
            fields(parts, known, .counter) { name, number in
                let family = set.family("redis_" + name, .counter)
                let scaled = name == "commands_duration_seconds_total" ? number / 1e6 : number
                set.add(family, scaled, labels: LabelText([.init("cmd", command)]))
            }
        case "Errorstats" where isList:
            fields(parts, ["count": "errors_total"], .counter) { name, number in
                let kind = key.split(separator: "_", maxSplits: 1).last.map(String.init) ?? key
                let family = set.family("redis_" + name, .counter)
                set.add(family, number, labels: LabelText([.init("err", kind)]))
            }
        case "Replication" where isList && key.hasPrefix("slave"):
            let labels = parts.filter { $0[0] == "ip" || $0[0] == "port" || $0[0] == "state" }
                .map { LabelText.Pair("replica_" + $0[0], $0[1]) }
            fields(parts, ["offset": "connected_slave_offset_bytes"], .gauge) { name, number in
                set.add(set.family("redis_" + name, .gauge), number, labels: LabelText(labels))
            }
        default:
            guard let number = number(bytes, value) else { return }
            let (name, kind) = names[key] ?? (MetricName.sane(key), .gauge)
            set.add(set.family("redis_" + name, kind), number)
        }
    }

    private static func fields(
        _ parts: [[String]],
        _ known: [String: String],
        _ kind: MetricKind,
        _ body: (String, Double) -> Void
    ) {
        for part in parts {
            if let name = known[part[0]], let number = Double(part[1]) { body(name, number) }
        }
    }

    private static func number(_ bytes: [UInt8], _ value: Range<Int>) -> Double? {
        if let number = DecimalNumber.parse(bytes, value) { return number }
        switch bytes.text(value) {
        case "ok", "yes", "up": return 1
        case "err", "no", "down", "fail": return 0
        default: return nil
        }
    }
}
