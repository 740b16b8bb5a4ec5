import Basics

/// Metrics of several roles as one text in the form of Prometheus.
///
/// Each family has its HELP and TYPE once, and all its samples behind them. A series that two roles have
/// gets the label `role` with their names.
enum MetricsMerge {
    /// The metrics of a role.
    struct Part {
        var role: String
        var text: String
        /// Whether every series gets the label.
        var isLabelled = false
    }

    private struct Family {
        var help: Substring?
        var type: Substring?
        var samples: [(role: String, series: Substring, rest: Substring)] = []
    }

    /// Merges texts of metrics, each with the name of its role.
    static func text(_ parts: [(role: String, text: String)]) -> String {
        text(parts.map { Part(role: $0.role, text: $0.text) })
    }

    /// Merges texts of metrics.
    static func text(_ parts: [Part]) -> String {
        var order: [Substring] = []
        var families: [Substring: Family] = [:]
        var owners: [Substring: String] = [:]
        var shared: Set<Substring> = []
        func note(_ name: Substring, _ edit: (inout Family) -> Void) {
            if families[name] == nil { order.append(name) }
            edit(&families[name, default: Family()])
        }
        for part in parts {
            let role = part.role
            // The samples of a histogram stand behind its TYPE under other names.
            var current: Substring = ""
            for line in part.text.split(separator: "\n") {
                if line.hasPrefix("# HELP ") || line.hasPrefix("# TYPE ") {
                    let rest = line.dropFirst(7)
                    current = rest.prefix { $0 != " " }
                    note(current) { family in
                        if line.hasPrefix("# HELP ") {
                            if family.help == nil { family.help = line }
                        } else if family.type == nil {
                            family.type = line
                        }
                    }
                } else if !line.hasPrefix("#") {
                    let name = line.prefix { $0 != "{" && $0 != " " }
                    if !belongs(name, to: current) { current = name }
                    let bare = series(of: line)
                    let rest = line[bare.endIndex...]
                    let series = part.isLabelled ? Substring(labelled(bare, role)) : bare
                    if let owner = owners.updateValue(role, forKey: series), owner != role {
                        shared.insert(series)
                    }
                    note(current) { $0.samples.append((role, series, rest)) }
                }
            }
        }
        var merged = ""
        for name in order {
            guard let family = families[name] else { continue }
            for line in [family.help, family.type] {
                if let line { merged += line + "\n" }
            }
            for sample in family.samples {
                let series =
                    shared.contains(sample.series)
                    ? labelled(sample.series, sample.role) : String(sample.series)
                merged += series + sample.rest + "\n"
            }
        }
        return merged
    }

    private static func belongs(_ name: Substring, to family: Substring) -> Bool {
        guard name.hasPrefix(family), !family.isEmpty else { return false }
        return ["", "_bucket", "_sum", "_count", "_total", "_created", "_info"]
            .contains(String(name.dropFirst(family.count)))
    }

    /// The name of a sample with its labels; a brace in a label's value does not end them.
    private static func series(of line: Substring) -> Substring {
        var isQuoted = false
        var isEscaped = false
        var place = line.startIndex
        let bytes = line.utf8
        var hasLabels = false
        while place < bytes.endIndex {
            let byte = bytes[place]
            if isEscaped {
                isEscaped = false
            } else if isQuoted {
                if byte == UInt8(ascii: "\\") { isEscaped = true }
                if byte == UInt8(ascii: "\"") { isQuoted = false }
            } else if byte == UInt8(ascii: "\"") {
                isQuoted = true
            } else if byte == UInt8(ascii: "{") {
                hasLabels = true
            } else if byte == UInt8(ascii: "}") {
                return line[...place]
            } else if byte == UInt8(ascii: " "), !hasLabels {
                return line[..<place]
            }
            place = bytes.index(after: place)
        }
        return line
    }

    private static func labelled(_ series: Substring, _ role: String) -> String {
        guard series.hasSuffix("}") else { return series + "{role=\"\(role)\"}" }
        let open = series.dropLast()
        let separator = open.hasSuffix("{") || open.hasSuffix(",") ? "" : ","
        return open + separator + "role=\"\(role)\"}"
    }
}
