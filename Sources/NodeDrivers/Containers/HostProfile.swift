public import Basics
public import System

/// What the container driver knows of the machine: its programs, control groups and devices.
///
/// Made once when the engine starts. On a hybrid machine it holds a private mount namespace in which
/// `/sys/fs/cgroup/unified` is covered, so that the OCI runtime sees plain v1; every runtime and
/// conmon process is started in it. All other mounts stay peers of the node's.
public struct HostProfile: Sendable {
    /// The OCI runtime: `crun`, else `runc`.
    public var runtime: String
    /// The container monitor.
    public var conmon: String
    /// The control groups, as containers and runtimes see them.
    public var cgroups: Cgroups
    /// The facts that OCI configurations depend on.
    public var facts: HostFacts
    /// The memory of the machine in bytes.
    public var memoryBytes: UInt64
    /// The mount namespace for runtime processes; `nil` is the engine's own.
    var namespace: PinnedMountNamespace?

    /// Whether the runtime sends the terminal of a program that it waits for; runc does not.
    var handsOverTerminals: Bool { runtime.split(separator: "/").last != "runc" }

    /// The descriptor of the mount namespace for runtime processes.
    var mountNamespace: Int32? { namespace?.descriptor }

    /// Finds programs and control groups, and pins the mount namespace if one is needed.
    ///
    /// Call it after the engine's directories have become shared mounts: mounts made later below them
    /// must reach the pinned namespace.
    /// - Parameter runtime: The OCI runtime to use, a path or a name; `crun` or else `runc` if `nil`.
    /// - Returns: The profile.
    /// - Throws: `notFound` without runtime, conmon or control groups; `forbidden` without privilege.
    public static func detect(runtime: String? = nil) throws(Failure) -> Self {
        let program = try findRuntime(runtime)
        let conmon = try find(
            "conmon",
            remedy: "install the Debian package conmon (apt-get install conmon)"
        )
        var cgroups: Cgroups
        do throws(SystemError) {
            cgroups = try Cgroups.detect()
        } catch {
            throw Failure(
                "cannot find the control groups of this machine",
                error,
                remedy: "mount them under /sys/fs/cgroup"
            )
        }
        var namespace: PinnedMountNamespace?
        if cgroups.mode == .hybrid {
            namespace = try PinnedMountNamespace(
                hiding: Cgroups.root + "/unified",
                under: Cgroups.root
            )
            cgroups = Cgroups(mode: .v1, hierarchies: cgroups.hierarchies)
        }
        let held = capabilities()
        // Number 24 is CAP_SYS_RESOURCE.
        let mayRaise = held & (1 << 24) != 0
        return Self(
            runtime: program,
            conmon: conmon,
            cgroups: cgroups,
            facts: HostFacts(
                cgroups: cgroups,
                lastCapability: number("/proc/sys/kernel/cap_last_cap") ?? 40,
                heldCapabilities: held,
                architecture: Host.architecture,
                devices: devices(below: "/dev", depth: 0),
                thermalFiles: thermalFiles(),
                canFilterDevices: mayRaise || cgroups.mode != .v2,
                lowestOOMScore: mayRaise ? -1000 : number("/proc/self/oom_score_adj") ?? 0
            ),
            memoryBytes: Host.memoryBytes,
            namespace: namespace
        )
    }

    /// The capabilities that this process holds.
    private static func capabilities() -> UInt64 {
        let status = (try? Files.text("/proc/self/status")) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("CapEff:") }
        let digits = line?.split(separator: "\t").last ?? ""
        return UInt64(digits, radix: 16) ?? 0
    }

    private static func findRuntime(_ wanted: String?) throws(Failure) -> String {
        let remedy = "install the Debian package crun (apt-get install crun)"
        if let wanted { return try find(wanted, remedy: remedy) }
        do throws(Failure) {
            return try find("crun", remedy: remedy)
        } catch {
            if let runc = try? find("runc", remedy: "") { return runc }
            throw error
        }
    }

    private static func find(_ name: String, remedy: String) throws(Failure) -> String {
        do throws(SystemError) {
            return try Processes.find(name)
        } catch {
            throw Failure(
                .notFound,
                "cannot run containers",
                cause: "there is no program \(name)",
                remedy: remedy
            )
        }
    }

    private static func number(_ path: String) -> Int? {
        (try? Files.text(path, limit: 64)).flatMap { text in
            text.split(separator: "\n").first.flatMap { Int($0) }
        }
    }

    /// The device files for privileged containers; what a container has of its own is left out.
    private static func devices(below directory: String, depth: Int) -> [HostFacts.Device] {
        let own: Set<String> = [
            "/dev/pts", "/dev/shm", "/dev/mqueue", "/dev/fd", "/dev/console", "/dev/.lxc",
        ]
        var found: [HostFacts.Device] = []
        for name in (try? Files.list(directory)) ?? [] where found.count < 4096 {
            let path = directory + "/" + name
            guard !own.contains(path),
                let status = try? Files.stat(path, followLinks: false)
            else { continue }
            switch status.kind {
            case .directory where depth < 4: found += devices(below: path, depth: depth + 1)
            case .blockDevice, .characterDevice:
                let (major, minor) = numbers(of: status.represents)
                found.append(
                    HostFacts.Device(
                        path: path,
                        isBlock: status.kind == .blockDevice,
                        major: major,
                        minor: minor,
                        mode: status.mode & 0o777
                    )
                )
            default: break
            }
        }
        return found
    }

    /// The split of `dev_t` that glibc uses.
    static func numbers(of device: UInt64) -> (major: Int64, minor: Int64) {
        let major = (device >> 8) & 0xFFF | (device >> 32) & ~0xFFF
        let minor = device & 0xFF | (device >> 12) & ~0xFF
        return (Int64(major & 0xFFFF_FFFF), Int64(minor & 0xFFFF_FFFF))
    }

    private static func thermalFiles() -> [String] {
        let root = "/sys/devices/system/cpu"
        return ((try? Files.list(root)) ?? []).compactMap { name in
            guard name.hasPrefix("cpu"), Int(name.dropFirst(3)) != nil else { return nil }
            let path = root + "/\(name)/thermal_throttle"
            return Files.exists(path) ? path : nil
        }
    }
}
