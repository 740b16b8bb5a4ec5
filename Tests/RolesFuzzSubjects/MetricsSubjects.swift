import Roles

/// Texts of sources, in whatever format they look like.
public func fuzzMetricsText(_ bytes: [UInt8]) {
    MetricsFuzzing.check(bytes)
}

/// Lines of StatsD.
public func fuzzStatsD(_ bytes: [UInt8]) {
    MetricsFuzzing.checkStatsD(bytes)
}
