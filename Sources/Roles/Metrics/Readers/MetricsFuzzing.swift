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

    /// Of two documents of JSON the second gives the same, whether it is read by what it differs in or as a whole.
    ///
    /// They are parted by a zero byte.
    package static func checkRounds(_ bytes: [UInt8]) {
        guard let end = bytes.firstIndex(of: 0) else { return }
        let (first, second) = (Array(bytes[..<end]), Array(bytes[(end + 1)...]))
        for strings in ReadOptions.Strings.allCases {
            var options = ReadOptions()
            options.strings = strings
            _ = isShort(first, second, options)
        }
    }

    /// Whether the second of two documents can be read by what it differs in; what that gives must be what the whole
    /// way of reading gives.
    static func isShort(
        _ first: [UInt8],
        _ second: [UInt8],
        _ options: ReadOptions,
        limit: Int = 64
    ) -> Bool {
        var set = SampleSet(limit: limit)
        var report = ReadReport()
        var template: DocumentTemplate?
        let format = try? MetricFormat.json.read(
            first,
            options,
            contentType: "",
            into: &set,
            &report,
            template: &template
        )
        guard format != nil, let values = template?.values(of: second) else { return false }
        set.set(values)
        var whole = SampleSet(limit: limit)
        var wholeReport = ReadReport()
        guard
            (try? MetricFormat.json.read(second, options, into: &whole, &wholeReport)) == format
        else { preconditionFailure("what is taken by its differences cannot be read as a whole") }
        precondition(
            set.duplicates == whole.duplicates && set.refused == whole.refused
                && report == wholeReport,
            "other parts are left out"
        )
        var pages: [[UInt8]] = []
        for set in [set, whole] {
            var writer = ExpositionWriter(.text)
            writer.write(set)
            pages.append(writer.bytes)
        }
        precondition(pages[0] == pages[1], "the two ways of reading give other samples")
        return true
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
