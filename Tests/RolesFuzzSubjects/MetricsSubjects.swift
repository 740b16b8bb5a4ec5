import Roles

/// Texts of sources, in whatever format they look like.
public func fuzzMetricsText(_ bytes: [UInt8]) {
    MetricsFuzzing.check(bytes)
}

/// Two documents of JSON, parted by a zero byte, that are read one after the other.
public func fuzzMetricsRounds(_ bytes: [UInt8]) {
    MetricsFuzzing.checkRounds(bytes)
}

/// Lines of StatsD.
public func fuzzStatsD(_ bytes: [UInt8]) {
    MetricsFuzzing.checkStatsD(bytes)
}
