import Testing

@testable import System

/// The arrangement of control groups, from mount tables.
@Suite("Control groups") struct CgroupsTests {
    private static let v1 = """
        31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
        32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
        35 31 0:32 / /sys/fs/cgroup/memory rw shared:9 - cgroup cgroup rw,memory
        40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd
        """
    private static let unified = """

        41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
        """
    private static let v2 = """
        31 23 0:28 / /sys/fs/cgroup rw,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate
        """

    @Test func `one hierarchy per controller is v1`() throws {
        let cgroups = try #require(Cgroups(mountInfo: Self.v1))
        #expect(cgroups.mode == .v1)
        #expect(
            cgroups.hierarchies.map(\.controllers) == [
                ["cpu", "cpuacct"], ["memory"], ["name=systemd"],
            ]
        )
        #expect(
            cgroups.directory("/a/b", of: "cpuacct") == "/sys/fs/cgroup/cpu,cpuacct/a/b"
        )
        #expect(cgroups.has("memory") && !cgroups.has("pids"))
        #expect(cgroups.directory("/a", of: "pids") == nil)
    }

    @Test func `a unified hierarchy beside them is hybrid`() throws {
        let cgroups = try #require(Cgroups(mountInfo: Self.v1 + Self.unified))
        #expect(cgroups.mode == .hybrid && cgroups.hierarchies.count == 3)
    }

    @Test func `a unified hierarchy alone is v2, over others too`() throws {
        #expect(Cgroups(mountInfo: Self.v2)?.mode == .v2)
        #expect(Cgroups(mountInfo: Self.v1 + "\n" + Self.v2)?.mode == .v2)
    }

    @Test func `other mounts are no control groups`() {
        #expect(Cgroups(mountInfo: "") == nil)
        #expect(Cgroups(mountInfo: "22 1 8:1 / / rw - ext4 /dev/sda rw\nnonsense") == nil)
        #expect(
            Cgroups(mountInfo: "22 1 8:1 / /mnt/cgroup rw - cgroup cgroup rw,cpu") == nil
        )
    }

    @Test func `a group is made with its numbers and removed with its children`() throws {
        let cgroups = try Cgroups.detect()
        let path = "/remora-test-" + Random.hexadecimal(12)
        defer { try? cgroups.remove(path) }
        let inner = path + "/inner"
        #expect(try cgroups.create(path, limits: CgroupLimits(memoryBytes: 1 << 24)).count <= 1)
        _ = try cgroups.create(inner, limits: CgroupLimits(cpuShares: 512, cpuWeight: 59))
        #expect(cgroups.exists(inner) && cgroups.children(of: path) == ["inner"])
        #expect(cgroups.processes(in: path).isEmpty && cgroups.kill(path) == 0)
        #expect(cgroups.outOfMemoryKills(path) == 0 && cgroups.usage(path) != nil)
        try cgroups.remove(path)
        #expect(!cgroups.exists(path) && cgroups.usage(path) == nil)
        try cgroups.remove(path)
    }

    @Test func `quickening leaves this process where it is`() throws {
        let cgroups = try Cgroups.detect()
        let place = try Files.text("/proc/self/cgroup")
        #expect(Files.exists(try #require(cgroups.ownProcesses)))
        cgroups.quicken()
        #expect(try Files.text("/proc/self/cgroup") == place)
    }
}
