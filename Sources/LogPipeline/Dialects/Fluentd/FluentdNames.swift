/// The plugins of Fluentd that are known by name but not here, and what may be done instead.
enum FluentdNames {
    static let sources: Set = [
        "dummy", "exec", "forward", "http", "sample", "syslog", "tail", "tcp", "udp", "unix",
    ]
    static let filters: Set = [
        "concat", "grep", "kubernetes_metadata", "parser", "record_modifier",
        "record_transformer", "stdout",
    ]
    static let matches: Set = [
        "copy", "elasticsearch", "elasticsearch_data_stream", "elasticsearch_dynamic", "file",
        "forward", "http", "loki", "null", "opensearch", "opensearch_data_stream", "relabel",
        "remote_syslog", "rewrite_tag_filter", "s3", "stdout", "syslog",
    ]
    /// Plugins that make no record of a log: what they say is on the admin pages.
    static let pages: Set = [
        "debug_agent", "monitor_agent", "prometheus", "prometheus_monitor",
        "prometheus_output_monitor", "prometheus_tail_monitor",
    ]
    private static let scripts =
        "write the change with record_transformer or grep, or in VRL in our own language"
    static let others: [String: String] = {
        var names = [
            "systemd": "the journal cannot be read; have it forward to syslog",
            "detect_exceptions": "use the filter concat with multiline_start_regexp",
            "geoip": "", "geoip2": "", "map": scripts, "ruby": scripts, "lua": scripts,
            "roundrobin": "use one output with several hosts", "secondary_file": "",
            "exec_filter": scripts, "script": scripts, "json_transform": scripts,
            "grok": "use regexp", "windows_eventlog": "", "windows_eventlog2": "",
            "throttle": "", "sampling_filter": "",
            "flowcounter": "the counts are on the admin pages",
            "splunk_hec": "use http with the collector's address and headers",
            "splunk_hec_radiator": "", "datadog": "use http with the intake's address",
            "gelf": "use http or syslog",
        ]
        for name in [
            "azure-loganalytics", "azurestorage", "beats", "bigquery", "bigquery_insert",
            "cloudwatch_logs", "coralogix", "dedot", "ecs_metadata", "exec", "flatten_hash",
            "gcs", "google_cloud", "influxdb", "kafka", "kafka2", "kafka_group", "kinesis_firehose",
            "kinesis_streams", "kubernetes_objects", "logdna", "logzio_buffered", "mongo",
            "mongo_replset", "mysql_bulk", "mysql_replicator", "newrelic", "numeric_monitor",
            "out_http_ext", "redis", "redis_store", "rdkafka2", "s3_input", "slack", "sql", "sqs",
            "stackdriver", "statsd", "sumologic", "td", "tdlog", "tagged_copy", "webhdfs", "amqp",
            "mqtt", "opentelemetry", "prometheus_pushgateway", "rabbitmq", "sns", "syslog_tls",
        ] {
            names[name] = ""
        }
        return names
    }()
}
