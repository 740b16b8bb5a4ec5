import Glibc

/// Facts about the machine.
public enum Host {
    /// The node name of the machine, as `uname -n` prints it.
    public static var hostname: String { field { $0.nodename } }

    /// The kernel's release: `6.1.0-13-amd64`.
    public static var kernelRelease: String { field { $0.release } }

    /// The hardware's name: `x86_64`.
    public static var architecture: String { field { $0.machine } }

    /// The memory of the machine in bytes.
    public static var memoryBytes: UInt64 {
        UInt64(max(sysconf(Int32(_SC_PHYS_PAGES)), 0)) * UInt64(pageBytes)
    }

    /// The size of a memory page in bytes.
    public static var pageBytes: Int { max(sysconf(Int32(_SC_PAGESIZE)), 4096) }

    /// The processors that are online.
    public static var cpuCount: Int { max(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 1) }

    /// The clock ticks per second in which `/proc/PID/stat` counts.
    public static var ticksPerSecond: Int { max(sysconf(Int32(_SC_CLK_TCK)), 1) }

    /// A random name of this boot, from `/proc/sys/kernel/random/boot_id`; empty if it is hidden.
    public static var bootID: String {
        let text = (try? Files.text("/proc/sys/kernel/random/boot_id", limit: 64)) ?? ""
        return text.split(separator: "\n").first.map(String.init) ?? ""
    }

    /// The effective user of this process.
    public static var effectiveUser: UInt32 { geteuid() }

    /// The number of this process.
    public static var processID: Int32 { getpid() }

    private static func field<Field>(_ pick: (utsname) -> Field) -> String {
        var names = utsname()
        guard unsafe uname(&names) == 0 else { return "" }
        var field = pick(names)
        return unsafe withUnsafeBytes(of: &field) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}
