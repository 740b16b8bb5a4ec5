import Basics
import PodEngine
import Reactor
import System
import TestKit
import Testing

@testable import NodeDrivers

/// Containers on cgroup v2.
///
/// A hybrid machine shows how, in a mount namespace where its unified hierarchy lies over the others;
/// it has hardly any controller there.
@Suite(
    "Unified control groups",
    .enabled(if: isHybrid, "needs a hybrid machine")
)
@MainLoop struct UnifiedCgroupTests {
    private static let mountPoint = Cgroups.root + "/unified"

    /// A profile of a v2 machine, and the process that keeps its mount namespace.
    private func unified() async throws -> (HostProfile, TestProgram) {
        let keeper = try TestProgram(
            "unshare",
            [
                "--mount", "sh", "-c",
                "mount --bind \(Self.mountPoint) \(Cgroups.root) && echo made && exec sleep 300",
            ]
        )
        try await eventually(within: .seconds(10), "the namespace") { keeper.output == "made\n" }
        let namespace = try Descriptors.open("/proc/\(keeper.pid)/ns/mnt")
        let list = try Files.text(Self.mountPoint + "/cgroup.controllers")
        let cgroups = Cgroups(
            mode: .v2,
            hierarchies: [
                .init(
                    mountPoint: Self.mountPoint,
                    controllers: list.split { $0 == " " || $0 == "\n" }.map(String.init)
                )
            ]
        )
        var host = try HostProfile.detect()
        host.cgroups = cgroups
        host.facts.cgroups = cgroups
        // The OCI runtime would have to lock memory for its filter.
        host.facts.canFilterDevices = host.facts.lowestOOMScore == -1000
        host.namespace = PinnedMountNamespace(adopting: namespace.release())
        return (host, keeper)
    }

    @Test func `a container runs, is killed whole and leaves nothing`() async throws {
        let (host, keeper) = try await unified()
        try await TestNode.with(host: host) { node in
            let id = try await node.start(
                "sleep 60 & cat /proc/self/cgroup; ls -d /sys/fs/cgroup/cgroup.procs; echo up; wait"
            )
            try await node.wait(for: "up", in: id)
            let log = try await node.log(id)
            #expect(log.contains("/sys/fs/cgroup/cgroup.procs\n"))
            let cgroup = try #require(node.runtime.record(of: id)?.cgroup)
            #expect(host.cgroups.processes(in: cgroup).count >= 2)
            #expect(node.runtime.usage(id) != nil)
            let result = try await node.runtime.run(id, ["/bin/true"], timeout: .seconds(10))
            #expect(result.code == 0)
            node.runtime.killAll(id)
            #expect(await node.runtime.exit(of: id).code == 137)
            await node.runtime.remove(id, withLogs: true)
            #expect(!host.cgroups.exists(cgroup))
        }
        keeper.signal(9)
    }

    @Test func `limits that cannot be kept are told and do not stop the pod`() async throws {
        let (host, keeper) = try await unified()
        try #require(!host.cgroups.has("memory"))
        try await TestNode.with(host: host) { node in
            let pod = try TestNode.pod(
                """
                {"resources": {
                    "limits": {"memory": "64Mi", "cpu": "1"},
                    "requests": {"memory": "64Mi", "cpu": "1"}
                }}
                """
            )
            let warnings = try node.cgroups.create(pod)
            #expect(warnings.count == 2)
            var request = try await node.request(pod)
            request.command = ["/bin/true"]
            #expect(node.runtime.warnings(for: request).count == 2)
            _ = try await node.runtime.create(request)
            try await node.runtime.start(request.id)
            #expect(await node.runtime.exit(of: request.id).code == 0)
        }
        keeper.signal(9)
    }
}

private let isHybrid = (try? Cgroups.detect())?.mode == .hybrid
