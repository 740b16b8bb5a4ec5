/// Reads the page `server-status?auto` of Apache, under the names of apache_exporter.
enum ApacheStatusReader {
    private static let families: [String: (name: String, kind: MetricKind, factor: Double)] = [
        "Total Accesses": ("apache_accesses_total", .counter, 1),
        "Total kBytes": ("apache_sent_kilobytes_total", .counter, 1),
        "Total Duration": ("apache_duration_ms_total", .counter, 1),
        "CPULoad": ("apache_cpuload", .gauge, 1),
        "ServerUptimeSeconds": ("apache_uptime_seconds_total", .counter, 1),
        "Load1": ("apache_load", .gauge, 1), "Load5": ("apache_load", .gauge, 1),
        "Load15": ("apache_load", .gauge, 1),
        "CPUUser": ("apache_cpu_time_ms_total", .counter, 1000),
        "CPUSystem": ("apache_cpu_time_ms_total", .counter, 1000),
        "CPUChildrenUser": ("apache_cpu_time_ms_total", .counter, 1000),
        "CPUChildrenSystem": ("apache_cpu_time_ms_total", .counter, 1000),
        "BusyWorkers": ("apache_workers", .gauge, 1), "IdleWorkers": ("apache_workers", .gauge, 1),
        "GracefulWorkers": ("apache_workers", .gauge, 1),
        "Processes": ("apache_processes", .gauge, 1),
        "ConnsTotal": ("apache_connections", .gauge, 1),
        "ConnsAsyncWaitIO": ("apache_connections", .gauge, 1),
        "ConnsAsyncWriting": ("apache_connections", .gauge, 1),
        "ConnsAsyncKeepAlive": ("apache_connections", .gauge, 1),
        "ConnsAsyncClosing": ("apache_connections", .gauge, 1),
        "ParentServerConfigGeneration": ("apache_generation", .gauge, 1),
        "ParentServerMPMGeneration": ("apache_generation", .gauge, 1),
    ]
    private static let labels: [String: [LabelText.Pair]] = [
        "Load1": [.init("interval", "1min")], "Load5": [.init("interval", "5min")],
        "Load15": [.init("interval", "15min")],
        "CPUUser": [.init("type", "user")], "CPUSystem": [.init("type", "system")],
        "CPUChildrenUser": [.init("type", "children_user")],
        "CPUChildrenSystem": [.init("type", "children_system")],
        "BusyWorkers": [.init("state", "busy")], "IdleWorkers": [.init("state", "idle")],
        "GracefulWorkers": [.init("state", "graceful")],
        "Processes": [.init("state", "all")], "ConnsTotal": [.init("state", "total")],
        "ConnsAsyncWaitIO": [.init("state", "waitio")],
        "ConnsAsyncWriting": [.init("state", "writing")],
        "ConnsAsyncKeepAlive": [.init("state", "keepalive")],
        "ConnsAsyncClosing": [.init("state", "closing")],
        "ParentServerConfigGeneration": [.init("type", "config")],
        "ParentServerMPMGeneration": [.init("type", "mpm")],
    ]
    /// What a letter of the scoreboard means.
    private static let states: [(letter: UInt8, state: String)] = [
        (UInt8(ascii: "_"), "idle"), (UInt8(ascii: "S"), "startup"), (UInt8(ascii: "R"), "read"),
        (UInt8(ascii: "W"), "reply"), (UInt8(ascii: "K"), "keepalive"), (UInt8(ascii: "D"), "dns"),
        (UInt8(ascii: "C"), "closing"), (UInt8(ascii: "L"), "logging"),
        (UInt8(ascii: "G"), "graceful_stop"), (UInt8(ascii: "I"), "idle_cleanup"),
        (UInt8(ascii: "."), "open_slot"),
    ]
    /// Lines that say what follows from others, or no number.
    private static let derived: Set<String> = [
        "ReqPerSec", "BytesPerSec", "BytesPerReq", "DurationPerReq", "ServerVersion", "ServerMPM",
        "Server Built", "CurrentTime", "RestartTime",
        "ServerUptime", "Uptime", "Stopping", "TLSSessionCacheStatus",
        "CacheType", "CacheSharedMemory", "CacheCurrentEntries",
    ]

    /// Whether a text begins as the page does.
    static func recognises(_ bytes: [UInt8]) -> Bool {
        var lines = TextLines(bytes)
        for _ in 0..<12 {
            guard let line = lines.next() else { return false }
            if bytes.has("Total Accesses:", at: line) || bytes.has("ServerMPM:", at: line)
                || bytes.has("BusyWorkers:", at: line)
            {
                return true
            }
        }
        return false
    }

    /// Reads the page.
    ///
    /// - Throws: That it is another page.
    static func read(
        _ bytes: [UInt8],
        into set: inout SampleSet,
        _ report: inout ReadReport
    ) throws(ReadProblem) {
        var lines = TextLines(bytes)
        let before = set.count
        while let line = lines.next() {
            guard let colon = bytes.place(of: UInt8(ascii: ":"), in: line) else { continue }
            let key = bytes.text(bytes.trimmed(line.lowerBound..<colon))
            let value = bytes.trimmed((colon + 1)..<line.upperBound)
            if key == "Scoreboard" {
                scoreboard(bytes, value, into: &set)
            } else if key == "ServerVersion" {
                let labels = LabelText([.init("version", bytes.text(value))])
                set.add(
                    set.family("apache_info", .gauge, help: "Apache version"),
                    1,
                    labels: labels
                )
            } else if let (name, kind, factor) = families[key] {
                guard let number = DecimalNumber.parse(bytes, value) else {
                    report.note("\(key) is no number", line: lines.number)
                    continue
                }
                let help = "Apache's \(key)"
                let family = set.family(name, kind, help: families[key]?.factor == 1000 ? "" : help)
                set.add(family, number * factor, labels: LabelText(labels[key] ?? []))
            } else if !derived.contains(key), let number = DecimalNumber.parse(bytes, value) {
                let name = "apache_" + MetricName.sane(key)
                set.add(set.family(name, .gauge, help: "Apache's \(key)"), number)
            }
        }
        if set.count == before { throw ReadProblem("the page is no server-status?auto") }
    }

    private static func scoreboard(
        _ bytes: [UInt8],
        _ value: Range<Int>,
        into set: inout SampleSet
    ) {
        let family = set.family(
            "apache_scoreboard",
            .gauge,
            help: "Workers by what they do, from the scoreboard"
        )
        var counts = [Int](repeating: 0, count: 256)
        for place in value { counts[Int(bytes[place])] += 1 }
        for (letter, state) in states {
            set.add(family, Double(counts[Int(letter)]), labels: LabelText([.init("state", state)]))
        }
    }
}
