/// Reads nginx's page `stub_status`, Tengine's with its column `request_time` as well.
enum StubStatusReader {
    /// The seven series, with the words that nginx-prometheus-exporter has for them.
    private static let families: [(name: String, kind: MetricKind, help: String)] = [
        ("nginx_connections_active", .gauge, "Active client connections"),
        ("nginx_connections_accepted", .counter, "Accepted client connections"),
        ("nginx_connections_handled", .counter, "Handled client connections"),
        (
            "nginx_connections_reading", .gauge,
            "Connections where NGINX is reading the request header"
        ),
        (
            "nginx_connections_writing", .gauge,
            "Connections where NGINX is writing the response back to the client"
        ),
        ("nginx_connections_waiting", .gauge, "Idle client connections"),
        ("nginx_http_requests_total", .counter, "Total http requests"),
    ]

    /// Whether a text begins as the page does.
    static func recognises(_ bytes: [UInt8]) -> Bool {
        bytes.has("Active connections:", at: bytes.trimmed(0..<min(bytes.count, 200)))
    }

    /// Reads the page.
    ///
    /// - Throws: What is missing.
    static func read(_ bytes: [UInt8], into set: inout SampleSet) throws(ReadProblem) {
        var values: [String: Double] = [:]
        var lines = TextLines(bytes)
        var columns: [String] = []
        while let line = lines.next() {
            let words = bytes.words(line)
            guard let first = words.first else { continue }
            if bytes.has("Active connections:", at: first.lowerBound..<line.upperBound) {
                if words.count > 2 { values["active"] = DecimalNumber.parse(bytes, words[2]) }
            } else if bytes.text(first) == "server" {
                columns = words.dropFirst().map { bytes.text($0) }
            } else if !columns.isEmpty, words.count == columns.count,
                words.allSatisfy({ DecimalNumber.integer(bytes, $0) != nil })
            {
                for (name, word) in zip(columns, words) {
                    values[name] = DecimalNumber.parse(bytes, word)
                }
                columns = []
            } else if bytes.text(first) == "Reading:" {
                for (index, word) in words.enumerated() where index + 1 < words.count {
                    guard bytes[word.upperBound - 1] == UInt8(ascii: ":") else { continue }
                    let name = bytes.text(word.lowerBound..<(word.upperBound - 1)).lowercased()
                    values[name] = DecimalNumber.parse(bytes, words[index + 1])
                }
            }
        }
        let keys = ["active", "accepts", "handled", "reading", "writing", "waiting", "requests"]
        if let missing = keys.first(where: { values[$0] == nil }) {
            throw ReadProblem(
                "the page is no stub_status: it does not tell \"\(missing)\""
            )
        }
        for (key, family) in zip(keys, families) {
            let index = set.family(family.name, family.kind, help: family.help)
            set.add(index, values[key] ?? 0)
        }
        if let time = values["request_time"] {
            let index = set.family(
                "nginx_http_request_time_seconds_total",
                .counter,
                help: "Time spent on requests, as Tengine counts it"
            )
            set.add(index, time / 1000)
        }
    }
}
