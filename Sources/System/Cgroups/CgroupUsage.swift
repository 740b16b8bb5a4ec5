/// What the processes of a control group have used and use.
public struct CgroupUsage: Sendable, Hashable {
    /// The processor time so far, in nanoseconds.
    public var processorNanoseconds: Int
    /// The memory charged now, page cache included, in bytes.
    public var memoryBytes: Int
    /// The memory without the page cache that could go at once, in bytes: the kubelet's figure.
    public var workingSetBytes: Int

    /// Makes a reading.
    public init(
        processorNanoseconds: Int = 0,
        memoryBytes: Int = 0,
        workingSetBytes: Int = 0
    ) {
        self.processorNanoseconds = processorNanoseconds
        self.memoryBytes = memoryBytes
        self.workingSetBytes = workingSetBytes
    }
}
