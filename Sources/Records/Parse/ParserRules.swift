/// Parsers that are always there, under the names that Fluent Bit's image gives them, and the formats that
/// Fluentd names.
public enum ParserRules {
    /// The parsers by name.
    public static let shipped: [String: ParserRule] = {
        let web = "%d/%b/%Y:%H:%M:%S %z"
        let iso = "%Y-%m-%dT%H:%M:%S.%L"
        var rules: [String: ParserRule] = [:]
        func add(
            _ name: String,
            _ form: ParserRule.Form,
            time: String? = nil,
            keepsTime: Bool = false,
            _ change: (inout ParserRule) -> Void = { _ in }
        ) {
            var rule = ParserRule(form)
            rule.timeFormat = time
            rule.timeKey = time == nil ? nil : "time"
            rule.keepsTime = keepsTime
            change(&rule)
            rules[name] = rule
        }
        for name in ["apache", "apache2", "nginx", "k8s-nginx-ingress"] {
            add(name, .named(name), time: web)
        }
        add("apache_error", .named("apache_error"))
        add("json", .json, time: web)
        add("logfmt", .logfmt)
        add("ltsv", .ltsv)
        add("docker", .json, time: iso, keepsTime: true)
        add("docker-daemon", .named("docker-daemon"), time: iso, keepsTime: true)
        add("syslog-rfc5424", .named("syslog-rfc5424"), time: iso + "%z", keepsTime: true)
        for name in ["syslog-rfc3164", "syslog-rfc3164-local"] {
            add(name, .named(name), time: "%b %d %H:%M:%S", keepsTime: true)
        }
        add("mongodb", .named("mongodb"), time: iso + "%z", keepsTime: true)
        for name in ["envoy", "istio-envoy-proxy"] {
            add(name, .named(name), time: iso + "%z", keepsTime: true) {
                $0.timeKey = "start_time"
            }
        }
        add("cri", .named("cri"), time: iso + "%z", keepsTime: true)
        add("kube-custom", .named("kube-custom"))
        add("kmsg-netfilter-log", .named("kmsg-netfilter-log"), time: "%b %d %H:%M:%S")
        return rules
    }()

    private static let request = #""(?<method>\S+)(?: +(?<path>[^"]*?)(?: +\S*)?)?""#
    private static let clients = #"(?: "(?<referer>[^"]*)" "(?<agent>[^"]*)")?$"#
    private static let envoy =
        #"^\[(?<start_time>[^\]]+)\] "(?<method>\S+)(?: +(?<path>[^"]*?)(?: +(?<protocol>\S+))?)?" "#
        + #"(?<code>\S+) (?<response_flags>\S+) "#

