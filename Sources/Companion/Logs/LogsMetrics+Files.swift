internal import LogPipeline

/// Metrics of files that are followed.
extension LogsMetrics {
    /// A family of metrics: its name, what it is, its type, and a value for each set of labels.
    typealias Family = (String, String, String, [(String, UInt64)]) -> Void

    private static let kinds: [(String, String, String, (TailNumbers) -> UInt64)] = [
        ("files", "Files that are followed.", "gauge", { UInt64(clamping: $0.files) }),
        ("open_files", "Files that are open.", "gauge", { UInt64(clamping: $0.open) }),
        ("lag_bytes", "Bytes that are there and not read.", "gauge", { UInt64(clamping: $0.lag) }),
        ("rotated_total", "Files that lost their names.", "counter", { $0.rotated }),
        (
            "truncated_total", "Files that were emptied or written anew.", "counter",
            { $0.truncated }
        ),
        (
            "lost_bytes_total", "Bytes that were gone before they were read.", "counter",
            {
                $0.bytesLost
            }
        ),
        ("lines_split_total", "Cuts of lines beyond the limit.", "counter", { $0.linesSplit }),
        (
            "lines_skipped_total", "Lines beyond the limit that were left out.", "counter",
            {
                $0.linesSkipped
            }
        ),
        (
            "lines_truncated_total", "Lines whose rest was left out.", "counter",
            {
                $0.linesTruncated
            }
        ),
        ("errors_total", "Reads and opens that failed.", "counter", { $0.errors }),
    ]

    /// Writes them, for each source that follows files.
    func files(_ family: Family) {
        let tails = (work.pipeline?.sources ?? []).compactMap { $0 as? TailSource }
            .map { (Self.labels("source", $0.id), $0.numbers) }
        for (name, help, type, value) in Self.kinds {
            let rows = tails.map { labels, numbers in (labels, value(numbers)) }
            family("companion_logs_tail_" + name, help, type, rows)
        }
    }
}
