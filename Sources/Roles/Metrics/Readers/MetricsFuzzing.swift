import Basics

/// What must hold for any text that a source can send.
package enum MetricsFuzzing {
    /// A text that is taken becomes an exposition that is read again as the same one, whatever its format; none
    /// gives more series than the limit.
    package static func check(_ bytes: [UInt8]) {
        for format in MetricFormat.allCases {
            var set = SampleSet(limit: 64)
            var report = ReadReport()
            guard (try? format.read(bytes, into: &set, &report)) != nil else { continue }
            precondition(set.count <= 64, "more series than the limit")
            check(set)
        }
        _ = try? TapePath(String(decoding: bytes.prefix(256), as: UTF8.self))
        _ = DownwardLabels.parse(bytes)
        _ = SourceURL(String(decoding: bytes.prefix(256), as: UTF8.self))
    }

    private static func check(_ set: SampleSet) {
        var writer = ExpositionWriter(.text)
        writer.write(set)
        var again = SampleSet(limit: 64)
        var report = ReadReport()
        guard set.count > 0 else { return }
        guard (try? MetricFormat.prometheus.read(writer.bytes, into: &again, &report)) != nil else {
            preconditionFailure("what is written cannot be read")
        }
        precondition(report.problems == 0, "what is written cannot be read: \(report)")
        precondition(
            again.duplicates == 0 && again.count == set.count,
            "series are lost or doubled"
        )
        var second = ExpositionWriter(.text)
        second.write(again)
        precondition(second.bytes == writer.bytes, "what is read again is written in another way")
    }

    /// Lines are taken or counted, and what is told can be read.
    package static func checkStatsD(_ bytes: [UInt8]) {
        var options = StatsDOptions()
        options.limit = 32
        guard var table = try? StatsDTable(options) else { return }
        table.take(bytes, 0..<bytes.count, now: .zero)
        var set = SampleSet(limit: 10_000)
        table.tell(into: &set, now: .zero)
        precondition(table.series.count <= 32, "more series than the limit")
        var writer = ExpositionWriter(.text)
        writer.write(set)
        var again = SampleSet(limit: 10_000)
        var report = ReadReport()
        guard set.count > 0 else { return }
        guard (try? MetricFormat.prometheus.read(writer.bytes, into: &again, &report)) != nil,
            report.problems == 0, again.count == set.count
        else { preconditionFailure("what is told cannot be read: \(report)") }
    }
}
