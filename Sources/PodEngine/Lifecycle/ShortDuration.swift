/// Durations as Go prints them in the kubelet's messages: `40s`, `1m20s`, `5m0s`.
enum ShortDuration {
    static func text(seconds: Int64) -> String {
        guard seconds >= 60 else { return "\(seconds)s" }
        guard seconds >= 3600 else { return "\(seconds / 60)m\(seconds % 60)s" }
        return "\(seconds / 3600)h\(seconds / 60 % 60)m\(seconds % 60)s"
    }
}
