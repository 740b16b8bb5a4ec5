/// Reads HAProxy's statistics as CSV (`/haproxy?stats;csv`, `show stat`), under the names of HAProxy's own exporter.
///
/// A column that is not in the table becomes a gauge of its own name, if it is a number.
enum HAProxyReader {
    /// A column: what its series is called, what it means, and what values are multiplied with.
    struct Column {
        var name: String
        var kind: MetricKind
        var help: String
        var factor = 1.0
    }

    private static let columns: [String: Column] = [
        "qcur": Column(name: "current_queue", kind: .gauge, help: "Requests that wait now"),
        "qmax": Column(name: "max_queue", kind: .gauge, help: "The most requests that waited"),
        "scur": Column(name: "current_sessions", kind: .gauge, help: "Sessions now"),
        "smax": Column(name: "max_sessions", kind: .gauge, help: "The most sessions at once"),
        "slim": Column(name: "limit_sessions", kind: .gauge, help: "The limit of sessions"),
        "stot": Column(name: "sessions_total", kind: .counter, help: "Sessions"),
        "bin": Column(name: "bytes_in_total", kind: .counter, help: "Bytes that came in"),
        "bout": Column(name: "bytes_out_total", kind: .counter, help: "Bytes that went out"),
        "dreq": Column(name: "requests_denied_total", kind: .counter, help: "Requests denied"),
        "dresp": Column(name: "responses_denied_total", kind: .counter, help: "Responses denied"),
        "ereq": Column(name: "request_errors_total", kind: .counter, help: "Broken requests"),
        "econ": Column(
            name: "connection_errors_total",
            kind: .counter,
            help: "Connections that failed"
        ),
        "eresp": Column(name: "response_errors_total", kind: .counter, help: "Broken responses"),
        "wretr": Column(name: "retry_warnings_total", kind: .counter, help: "Retried connections"),
        "wredis": Column(
            name: "redispatch_warnings_total",
            kind: .counter,
            help: "Requests sent to another server"
        ),
        "weight": Column(name: "weight", kind: .gauge, help: "The weight"),
        "act": Column(name: "active_servers", kind: .gauge, help: "Active servers"),
        "bck": Column(name: "backup_servers", kind: .gauge, help: "Backup servers"),
        "chkfail": Column(name: "check_failures_total", kind: .counter, help: "Failed checks"),
        "chkdown": Column(
            name: "check_up_down_total",
            kind: .counter,
            help: "Changes from up to down"
        ),
        "lastchg": Column(
            name: "check_last_change_seconds",
            kind: .gauge,
            help: "Seconds since the last change between up and down"
        ),
        "downtime": Column(
            name: "downtime_seconds_total",
            kind: .counter,
            help: "Seconds of being down"
        ),
        "qlimit": Column(name: "queue_limit", kind: .gauge, help: "The limit of the queue"),
        "throttle": Column(name: "current_throttle", kind: .gauge, help: "Slow start, in percent"),
        "lbtot": Column(name: "loadbalanced_total", kind: .counter, help: "Times it was chosen"),
        "rate": Column(name: "current_session_rate", kind: .gauge, help: "Sessions per second"),
        "rate_lim": Column(name: "limit_session_rate", kind: .gauge, help: "The limit of the rate"),
        "rate_max": Column(
            name: "max_session_rate",
            kind: .gauge,
            help: "The most sessions per second"
        ),
        "check_duration": Column(
            name: "check_duration_seconds",
            kind: .gauge,
            help: "How long the last check took",
            factor: 1e-3
        ),
        "req_rate": Column(name: "http_requests_rate_current", kind: .gauge, help: "Requests/s"),
        "req_rate_max": Column(name: "http_requests_rate_max", kind: .gauge, help: "The most"),
        "req_tot": Column(name: "http_requests_total", kind: .counter, help: "HTTP requests"),
        "cli_abrt": Column(name: "client_aborts_total", kind: .counter, help: "Clients that left"),
        "srv_abrt": Column(name: "server_aborts_total", kind: .counter, help: "Servers that left"),
        "comp_in": Column(name: "compressor_in_bytes_total", kind: .counter, help: "Before gzip"),
        "comp_out": Column(name: "compressor_out_bytes_total", kind: .counter, help: "After gzip"),
        "comp_byp": Column(name: "compressor_bypassed_bytes_total", kind: .counter, help: "Left"),
        "comp_rsp": Column(name: "compressed_responses_total", kind: .counter, help: "Compressed"),
        "qtime": Column(
            name: "queue_time_average_seconds",
            kind: .gauge,
            help: "The average wait of 1024 requests",
            factor: 1e-3
        ),
        "ctime": Column(
            name: "connect_time_average_seconds",
            kind: .gauge,
            help: "The average connect of 1024 requests",
            factor: 1e-3
        ),
        "rtime": Column(
            name: "response_time_average_seconds",
            kind: .gauge,
            help: "The average answer of 1024 requests",
            factor: 1e-3
        ),
        "ttime": Column(
            name: "total_time_average_seconds",
            kind: .gauge,
            help: "The average of all of 1024 requests",
            factor: 1e-3
        ),
        "conn_tot": Column(name: "connections_total", kind: .counter, help: "Connections"),
        "connect": Column(name: "connection_attempts_total", kind: .counter, help: "Attempts"),
        "reuse": Column(name: "connection_reuses_total", kind: .counter, help: "Reuses"),
    ]
    /// Columns that name things, or are no numbers to watch.
    private static let passedOver: Set<String> = [
        "pxname", "svname", "status", "pid", "iid", "sid", "type", "tracked", "check_status",
        "check_code", "last_chk", "last_agt", "addr", "cookie", "mode", "algo", "check_desc",
        "agent_status", "agent_code", "agent_duration", "agent_desc", "hanafail", "check_rise",
        "check_fall", "check_health", "agent_rise", "agent_fall", "agent_health", "-",
        "hrsp_1xx", "hrsp_2xx", "hrsp_3xx", "hrsp_4xx", "hrsp_5xx", "hrsp_other",
    ]
    private static let kinds = ["0": "frontend", "1": "backend", "2": "server", "3": "listener"]