    /// Expressions of formats by name.
    static let expressions: [String: String] = [
        "apache": #"^(?<host>\S*) \S* (?<user>\S*) \[(?<time>[^\]]*)\] "# + request
            + #" (?<code>\S*) (?<size>\S*)"# + clients,
        "apache2": #"^(?<host>\S*) \S* (?<user>\S*) \[(?<time>[^\]]*)\] "#
            + #""(?<method>\S+)(?: +(?<path>(?:[^"\\]|\\.)*?)(?: +\S*)?)?""#
            + #" (?<code>\S*) (?<size>\S*)(?: "(?<referer>(?:[^"\\]|\\.)*)" "#
            + #""(?<agent>(?:[^"\\]|\\.)*)")?$"#,
        "apache_error":
            #"^\[\S* (?<time>[^\]]*)\] \[(?<level>[^\]]*)\](?: \[pid (?<pid>[^\]]*)\])?"#
            + #"(?: \[client (?<client>[^\]]*)\])? (?<message>.*)$"#,
        "nginx": #"^(?<remote>\S*) (?<host>\S*) (?<user>\S*) \[(?<time>[^\]]*)\] "# + request
            + #" (?<code>\S*) (?<size>\S*)"# + clients,
        "k8s-nginx-ingress": #"^(?<host>\S*) - (?<user>\S*) \[(?<time>[^\]]*)\] "# + request
            + #" (?<code>\S*) (?<size>\S*) "(?<referer>[^"]*)" "(?<agent>[^"]*)" "#
            + #"(?<request_length>\S*) (?<request_time>\S*) \[(?<proxy_upstream_name>[^\]]*)\] "#
            + #"(?:\[(?<proxy_alternative_upstream_name>[^\]]*)\] )?(?<upstream_addr>\S*) "#
            + #"(?<upstream_response_length>\S*) (?<upstream_response_time>\S*) "#
            + #"(?<upstream_status>\S*) (?<reg_id>\S*)$"#,
        "docker-daemon": #"time="(?<time>\S*)" level=(?<level>\S*) msg="(?<msg>.*)""#,
        "syslog-rfc5424":
            #"^<(?<pri>\d{1,5})>1 (?<time>\S+) (?<host>\S+) (?<ident>\S+) (?<pid>[-\d]+) "#
            + #"(?<msgid>\S+) (?<extradata>(?:\[.*?\](?= |$)|-))(?: (?<message>.+))?$"#,
        "syslog-rfc3164-local": #"^<(?<pri>\d+)>(?<time>\S* {1,2}\S* \S*) (?<ident>[\w/.-]*)"#
            + #"(?:\[(?<pid>\d+)\])?(?:[^:]*:)? *(?<message>.*)$"#,
        "syslog-rfc3164":
            #"^<(?<pri>\d+)>(?<time>\S* {1,2}\S* \S*) (?<host>\S*) (?<ident>[\w/.-]*)"#
            + #"(?:\[(?<pid>\d+)\])?(?:[^:]*:)? *(?<message>.*)$"#,
        "mongodb":
            #"^(?<time>\S*)\s+(?<severity>\w)\s+(?<component>\S+)\s+\[(?<context>[^\]]+)\]\s+"#
            + #"(?<message>.*?) *(?<ms>\d+)?(?:ms)?$"#,
        "envoy": envoy
            + #"(?<bytes_received>\S+) (?<bytes_sent>\S+) (?<duration>\S+) "#
            + #"(?<x_envoy_upstream_service_time>\S+) "(?<x_forwarded_for>[^"]*)" "#
            + #""(?<user_agent>[^"]*)" "(?<request_id>[^"]*)" "(?<authority>[^"]*)" "#
            + #""(?<upstream_host>[^"]*)""#,
        "istio-envoy-proxy": envoy
            + #"(?:(?<response_code_details>\S+) (?<connection_termination_details>\S+) )?"#
            + #""?(?<upstream_transport_failure_reason>[^"]*?)"? (?<bytes_received>\d+) "#
            + #"(?<bytes_sent>\d+) (?<duration>\S+) (?<x_envoy_upstream_service_time>\S+) "#
            + #""(?<x_forwarded_for>[^"]*)" "(?<user_agent>[^"]*)" "(?<request_id>[^"]*)" "#
            + #""(?<authority>[^"]*)" "(?<upstream_host>[^"]*)" (?<upstream_cluster>\S+) "#
            + #"(?<upstream_local_address>\S+) (?<downstream_local_address>\S+) "#
            + #"(?<downstream_remote_address>\S+) (?<requested_server_name>\S+) (?<route_name>\S+)"#,
        "cri": #"^(?<time>\S+) (?<stream>stdout|stderr) (?<logtag>\S*) (?<message>.*)$"#,
        "kube-custom": #"(?<tag>[^.]+)?\.?(?<pod_name>[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"#
            + #"(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*)_(?<namespace_name>[^_]+)_"#
            + #"(?<container_name>.+)-(?<docker_id>[a-z0-9]{64})\.log$"#,
        "kmsg-netfilter-log":
            #"^<(?<pri>\d{1,5})>1? ?(?<time>\w+ +\d+ [\d:]+)? ?(?<host>\S+)? ?kernel: "#
            + #"\[[^\]]*\] (?<logprefix>[^ ]*)\s?IN=(?<in>\S*) OUT=(?<out>\S*) "#
            + #"(?:MAC=(?<macsrc>\S*) )?SRC=(?<saddr>\S*) DST=(?<daddr>\S*) .*?"#
            + #"PROTO=(?<proto>\S*)(?: SPT=(?<sport>\d+) DPT=(?<dport>\d+))?.*$"#,
    ]
}
