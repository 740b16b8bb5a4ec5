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

    /// The size of the file system that holds a path, in bytes; 0 if it cannot be told.
    public static func capacity(of path: String) -> Int {
        var status = statvfs()
        guard unsafe statvfs(path, &status) == 0 else { return 0 }
        return Int(clamping: UInt64(status.f_blocks) &* UInt64(status.f_frsize))
    }

    /// The resident memory of this process, in bytes.
    public static var residentBytes: Int {
        let text = (try? Files.text("/proc/self/statm")) ?? ""
        let fields = text.split(separator: " ")
        guard fields.count > 1, let pages = Int(fields[1]) else { return 0 }
        return pages * pageBytes
    }

    /// The processor time that the whole machine has used since it started, in nanoseconds.
    public static var processorNanoseconds: Int? {
        guard let text = try? Files.text("/proc/stat"), let line = text.split(separator: "\n").first
        else { return nil }
        // user, nice, system, idle, iowait, irq, softirq, steal; what guests use is in user.
        let ticks = line.split(separator: " ").dropFirst().prefix(8).compactMap { Int($0) }
        guard ticks.count == 8 else { return nil }
        let busy = ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6] + ticks[7]
        return busy * (1_000_000_000 / ticksPerSecond)
    }

    /// The memory in use that could not be given back at once, in bytes.
    public static var memoryInUse: Int? {
        guard let text = try? Files.text("/proc/meminfo") else { return nil }
        var kilobytes: [Substring: Int] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count >= 2, let number = Int(words[1]) { kilobytes[words[0]] = number }
        }
        guard let total = kilobytes["MemTotal:"], let free = kilobytes["MemAvailable:"] else {
            return nil
        }
        return (total - free) * 1024
    }

    /// How long the machine has been up.
    public static var uptime: Duration {
        let text = (try? Files.text("/proc/uptime")) ?? ""
        let seconds = text.split(separator: " ").first.flatMap { Double($0) } ?? 1
        return .seconds(seconds)
    }

    /// The machine's ID from `/etc/machine-id`; empty if it has none.
    public static var machineID: String {
        ((try? Files.text("/etc/machine-id")) ?? "").filter { $0.isHexDigit }
    }

    /// The name of the operating system as `/etc/os-release` tells it; `Linux` if it does not.
    public static var systemName: String {
        let text = (try? Files.text("/etc/os-release")) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("PRETTY_NAME=") }
        return line.map { $0.dropFirst("PRETTY_NAME=".count).filter { $0 != "\"" } } ?? "Linux"
    }
}