    /// Whether a text begins as the statistics do.
    static func recognises(_ bytes: [UInt8]) -> Bool {
        bytes.has("# pxname,svname,", at: bytes.trimmed(0..<min(bytes.count, 64)))
    }

    /// Reads the statistics.
    ///
    /// - Throws: That there is no line of columns.
    static func read(
        _ bytes: [UInt8],
        into set: inout SampleSet,
        _ report: inout ReadReport
    ) throws(ReadProblem) {
        var lines = TextLines(bytes)
        guard let first = lines.next(), recognises(bytes) else {
            throw ReadProblem("the text does not begin with \"# pxname,svname,\"")
        }
        let names = fields(bytes, (first.lowerBound + 2)..<first.upperBound)
        guard let type = names.firstIndex(of: "type") else {
            throw ReadProblem("the column \"type\" is missing", line: 1)
        }
        while let line = lines.next() {
            if line.isEmpty { continue }
            let row = fields(bytes, line)
            guard row.count >= min(names.count, type + 1), let kind = kinds[row[type]] else {
                report.note("a line has \(row.count) of \(names.count) columns", line: lines.number)
                continue
            }
            read(row, names, kind, into: &set)
        }
    }

    private static func read(
        _ row: [String],
        _ names: [String],
        _ kind: String,
        into set: inout SampleSet
    ) {
        var pairs = [LabelText.Pair("proxy", row[0])]
        if kind == "server" || kind == "listener" { pairs.append(.init(kind, row[1])) }
        let labels = LabelText(pairs)
        for (name, value) in zip(names, row) where !value.isEmpty {
            if name == "status" {
                let family = set.family(
                    "haproxy_\(kind)_up",
                    .gauge,
                    help: "Whether it is up (or open, or not checked)"
                )
                let isUp =
                    value.hasPrefix("UP") || value.hasPrefix("OPEN") || value == "no check"
                    || value.hasPrefix("DOLB")
                set.add(family, isUp ? 1 : 0, labels: labels)
            } else if name.hasPrefix("hrsp_"), let number = Double(value) {
                let family = set.family(
                    "haproxy_\(kind)_http_responses_total",
                    .counter,
                    help: "HTTP responses by class of status"
                )
                let code = LabelText.Pair("code", String(name.dropFirst(5)))
                set.add(family, number, labels: LabelText(pairs + [code]))
            } else if !passedOver.contains(name), let number = Double(value) {
                let column =
                    columns[name]
                    ?? Column(
                        name: MetricName.sane(name),
                        kind: .gauge,
                        help: "HAProxy's column \(name)"
                    )
                let family = set.family(
                    "haproxy_\(kind)_\(column.name)",
                    column.kind,
                    help: column.help
                )
                set.add(family, number * column.factor, labels: labels)
            }
        }
    }

    /// The fields of a line of CSV (RFC 4180: quotes are doubled).
    static func fields(_ bytes: [UInt8], _ line: Range<Int>) -> [String] {
        var found: [String] = []
        var field: [UInt8] = []
        var isQuoted = false
        var place = line.lowerBound
        while place < line.upperBound {
            let byte = bytes[place]
            if byte == UInt8(ascii: "\"") {
                if isQuoted, place + 1 < line.upperBound, bytes[place + 1] == byte {
                    field.append(byte)
                    place += 1
                } else {
                    isQuoted.toggle()
                }
            } else if byte == UInt8(ascii: ","), !isQuoted {
                found.append(String(decoding: field, as: UTF8.self))
                field.removeAll(keepingCapacity: true)
            } else {
                field.append(byte)
            }
            place += 1
        }
        found.append(String(decoding: field, as: UTF8.self))
        return found
    }
}
