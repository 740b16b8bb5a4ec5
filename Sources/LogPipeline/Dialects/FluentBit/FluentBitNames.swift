/// The plugins of Fluent Bit that are known by name but not here, and what may be done instead.
enum FluentBitNames {
    static let inputs: Set = [
        "dummy", "exec", "forward", "http", "stdin", "syslog", "tail", "tcp", "udp", "unix_socket",
    ]
    static let filters: Set = [
        "grep", "kubernetes", "modify", "multiline", "nest", "parser", "record_modifier",
        "rewrite_tag", "stdout", "throttle", "type_converter",
    ]
    static let outputs: Set = [
        "es", "file", "forward", "http", "loki", "null", "opensearch", "pgsql", "s3", "stdout",
        "syslog", "tcp", "udp",
    ]

    static let otherInputs: [String: String] = {
        let metrics = "this program ships logs; collect metrics with another one"
        var names: [String: String] = [:]
        for name in [
            "collectd", "cpu", "disk", "docker", "gpu_metrics", "health", "mem", "netif",
            "nginx_metrics", "node_exporter_metrics", "podman_metrics", "proc",
            "process_exporter_metrics", "prometheus_remote_write", "prometheus_scrape",
            "prometheus_textfile", "statsd", "thermal", "windows_exporter_metrics", "winstat",
        ] {
            names[name] = metrics
        }
        names["fluentbit_metrics"] =
            "metrics of this program are on its admin pages, see HTTP_Server"
        names["fluentbit_logs"] = "this program writes its own log to standard error"
        names["head"] = "use tail with Read_from_Head on"
        names["systemd"] = "the journal cannot be read; have it forward to syslog"
        for name in [
            "blob", "calyptia_fleet", "docker_events", "ebpf", "elasticsearch", "emitter", "etw",
            "event_test", "event_type", "exec_wasi", "kafka", "kmsg", "kubernetes_events", "lib",
            "mqtt", "opentelemetry", "random", "serial", "splunk", "storage_backlog",
            "stream_processor", "winevtlog", "winlog",
        ] {
            names[name] = ""
        }
        return names
    }()

    static let otherFilters: [String: String] = [
        "alter_size": "", "aws": "write the fields with record_modifier", "checklist": "",
        "ecs": "write the fields with record_modifier", "expect": "use grep",
        "geoip2": "", "log_to_metrics": "count the records where they are stored",
        "lua": "write the change with modify, nest, grep or record_modifier, or in VRL in our own "
            + "language",
        "nightfall": "", "sysinfo": "write the fields with record_modifier", "tensorflow": "",
        "throttle_size": "use throttle",
        "wasm": "write the change with modify, nest, grep or record_modifier, or in VRL in our "
            + "own language",
    ]

    static let otherOutputs: [String: String] = {
        var names: [String: String] = [
            "elasticsearch": "its name is es", "console": "its name is stdout",
            "grafana-loki": "use loki", "cloudwatch": "", "firehose": "", "kinesis": "",
            "counter": "the counts are on the admin pages, see HTTP_Server",
            "flowcounter": "the counts are on the admin pages, see HTTP_Server",
            "prometheus_exporter": "metrics are on the admin pages, see HTTP_Server",
            "gelf": "use http with Format json, or syslog",
            "splunk": "use http with the collector's URI and Header Authorization Splunk TOKEN",
            "datadog": "use http with the intake's URI and Header DD-API-KEY KEY",
        ]
        for name in [
            "azure", "azure_blob", "azure_kusto", "azure_logs_ingestion", "bigquery", "calyptia",
            "chronicle", "cloudwatch_logs", "exit", "influxdb", "kafka", "kafka-rest",
            "kinesis_firehose", "kinesis_streams", "lib", "logdna", "mongodb", "mqtt", "nats",
            "newrelic", "nrlogs", "opentelemetry", "oracle_log_analytics", "plot",
            "prometheus_remote_write", "retry", "skywalking", "slack", "stackdriver", "td",
            "vivo_exporter", "websocket", "zig_demo",
        ] {
            names[name] = ""
        }
        return names
    }()

    /// Parsers that Fluent Bit's image brings along.
    static let shippedParsers: Set = [
        "apache", "apache2", "apache_error", "cri", "docker", "docker-daemon", "envoy",
        "istio-envoy-proxy", "json", "k8s-nginx-ingress", "kmsg-netfilter-log", "kube-custom",
        "logfmt", "mongodb", "nginx", "syslog-rfc3164", "syslog-rfc3164-local", "syslog-rfc5424",
    ]
    /// Files of parsers that Fluent Bit's image brings along.
    static let shippedFiles: Set = [
        "parsers.conf", "parsers_ambassador.conf", "parsers_cinder.conf", "parsers_extra.conf",
        "parsers_java.conf", "parsers_mult.conf", "parsers_multiline.conf",
        "parsers_openstack.conf", "parsers.yaml",
    ]
    /// Multiline parsers that are always there.
    static let builtInMultilines: Set = ["cri", "docker", "go", "java", "python", "ruby"]

    /// Processors that are not filters, and what may be done instead.
    static let processors = [
        "cumulative_to_delta": "this program ships logs",
        "labels": "this program ships logs",
        "metrics_selector": "this program ships logs",
        "opentelemetry_envelope": "",
        "rewrite_tag": "write it as a filter",
        "sampling": "use the filter throttle",
        "sql": "use the filters grep and modify",
        "tda": "this program ships logs",
    ]
}
