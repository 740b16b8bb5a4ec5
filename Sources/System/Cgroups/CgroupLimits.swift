/// The numbers written into a control group; the caller gives processor shares in both forms.
public struct CgroupLimits: Sendable, Hashable {
    /// The relative share of processor time in the terms of v1, 2 to 262144.
    public var cpuShares: Int?
    /// The same in the terms of v2, 1 to 10000.
    public var cpuWeight: Int?
    /// The processor time per period in microseconds; `nil` is unlimited.
    public var cpuQuota: Int?
    /// The length of a period in microseconds.
    public var cpuPeriod: Int
    /// The memory limit in bytes; `nil` is unlimited.
    public var memoryBytes: Int64?
    /// How many processes and threads there may be; `nil` is unlimited.
    public var processes: Int64?

    /// Makes limits; without arguments there are none.
    public init(
        cpuShares: Int? = nil,
        cpuWeight: Int? = nil,
        cpuQuota: Int? = nil,
        cpuPeriod: Int = 100_000,
        memoryBytes: Int64? = nil,
        processes: Int64? = nil
    ) {
        self.cpuShares = cpuShares
        self.cpuWeight = cpuWeight
        self.cpuQuota = cpuQuota
        self.cpuPeriod = cpuPeriod
        self.memoryBytes = memoryBytes
        self.processes = processes
    }
}
