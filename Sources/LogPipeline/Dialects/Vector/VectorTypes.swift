/// Types of components that Vector has and this program has not, with what to do instead.
enum VectorTypes {
    /// By kind of component, then by type; an empty text: there is nothing instead.
    static let unsupported: [String: [String: String]] = [
        "source": sources, "transform": transforms, "sink": sinks,
    ]

    private static let metrics = "metrics are not for this program; records are"

    private static let sources: [String: String] = [
        "amqp": "", "apache_metrics": metrics, "aws_ecs_metrics": metrics,
        "aws_kinesis_firehose": "", "aws_s3": "", "aws_sqs": "", "datadog_agent": "",
        "docker_logs": "read the files with a file source", "dnstap": "",
        "eventstoredb_metrics": metrics, "file_descriptor": "use stdin", "gcp_pubsub": "",
        "heroku_logs": "use http_server", "host_metrics": metrics, "http_client": "",
        "http_scrape": "", "internal_metrics": "they are on the admin page /metrics",
        "journald": "use exec with journalctl -f -o json", "kafka": "", "kubernetes_events": "",
        "logstash": "", "mongodb_metrics": metrics, "mqtt": "", "nats": "",
        "nginx_metrics": metrics, "okta": "", "opentelemetry": "", "postgresql_metrics": metrics,
        "prometheus_pushgateway": metrics, "prometheus_remote_write": metrics,
        "prometheus_scrape": metrics, "pulsar": "", "redis": "", "splunk_hec": "use http_server",
        "static_metrics": metrics, "statsd": metrics, "vector": "use fluent between two programs",
        "websocket": "", "windows_event_log": "",
    ]

    private static let remap = "write it as a remap transform"

    private static let transforms: [String: String] = [
        "aggregate": metrics, "aws_ec2_metadata": "", "absolute_to_incremental": metrics,
        "incremental_to_absolute": metrics, "log_to_metric": metrics, "lua": remap,
        "metric_to_log": metrics, "tag_cardinality_limit": metrics, "trace_to_log": "",
        "window": "use reduce or sample", "geoip": "", "field_filter": "write it as a filter",
        "add_fields": remap, "add_tags": remap, "ansi_stripper": remap, "coercer": remap,
        "concat": remap, "grok_parser": remap, "json_parser": remap, "key_value_parser": remap,
        "logfmt_parser": remap, "merge": "use reduce", "pipelines": "", "compound": "",
        "regex_parser": remap, "remove_fields": remap, "remove_tags": remap,
        "rename_fields": remap, "split": remap, "swimlanes": "use route", "tokenizer": remap,
        "sampler": "use sample", "add_k8s_metadata": "", "wasm": remap,
    ]

    private static let sinks: [String: String] = [
        "amqp": "", "appsignal": "", "aws_cloudwatch_logs": "", "aws_cloudwatch_metrics": metrics,
        "aws_kinesis_firehose": "", "aws_kinesis_streams": "", "aws_sns": "", "aws_sqs": "",
        "axiom": "use http", "azure_blob": "", "azure_event_hubs": "", "azure_logs_ingestion": "",
        "azure_monitor_logs": "", "clickhouse": "use http with FORMAT JSONEachRow in its uri",
        "databend": "use http", "datadog_events": "", "datadog_logs": "use http",
        "datadog_metrics": metrics, "datadog_traces": "", "doris": "", "gcp_bigquery": "",
        "gcp_chronicle_unstructured": "", "gcp_cloud_storage": "use aws_s3 with its endpoint",
        "gcp_pubsub": "", "gcp_stackdriver_logs": "", "gcp_stackdriver_metrics": metrics,
        "greptimedb": metrics, "greptimedb_logs": "use http", "greptimedb_metrics": metrics,
        "honeycomb": "use http", "humio_logs": "use elasticsearch", "humio_metrics": metrics,
        "influxdb_logs": "use http", "influxdb_metrics": metrics, "kafka": "", "keep": "use http",
        "logdna": "use http", "mezmo": "use http", "mqtt": "", "nats": "",
        "new_relic": "use http", "new_relic_logs": "use http", "opentelemetry": "use http",
        "papertrail": "use socket", "postgres": "write logs.yaml, which has a sink for it",
        "prometheus_exporter": metrics, "prometheus_remote_write": metrics, "pulsar": "",
        "redis": "", "sematext_logs": "use elasticsearch", "sematext_metrics": metrics,
        "splunk_hec": "use http", "splunk_hec_logs": "use http", "splunk_hec_metrics": metrics,
        "statsd": metrics, "syslog": "write logs.yaml, which has a sink for it",
        "vector": "use fluent between two programs", "webhdfs": "", "websocket": "",
        "websocket_server": "",
    ]
}
