/// Reads what memcached answers to `stats`, under the names of memcached_exporter.
enum MemcachedReader {
    private static let names: [String: (name: String, kind: MetricKind, labels: [LabelText.Pair])] =
        [
            "uptime": ("memcached_uptime_seconds", .counter, []),
            "time": ("memcached_time_seconds", .gauge, []),
            "bytes": ("memcached_current_bytes", .gauge, []),
            "limit_maxbytes": ("memcached_limit_bytes", .gauge, []),
            "curr_items": ("memcached_current_items", .gauge, []),
            "total_items": ("memcached_items_total", .counter, []),
            "evictions": ("memcached_items_evicted_total", .counter, []),
            "reclaimed": ("memcached_items_reclaimed_total", .counter, []),
            "bytes_read": ("memcached_read_bytes_total", .counter, []),
            "bytes_written": ("memcached_written_bytes_total", .counter, []),
            "curr_connections": ("memcached_current_connections", .gauge, []),
            "max_connections": ("memcached_max_connections", .gauge, []),
            "total_connections": ("memcached_connections_total", .counter, []),
            "rejected_connections": ("memcached_connections_rejected_total", .counter, []),
            "listen_disabled_num": ("memcached_connections_listener_disabled_total", .counter, []),
            "conn_yields": ("memcached_connections_yielded_total", .counter, []),
            "rusage_user": ("memcached_process_user_cpu_seconds_total", .counter, []),
            "rusage_system": ("memcached_process_system_cpu_seconds_total", .counter, []),
            "threads": ("memcached_threads", .gauge, []),
        ]
    private static let commands: [String: (command: String, status: String)] = [
        "get_hits": ("get", "hit"), "get_misses": ("get", "miss"),
        "delete_hits": ("delete", "hit"), "delete_misses": ("delete", "miss"),
        "incr_hits": ("incr", "hit"), "incr_misses": ("incr", "miss"),
        "decr_hits": ("decr", "hit"), "decr_misses": ("decr", "miss"),
        "cas_hits": ("cas", "hit"), "cas_misses": ("cas", "miss"), "cas_badval": ("cas", "badval"),
        "touch_hits": ("touch", "hit"), "touch_misses": ("touch", "miss"),
        "cmd_set": ("set", "hit"), "cmd_flush": ("flush", "hit"),
    ]
    /// What follows from others.
    private static let derived: Set<String> = ["pid", "pointer_size", "cmd_get", "cmd_touch"]

    /// Whether a text begins as the answer does.
    static func recognises(_ bytes: [UInt8]) -> Bool { bytes.has("STAT ", at: 0..<bytes.count) }

    /// Reads an answer.
    ///
    /// - Throws: That it does not end with `END`, or is another text.
    static func read(
        _ bytes: [UInt8],
        into set: inout SampleSet,
        _ report: inout ReadReport
    ) throws(ReadProblem) {
        var lines = TextLines(bytes)
        while let line = lines.next() {
            let words = bytes.words(line)
            guard let first = words.first else { continue }
            if bytes.text(first) == "END" { return }
            guard bytes.text(first) == "STAT", words.count >= 2 else {
                report.note("no STAT", line: lines.number)
                continue
            }
            let key = bytes.text(words[1])
            if key == "version", words.count > 2 {
                let labels = LabelText([.init("version", bytes.text(words[2]))])
                set.add(set.family("memcached_version", .gauge), 1, labels: labels)
            }
            guard words.count == 3, let number = DecimalNumber.parse(bytes, words[2]),
                !derived.contains(key), key != "version"
            else { continue }
            if let (command, status) = commands[key] {
                let labels = LabelText([.init("command", command), .init("status", status)])
                set.add(set.family("memcached_commands_total", .counter), number, labels: labels)
            } else if let (name, kind, pairs) = names[key] {
                set.add(set.family(name, kind), number, labels: LabelText(pairs))
            } else {
                set.add(set.family("memcached_" + MetricName.sane(key), .gauge), number)
            }
        }
        throw ReadProblem("the answer to stats ends in its middle", line: lines.number)
    }
}
