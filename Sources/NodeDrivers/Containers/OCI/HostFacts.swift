public import System

/// What the OCI configuration of a container depends on besides its request: facts of the machine.
public struct HostFacts: Sendable, Hashable {
    /// A device file of the node, for privileged containers.
    public struct Device: Sendable, Hashable {
        /// Its path.
        public var path: String
        /// Whether it is a block device (else a character device).
        public var isBlock: Bool
        /// Its major number.
        public var major: Int64
        /// Its minor number.
        public var minor: Int64
        /// Its permission bits.
        public var mode: UInt32

        /// Describes a device.
        public init(path: String, isBlock: Bool, major: Int64, minor: Int64, mode: UInt32) {
            self.path = path
            self.isBlock = isBlock
            self.major = major
            self.minor = minor
            self.mode = mode
        }
    }

    /// The arrangement of control groups that containers see.
    public var cgroups: Cgroups
    /// The number of the last capability that the kernel knows.
    public var lastCapability: Int
    /// The capabilities that the engine may pass on, one bit each.
    public var heldCapabilities: UInt64
    /// The architecture, as `uname -m` says.
    public var architecture: String
    /// The device files of the node.
    public var devices: [Device]
    /// The files that tell how often a processor was throttled for heat; they are masked.
    public var thermalFiles: [String]
    /// Whether the runtime may install a filter for device files.
    ///
    /// On v2 that takes `CAP_SYS_RESOURCE` (for locked memory). Without it containers lose
    /// `CAP_MKNOD`, so that they can make no device files at all.
    public var canFilterDevices: Bool
    /// The lowest `oom_score_adj` that may be set; without `CAP_SYS_RESOURCE` the engine's own.
    public var lowestOOMScore: Int

    /// Makes the value from its parts.
    public init(
        cgroups: Cgroups,
        lastCapability: Int = 40,
        heldCapabilities: UInt64 = .max,
        architecture: String = "x86_64",
        devices: [Device] = [],
        thermalFiles: [String] = [],
        canFilterDevices: Bool = true,
        lowestOOMScore: Int = -1000
    ) {
        self.cgroups = cgroups
        self.lastCapability = lastCapability
        self.heldCapabilities = heldCapabilities
        self.architecture = architecture
        self.devices = devices
        self.thermalFiles = thermalFiles
        self.canFilterDevices = canFilterDevices
        self.lowestOOMScore = lowestOOMScore
    }
}
