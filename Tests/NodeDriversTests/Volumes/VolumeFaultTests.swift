import Basics
import Glibc
import NodeDrivers
import PodEngine
import PodModel
import Reactor
import System
import TestKit
import Testing

@Suite("Volumes under faults", .enabled(if: isRoot)) struct VolumeFaultTests {
    func everything(group: Bool = false) throws -> Pod {
        try pod(
            volumes: """
                [{name: e, emptyDir: {}}, {name: m, emptyDir: {medium: Memory, sizeLimit: 1Mi}},
                 {name: c, configMap: {name: map}}, {name: s, secret: {secretName: key}},
                 {name: p, persistentVolumeClaim: {claimName: data}}]
                """,
            mounts: """
                [{name: e, mountPath: /e, subPath: part}, {name: m, mountPath: /m},
                 {name: c, mountPath: /c}, {name: c, mountPath: /f, subPath: a},
                 {name: s, mountPath: /s}, {name: p, mountPath: /p}]
                """,
            spec: group ? "securityContext: {fsGroup: 5}" : ""
        )
    }

    @MainLoop func prepare(_ world: VolumeWorld) {
        world.add("map", ["a": "A"])
        world.addSecret("key", ["k": "K"])
        world.addClaim("data")
    }

    @Test func `a full disk is said to be full and nothing half-made is shown`() async throws {
        try await withVolumes { world in
            let root = world.layout.root
            try Files.makeDirectories(root)
            try Mounts.tmpfs(at: root, size: 128 << 10, mode: 0o755)
            world.add("map", ["small": "1"])
            let pod = try pod(
                volumes: "[{name: c, configMap: {name: map}}]",
                mounts: "[{name: c, mountPath: /c}]"
            )
            let mount = try #require(try await world.start(pod)["/c"])
            let before = try Files.list(mount.source)
            world.add("map", ["small": "2", "big": String(repeating: "x", count: 200 << 10)])
            let message = try #require(await world.mountFailure(pod))
            #expect(message.hasPrefix("MountVolume.SetUp failed for volume \"c\" : write "))
            #expect(
                message.hasSuffix(": No space left on device; free space on the file system")
            )
            #expect(try Files.list(mount.source) == before)
            #expect(try mount.text("small") == "1")
            world.add("map", ["small": "3"])
            #expect(await world.mountFailure(pod) == nil)
            #expect(try mount.text("small") == "3")
        }
    }

    @Test func `a read-only state directory is named with a remedy`() async throws {
        try await withVolumes { world in
            let root = world.layout.root
            try Files.makeDirectories(root)
            try Mounts.tmpfs(at: root, flags: .readOnly)
            prepare(world)
            let message = try #require(await world.mountFailure(everything()))
            let advice = "Read-only file system; use a directory on a writable file system"
            for volume in ["e", "c", "p"] {
                #expect(
                    message.contains("MountVolume.SetUp failed for volume \"\(volume)\" : mkdir ")
                )
            }
            #expect(message.components(of: advice) == 3)
            #expect(!message.contains("volume \"s\""))
        }
    }

    @Test func `a new engine finds everything as it was`() async throws {
        try await withVolumes { world in
            prepare(world)
            let pod = try everything(group: true)
            let first = try await world.start(pod)
            try Files.write(try #require(first["/m"]?.source) + "/x", "in memory")
            let links = try Files.readLink(try #require(first["/s"]?.source) + "/..data")
            let count = try world.mountCount
            world.restart()
            #expect(!world.store.hasLostMemory(pod))
            let second = try await world.start(pod)
            #expect(second == first)
            #expect(try second["/m"]?.text("x") == "in memory")
            #expect(try Files.readLink(try #require(second["/s"]?.source) + "/..data") == links)
            #expect(try world.mountCount == count)
            world.restart()
            try await world.store.unmount(podUID: "u1")
            #expect(!Files.exists(world.layout.pod("u1")))
            #expect(try Files.list(world.layout.memoryVolumes).isEmpty)
            #expect(Files.isDirectory(world.layout.claims + "/shop/data"))
            try world.store.close()
            #expect(try world.mountCount == 0)
        }
    }

    @Test func `after a reboot the memory volumes are made again`() async throws {
        try await withVolumes { world in
            prepare(world)
            let pod = try everything()
            let first = try await world.start(pod)
            try Files.write(try #require(first["/e"]?.source) + "/x", "on disk")
            try Mounts.unmountAll(below: world.layout.runRoot)
            try Mounts.unmountAll(below: world.layout.root)
            try Files.removeTree(world.layout.runRoot)
            world.restart()
            #expect(world.store.hasLostMemory(pod))
            let second = try await world.start(pod)
            #expect(try second["/s"]?.text("k") == "K")
            #expect(second["/m"]?.names == [])
            #expect(try second["/e"]?.text("x") == "on disk")
        }
    }

    @Test func `a directory that lost its tmpfs takes no secret`() async throws {
        try await withVolumes { world in
            prepare(world)
            let place = world.layout.memoryVolumes(ofPod: "u1") + "/s"
            try Files.makeDirectories(place)
            let mounts = try await world.start(everything())
            #expect(try world.fileSystem(of: try #require(mounts["/s"]?.source)) == "tmpfs")
            try Mounts.unmountAll(below: world.layout.runRoot)
            #expect(try Files.list(place).isEmpty)
        }
    }

    /// What an engine leaves that dies between two steps of a write, a directory or a mount.
    @Test func `half-made leftovers of a killed engine are finished or removed`() async throws {
        try await withVolumes { world in
            prepare(world)
            let pod = try everything()
            let volumes = world.layout.volumes(ofPod: "u1")
            let memory = world.layout.memoryVolumes(ofPod: "u1")
            // An emptyDir before its last step; a memory directory before its mount; a volume of
            // objects with a directory only, with a stale version, and with a link not yet renamed.
            try Files.makeDirectories(volumes + "/e..new", mode: 0o700)
            try Files.makeDirectories(memory + "/m")
            let stale = "..2026_01_02_03_04_05.1234567"
            try Files.makeDirectories(volumes + "/c/" + stale)
            try Files.write(volumes + "/c/" + stale + "/a", "half")
            try Files.symlink(volumes + "/c/..data_tmp", to: stale)
            try Files.symlink(volumes + "/c/gone", to: "..data/gone")
            try Files.symlink(volumes + "/c/..data", to: "..2026_01_02_03_04_05.7654321")
            let mounts = try await world.start(pod)
            let map = try #require(mounts["/c"])
            #expect(try map.text("a") == "A")
            let version = try Files.readLink(map.source + "/..data")
            #expect(map.names == ["..data", version, "a"].sorted())
            #expect(try Files.list(volumes).sorted() == ["c", "e"])
            #expect(try Mounts.isMountPoint(memory + "/m"))
        }
    }

    @Test func `a removal cut short is completed by the next`() async throws {
        try await withVolumes { world in
            prepare(world)
            let pod = try everything()
            try await world.start(pod)
            // As if killed after some unmounts and some removals.
            try Mounts.unmountAll(below: world.layout.pod("u1") + "/volume-subpaths/e")
            try Files.removeTree(world.layout.volumes(ofPod: "u1") + "/e")
            world.restart()
            try await world.store.unmount(podUID: "u1")
            try await world.store.unmount(podUID: "u1")
            #expect(!Files.exists(world.layout.pod("u1")))
            #expect(try world.mountCount == 1)
            try await world.store.unmount(podUID: "never-seen")
        }
    }

    @Test func `a mount that a user keeps busy goes all the same`() async throws {
        try await withVolumes { world in
            prepare(world)
            let mounts = try await world.start(everything())
            let memory = try #require(mounts["/m"]?.source)
            let file = try Descriptors.open(memory + "/held", flags: O_CREAT | O_RDWR)
            try await world.store.unmount(podUID: "u1")
            #expect(file.number >= 0)
            #expect(!Files.exists(world.layout.pod("u1")))
        }
    }

    @Test func `pods do not touch each other's volumes`() async throws {
        try await withVolumes { world in
            prepare(world)
            var other = try everything()
            other.metadata.uid = "u10"
            try await world.start(everything())
            let mounts = try await world.start(other)
            try Files.write(try #require(mounts["/m"]?.source) + "/x", "mine")
            try await world.store.unmount(podUID: "u1")
            #expect(try mounts["/m"]?.text("x") == "mine")
            #expect(try mounts["/s"]?.text("k") == "K")
            #expect(try mounts["/f"].map { try Files.text($0.source) } == "A")
        }
    }

    @Test func `a volume tree with foreign mounts is emptied, not what is mounted in it`()
        async throws
    {
        try await withVolumes { world in
            prepare(world)
            let mounts = try await world.start(everything())
            let place = try #require(mounts["/e"]?.source)
            let outside = world.directory.file("outside")
            try Files.makeDirectories(outside)
            try Files.write(outside + "/keep", "x")
            try Files.makeDirectories(place + "/deep")
            try Mounts.bind(outside, at: world.layout.volumes(ofPod: "u1") + "/e/part/deep")
            try await world.store.unmount(podUID: "u1")
            #expect(try Files.text(outside + "/keep") == "x")
            #expect(!Files.exists(world.layout.pod("u1")))
        }
    }
}

extension String {
    fileprivate func components(of part: String) -> Int {
        ranges(of: part).count
    }
}
