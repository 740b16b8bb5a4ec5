/// Linux capabilities by name, and what a container gets of them.
enum CapabilitySet {
    /// All that the newest kernel knows, by number.
    static let names = [
        "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID",
        "SETPCAP", "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW",
        "IPC_LOCK", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT",
        "SYS_ADMIN", "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD",
        "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG",
        "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF", "CHECKPOINT_RESTORE",
    ].map { "CAP_" + $0 }

    /// What containerd gives a container that asks for nothing.
    static let standard: Set<String> = [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW",
        "CAP_SETGID", "CAP_SETUID", "CAP_SETFCAP", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE",
        "CAP_SYS_CHROOT", "CAP_KILL", "CAP_AUDIT_WRITE",
    ]

    /// The capabilities of a container, in the order of their numbers.
    ///
    /// `ALL` is applied before the single names: adding all, then dropping all, then what is added,
    /// then what is dropped by name. All are those that the engine itself holds (the bits of `held`);
    /// one that is named and not held is left for the runtime to refuse. Names that the kernel does
    /// not know have no effect.
    static func resolve(
        add: [String],
        drop: [String],
        isPrivileged: Bool,
        lastNumber: Int,
        held: UInt64 = .max
    ) -> [String] {
        let known = names.prefix(lastNumber + 1)
        let all = known.indices.filter { held & (1 << $0) != 0 }.map { known[$0] }
        if isPrivileged { return all }
        let added = Set(add.map(canonical))
        let dropped = Set(drop.map(canonical))
        var given = added.contains("CAP_ALL") ? Set(all) : standard.intersection(all)
        if dropped.contains("CAP_ALL") { given = [] }
        given.formUnion(added)
        given.subtract(dropped)
        return known.filter(given.contains)
    }

    private static func canonical(_ name: String) -> String {
        let upper = name.uppercased()
        return upper.hasPrefix("CAP_") ? upper : "CAP_" + upper
    }
}
