internal import Basics
internal import Formats
internal import LogPipeline
internal import Reactor

/// The metrics of `companion logs`, and those of the tool that it stands for under their usual names.
@MainLoop struct LogsMetrics {
    let work: LogsWork

    init(_ work: LogsWork) {
        self.work = work
    }

    /// All of them for Prometheus.
    var text: String {
        let books = work.books.ofThisRun
        var text = ""
        func family(_ name: String, _ help: String, _ type: String, _ rows: [(String, UInt64)]) {
            guard !rows.isEmpty else { return }
            text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
            for (labels, value) in rows { text += "\(name)\(labels) \(value)\n" }
        }
        func sources(_ label: String, _ value: (Accounts.Source) -> UInt64) -> [(String, UInt64)] {
            books.sources.sorted { $0.key < $1.key }.map { name, account in
                (Self.labels(label, name), value(account))
            }
        }
        func sinks(_ label: String, _ value: (Accounts.Sink) -> UInt64) -> [(String, UInt64)] {
            books.sinks.sorted { $0.key < $1.key }.map { name, account in
                (Self.labels(label, name), value(account))
            }
        }
        func buffered(_ label: String) -> [(String, UInt64)] {
            work.books.now.sinks.sorted { $0.key < $1.key }.map { name, account in
                (Self.labels(label, name), account.buffered)
            }
        }
        let prefix = "companion_logs_"
        family(
            prefix + "read_records_total",
            "Records that were read.",
            "counter",
            sources("source") { $0.read }
        )
        family(
            prefix + "read_bytes_total",
            "Bytes of records that were read.",
            "counter",
            sources("source") { $0.bytes }
        )
        family(
            prefix + "repeated_records_total",
            "Records that were read again.",
            "counter",
            sources("source") { $0.repeated }
        )
        family(
            prefix + "skipped_bytes_total",
            "Bytes that made no record.",
            "counter",
            sources("source") { $0.skipped }
        )
        family(
            prefix + "made_records_total",
            "Copies that were made on the way.",
            "counter",
            [("", books.made)]
        )
        family(
            prefix + "left_records_total",
            "Records that left on purpose, by cause.",
            "counter",
            books.left.sorted { $0.key.rawValue < $1.key.rawValue }.map { cause, count in
                (Self.labels("cause", cause.rawValue), count)
            }
        )
        family(
            prefix + "buffered_records",
            "Records on their way.",
            "gauge",
            [("", work.books.buffered)]
        )
        family(
            prefix + "received_records_total",
            "Records that came to a sink.",
            "counter",
            sinks("sink") { $0.received }
        )
        family(
            prefix + "delivered_records_total",
            "Records that the other side has confirmed.",
            "counter",
            sinks("sink") { $0.delivered }
        )
        family(
            prefix + "delivered_bytes_total",
            "Bytes of records that were delivered.",
            "counter",
            sinks("sink") { $0.bytes }
        )
        family(
            prefix + "rejected_records_total",
            "Records that were refused for good.",
            "counter",
            sinks("sink") { $0.rejected }
        )
        family(
            prefix + "sink_buffered_records",
            "Records that wait for a sink.",
            "gauge",
            buffered("sink")
        )
        family(
            prefix + "retried_records_total",
            "Records that were sent again.",
            "counter",
            sinks("sink") { $0.retried }
        )
        family(
            prefix + "sink_errors_total",
            "Requests that failed.",
            "counter",
            sinks("sink") { $0.errors }
        )
        family(
            prefix + "uncertain_records_total",
            "Records that may be there twice, for an answer was lost.",
            "counter",
            sinks("sink") { $0.uncertain }
        )
        files(family)
        switch work.active?.configuration.service.tool {
        case "fluent-bit":
            let uptime = UInt64(max(0, (Loop.main.now - work.start).components.seconds))
            family(
                "fluentbit_uptime",
                "Number of seconds that it has run.",
                "counter",
                [("", uptime)]
            )
            family(
                "fluentbit_build_info",
                "Build version information.",
                "gauge",
                [("{version=\"companion-\(CompanionCommand.version)\"}", 1)]
            )
            family(
                "fluentbit_input_records_total",
                "Number of input records.",
                "counter",
                sources("name") { $0.read }
            )
            family(
                "fluentbit_input_bytes_total",
                "Number of input bytes.",
                "counter",
                sources("name") { $0.bytes }
            )
            family(
                "fluentbit_output_proc_records_total",
                "Number of processed output records.",
                "counter",
                sinks("name") { $0.delivered }
            )
            family(
                "fluentbit_output_proc_bytes_total",
                "Number of processed output bytes.",
                "counter",
                sinks("name") { $0.bytes }
            )
            family(
                "fluentbit_output_errors_total",
                "Number of output errors.",
                "counter",
                sinks("name") { $0.errors }
            )
            family(
                "fluentbit_output_retries_total",
                "Number of output retries.",
                "counter",
                sinks("name") { $0.retried }
            )
            family(
                "fluentbit_output_dropped_records_total",
                "Number of dropped records.",
                "counter",
                sinks("name") { $0.rejected }
            )
        case "vector":
            family(
                "vector_component_received_events_total",
                "The number of events accepted by this component.",
                "counter",
                sources("component_id") { $0.read } + sinks("component_id") { $0.received }
            )
            family(
                "vector_component_received_bytes_total",
                "The number of raw bytes accepted by this component.",
                "counter",
                sources("component_id") { $0.bytes }
            )
            family(
                "vector_component_sent_events_total",
                "The total number of events emitted by this component.",
                "counter",
                sinks("component_id") { $0.delivered }
            )
            family(
                "vector_component_sent_bytes_total",
                "The number of raw bytes sent by this component.",
                "counter",
                sinks("component_id") { $0.bytes }
            )
            family(
                "vector_component_errors_total",
                "The total number of errors encountered by this component.",
                "counter",
                sinks("component_id") { $0.errors }
            )
            family(
                "vector_component_discarded_events_total",
                "The number of events dropped by this component.",
                "counter",
                sinks("component_id") { $0.rejected }
            )
            family(
                "vector_buffer_events",
                "The number of events currently in the buffer.",
                "gauge",
                buffered("component_id")
            )
        case "fluentd":
            family(
                "fluentd_input_status_num_records_total",
                "The total number of incoming records.",
                "counter",
                sources("id") { $0.read }
            )
            family(
                "fluentd_output_status_emit_records",
                "The total number of emitted records.",
                "gauge",
                sinks("id") { $0.delivered }
            )
            family(
                "fluentd_output_status_num_errors",
                "Current number of errors.",
                "gauge",
                sinks("id") { $0.errors }
            )
            family(
                "fluentd_output_status_retry_count",
                "Current retry counts.",
                "gauge",
                sinks("id") { $0.retried }
            )
        default: break
        }
        return text
    }

    /// Fluent Bit's page of metrics.
    var fluentBit: JSON {
        var inputs: [String: JSON] = [:]
        for (name, account) in work.books.ofThisRun.sources {
            inputs[name] = ["records": .count(account.read), "bytes": .count(account.bytes)]
        }
        var outputs: [String: JSON] = [:]
        for (name, account) in work.books.ofThisRun.sinks {
            outputs[name] = [
                "proc_records": .count(account.delivered), "proc_bytes": .count(account.bytes),
                "errors": .count(account.errors), "retries": .count(account.retried),
                "retries_failed": .count(account.rejected),
                "dropped_records": .count(account.rejected),
                "retried_records": .count(account.retried),
            ]
        }
        return [
            "input": .object(JSONObject(inputs)), "filter": .object(JSONObject([:])),
            "output": .object(JSONObject(outputs)),
        ]
    }

    static func labels(_ name: String, _ value: String) -> String {
        let escaped = value.flatMap { character -> [Character] in
            switch character {
            case "\\": ["\\", "\\"]
            case "\"": ["\\", "\""]
            case "\n": ["\\", "n"]
            default: [character]
            }
        }
        return "{\(name)=\"\(String(escaped))\"}"
    }
}
