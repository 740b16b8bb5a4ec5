/// The text forms that a scrape can be answered in.
package enum ExpositionFormat: String, Sendable, Hashable, CaseIterable {
    /// Prometheus's text form, version 0.0.4.
    case text
    /// OpenMetrics 1.0.
    case openMetrics

    /// The header field `Content-Type`.
    package var contentType: String {
        switch self {
        case .text: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        }
    }

    /// Chooses by the header field `Accept` (RFC 9110, 12.5.1): the form with the highest weight, of equal ones
    /// the usual one; also if none is accepted, as exporters do.
    package static func accepted(
        _ header: String?,
        usual: ExpositionFormat = .text
    ) -> ExpositionFormat {
        guard let header else { return usual }
        var weights: [ExpositionFormat: Double] = [:]
        var wildcard = 0.0
        for part in header.split(separator: ",") {
            let words = part.split(separator: ";").map { $0.trimmed.lowercased() }
            guard let type = words.first else { continue }
            let weight = weight(words.dropFirst())
            let version = words.dropFirst().first { $0.hasPrefix("version=") }?.dropFirst(8)
            switch type {
            case "application/openmetrics-text":
                // 0.0.1 is what Prometheus called the draft; its form is the same here.
                guard version.map({ ["1.0.0", "0.0.1", "1.0"].contains($0) }) ?? true else {
                    continue
                }
                weights[.openMetrics] = max(weights[.openMetrics] ?? 0, weight)
            case "text/plain":
                guard version.map({ $0 == "0.0.4" }) ?? true else { continue }
                weights[.text] = max(weights[.text] ?? 0, weight)
            case "*/*", "text/*": wildcard = max(wildcard, weight)
            default: continue
            }
        }
        let text = weights[.text] ?? wildcard
        let openMetrics = weights[.openMetrics] ?? (usual == .openMetrics ? wildcard : 0)
        if text == openMetrics { return usual }
        return openMetrics > text ? .openMetrics : .text
    }

    /// Whether a coding such as `gzip` is accepted by the header field `Accept-Encoding`.
    package static func accepts(_ coding: String, _ header: String?) -> Bool {
        guard let header else { return false }
        var isAccepted = false
        for part in header.split(separator: ",") {
            let words = part.split(separator: ";").map { $0.trimmed.lowercased() }
            let weight = weight(words.dropFirst())
            if words.first == coding { return weight > 0 }
            if words.first == "*" { isAccepted = weight > 0 }
        }
        return isAccepted
    }

    private static func weight(_ words: ArraySlice<String>) -> Double {
        guard let word = words.first(where: { $0.hasPrefix("q=") }) else { return 1 }
        guard let weight = Double(word.dropFirst(2)), (0...1).contains(weight) else { return 0 }
        return weight
    }
}

extension StringProtocol {
    /// Without blanks at its ends.
    fileprivate var trimmed: String {
        var rest = Substring(self)
        while rest.first == " " || rest.first == "\t" { rest.removeFirst() }
        while rest.last == " " || rest.last == "\t" { rest.removeLast() }
        return String(rest)
    }
}
