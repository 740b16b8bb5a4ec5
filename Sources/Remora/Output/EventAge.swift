internal import Basics
internal import Formats

/// When an event happened, and how kubectl says it.
enum EventAge {
    /// When it happened last.
    static func time(of event: JSON) -> Timestamp {
        for key in ["lastTimestamp", "eventTime", "firstTimestamp"] {
            if let text = event[key]?.string, let time = Timestamp(rfc3339: text) { return time }
        }
        let created = event["metadata"]?["creationTimestamp"]?.string ?? ""
        return Timestamp(rfc3339: created) ?? Timestamp(seconds: 0)
    }

    /// How long ago: `5s`, or `5s (x3 over 2m)` for one that came again.
    static func text(of event: JSON, now: Timestamp) -> String {
        let age = (now - time(of: event)).humanText
        guard let count = event["count"]?.int, count > 1,
            let text = event["firstTimestamp"]?.string, let first = Timestamp(rfc3339: text)
        else { return age }
        return age + " (x\(count) over \((now - first).humanText))"
    }
}
