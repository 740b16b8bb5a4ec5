import Basics

/// The formats that sources speak.
package enum MetricFormat: String, Sendable, Hashable, CaseIterable {
    /// The one that the text looks like.
    case auto
    /// Any document of JSON, by rules or flattened.
    case json
    /// Answers of Jolokia.
    case jolokia
    /// Lines of `key=value` or `key: value`.
    case pairs
    /// nginx's page `stub_status`.
    case stubStatus = "stub_status"
    /// Apache's page `server-status?auto`.
    case apache
    /// HAProxy's statistics as CSV.
    case haproxy
    /// Redis's answer to `INFO`.
    case redis
    /// memcached's answer to `stats`.
    case memcached
    /// The text forms of Prometheus, OpenMetrics as well.
    case prometheus

    /// The format that a text looks like; `nil` if it is none.
    package static func of(_ bytes: [UInt8], contentType: String = "") -> MetricFormat? {
        let first = bytes.first { $0 != 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 }
        guard let first else { return nil }
        if first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
            || bytes.starts(with: [0xEF, 0xBB, 0xBF])
        {
            return .json
        }
        let type = contentType.lowercased()
        if type.hasPrefix("application/openmetrics-text")
            || type.hasPrefix("text/plain") && type.contains("version=0.0.4")
        {
            return .prometheus
        }
        if StubStatusReader.recognises(bytes) { return .stubStatus }
        if HAProxyReader.recognises(bytes) { return .haproxy }
        if MemcachedReader.recognises(bytes) { return .memcached }
        if RedisInfoReader.recognises(bytes) { return .redis }
        if ApacheStatusReader.recognises(bytes) { return .apache }
        if first == UInt8(ascii: "<") { return nil }
        if PrometheusReader.recognises(bytes) { return .prometheus }
        let isText = !bytes.prefix(512).contains { $0 < 0x09 }
        let hasPair = bytes.prefix(4096).contains {
            $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: ":")
        }
        return isText && hasPair ? .pairs : nil
    }

    /// Reads a text of this format.
    ///
    /// - Parameters:
    ///   - bytes: The text.
    ///   - options: What the format leaves open.
    ///   - contentType: What the source called it.
    ///   - set: Where samples go.
    ///   - report: What could not be read.
    /// - Returns: The format that it was read as.
    /// - Throws: Why it gives no samples at all.
    @discardableResult
    package func read(
        _ bytes: [UInt8],
        _ options: ReadOptions = ReadOptions(),
        contentType: String = "",
        into set: inout SampleSet,
        _ report: inout ReadReport
    ) throws(ReadProblem) -> MetricFormat {
        var template: DocumentTemplate?
        return try read(
            bytes,
            options,
            contentType: contentType,
            into: &set,
            &report,
            template: &template
        )
    }

    /// Reads a text of this format, and keeps it as a template if the next one may differ in numbers only.
    @discardableResult
    func read(
        _ bytes: [UInt8],
        _ options: ReadOptions,
        contentType: String,
        into set: inout SampleSet,
        _ report: inout ReadReport,
        template: inout DocumentTemplate?
    ) throws(ReadProblem) -> MetricFormat {
        switch self {
        case .auto:
            guard let format = Self.of(bytes, contentType: contentType) else {
                throw ReadProblem(
                    bytes.isEmpty
                        ? "the source is empty"
                        : "the text looks like no known format"
                            + "; give the format (\(Self.words)): it begins with "
                            + "\"\(KeyValueReader.shown(bytes, 0..<bytes.count))\""
                )
            }
            return try format.read(
                bytes,
                options,
                contentType: contentType,
                into: &set,
                &report,
                template: &template
            )
        case .json:
            let tape = try JSONTape(bytes)
            if JolokiaReader.recognises(tape) {
                try JolokiaReader.read(tape, options, into: &set, &report)
                return .jolokia
            }
            template = try JSONFlattener.read(tape, options, into: &set, &report)
        case .jolokia:
            try JolokiaReader.read(try JSONTape(bytes), options, into: &set, &report)
        case .pairs: try KeyValueReader.read(bytes, options, into: &set, &report)
        case .stubStatus: try StubStatusReader.read(bytes, into: &set)
        case .apache: try ApacheStatusReader.read(bytes, into: &set, &report)
        case .haproxy: try HAProxyReader.read(bytes, into: &set, &report)
        case .redis: try RedisInfoReader.read(bytes, into: &set, &report)
        case .memcached: try MemcachedReader.read(bytes, into: &set, &report)
        case .prometheus:
            try PrometheusReader.read(
                bytes,
                isOpenMetrics: contentType.lowercased().hasPrefix("application/openmetrics-text"),
                into: &set,
                &report
            )
        }
        return self
    }

    /// The words for people.
    static var words: String { allCases.map(\.rawValue).joined(separator: ", ") }
}
