extension Statistics {
    /// All statistics in the text form of Prometheus (version 0.0.4), under Envoy's names.
    var prometheusText: String { StatsPrometheus.text(readings) }
}
