/// The name of a statistic, taken apart as Envoy does for Prometheus: what it is about becomes labels.
struct StatName: Hashable {
    /// A label.
    struct Label: Hashable {
        var name: String
        var value: String
    }

    /// The name without what it is about, dots for underscores, `envoy_` in front.
    var metric: String
    /// What it is about.
    var labels: [Label]

    /// How names that stand behind a given name begin; a given name may have dots itself.
    private static let tails: [String: [String]] = [
        "cluster": [
            "upstream_", "membership_", "lb_", "outlier_detection.", "circuit_breakers.",
            "health_check.", "update_", "retry_", "assignment_", "bind_errors", "max_host_weight",
            "external.", "internal.", "ssl.", "default.", "http1.", "http2.", "version",
        ],
        "http": [
            "downstream_", "rq_", "no_route", "no_cluster", "rs_too_large", "tracing.", "rbac.",
            "fault.", "cors.", "jwt_authn.", "http_local_rate_limit.", "passthrough_",
        ],
        "tcp": ["downstream_", "idle_timeout", "max_downstream_", "no_cluster", "upstream_"],
        "listener": ["downstream_", "no_filter_chain", "ssl.", "http.", "connections_"],
    ]

    private static let subjects = [
        "cluster": "envoy_cluster_name", "http": "envoy_http_conn_manager_prefix",
        "tcp": "envoy_tcp_prefix", "listener": "envoy_listener_address",
    ]

    /// Takes a name apart.
    init(_ name: String) {
        let parts = name.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        var labels: [Label] = []
        var rest = name[...]
        if parts.count == 2, let label = Self.subjects[String(parts[0])],
            let tail = Self.tail(parts[1], Self.tails[String(parts[0])] ?? [])
        {
            labels.append(Label(name: label, value: String(parts[1][..<tail])))
            rest = parts[0] + "." + parts[1][parts[1].index(after: tail)...]
        }
        var metric = String(rest)
        if let code = Self.code(metric) {
            labels.append(code.label)
            metric = code.metric
        }
        self.metric =
            "envoy_"
            + String(
                decoding: metric.utf8.map { byte in
                    Self.isWord(byte) ? byte : UInt8(ascii: "_")
                },
                as: UTF8.self
            )
        self.labels = labels
    }

    /// A name as `/stats` shows it: colons end names there.
    static func shown(_ name: String) -> String {
        name.contains(":") ? String(name.map { $0 == ":" ? "_" : $0 }) : name
    }

    /// Where the dot before the own part stands.
    private static func tail(_ text: Substring, _ known: [String]) -> Substring.Index? {
        var dots = text.indices.filter { text[$0] == "." }
        if let found = dots.first(where: { dot in
            let rest = text[text.index(after: dot)...]
            return known.contains { rest.hasPrefix($0) }
        }) {
            return found
        }
        return dots.popLast()
    }

    /// `_rq_2xx` and `_rq_200` are one metric each, with the class or the code as a label.
    private static func code(_ metric: String) -> (metric: String, label: Label)? {
        guard let underscore = metric.lastIndex(of: "_") else { return nil }
        let head = metric[..<underscore]
        let tail = metric[metric.index(after: underscore)...]
        guard head.hasSuffix("_rq") || head.hasSuffix(".rq"), tail.utf8.count == 3,
            let first = tail.utf8.first, (0x31...0x35).contains(first)
        else { return nil }
        if tail.hasSuffix("xx") {
            let label = Label(name: "envoy_response_code_class", value: String(tail.prefix(1)))
            return (head + "_xx", label)
        }
        guard UInt16(tail) != nil else { return nil }
        return (String(head), Label(name: "envoy_response_code", value: String(tail)))
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
            || byte == UInt8(ascii: "_")
    }
}
