internal import Formats

/// The numbers that the kubelet writes into cgroups and `/proc`, as pure functions.
public enum CgroupNumbers {
    /// The period of CPU quotas, in microseconds.
    public static let quotaPeriod = 100_000

    /// CPU shares (cgroup v1) of a request in thousandths of a CPU: 2 to 262144.
    public static func shares(milliCPU: Int) -> Int {
        min(max(milliCPU * 1024 / 1000, 2), 262_144)
    }

    /// The CPU quota per period of a limit in thousandths of a CPU; nil without a limit.
    ///
    /// At least 1000 µs, which is 10m.
    public static func quota(milliCPU: Int) -> Int? {
        milliCPU == 0 ? nil : max(milliCPU * quotaPeriod / 1000, 1000)
    }

    /// The CPU weight (cgroup v2) that runtimes of today make of shares: 1 to 10000.
    ///
    /// `ceil(10^((l² + 125·l)/612 − 7/34))` with `l = log2(shares)`, by bisection over the inverse.
    public static func weight(shares: Int) -> Int {
        if shares <= 2 { return 1 }
        if shares >= 262_144 { return 10_000 }
        let exponent = FixedPoint.log2(shares)
        let power = (exponent * exponent + 125 * exponent) / 612 - 7.0 / 34
        return FixedPoint.ceilingOfPowerOf10(power)
    }

    /// The CPU weight that runtimes of old make of shares: 1 to 10000.
    public static func linearWeight(shares: Int) -> Int {
        shares == 0 ? 0 : 1 + (min(max(shares, 2), 262_144) - 2) * 9999 / 262_142
    }

    /// The CPU shares of a container: from its request, else from its limit.
    public static func shares(of resources: ResourceRequirements) -> Int {
        shares(milliCPU: (resources.requests["cpu"] ?? resources.limits["cpu"])?.milliValue ?? 0)
    }

    /// The CPU quota of a container; nil without a limit.
    public static func quota(of resources: ResourceRequirements) -> Int? {
        quota(milliCPU: resources.limits["cpu"]?.milliValue ?? 0)
    }

    /// The memory limit of a container in bytes: its own, else the pod's; nil without one.
    public static func memoryLimit(of container: Container, in spec: PodSpec) -> Int? {
        let limit = container.resources.limits["memory"] ?? spec.resources?.limits["memory"]
        guard let bytes = limit?.value, bytes > 0 else { return nil }
        return bytes
    }
}
