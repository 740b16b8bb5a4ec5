import Glibc
import NodeDrivers
import PodEngine
import PodModel
import Reactor
import System
import TestKit
import Testing

@Suite("Host paths", .enabled(if: isRoot)) struct HostPathTests {
    /// What stands at the path, the type asked for, and the kubelet's complaint.
    static let types: [(made: String, type: String, problem: String?)] = [
        ("", "DirectoryOrCreate", nil),
        ("", "FileOrCreate", nil),
        (
            "", "Directory",
            "hostPath type check failed: PATH is not a directory, it doesn't exist; make it, or choose "
                + "another type"
        ),
        (
            "", "File",
            "hostPath type check failed: PATH is not a file, it doesn't exist; make it, or choose "
                + "another type"
        ),
        (
            "", "Socket",
            "hostPath type check failed: PATH is not a socket file, it doesn't exist; make it, or choose "
                + "another type"
        ),
        (
            "", "CharDevice",
            "hostPath type check failed: PATH is not a character device, it doesn't exist; make it, or choose "
                + "another type"
        ),
        (
            "", "BlockDevice",
            "hostPath type check failed: PATH is not a block device, it doesn't exist; make it, or choose "
                + "another type"
        ),
        ("directory", "Directory", nil),
        ("directory", "DirectoryOrCreate", nil),
        ("directory", "", nil),
        (
            "directory", "File",
            "hostPath type check failed: PATH is not a file, it's a Directory"
        ),
        (
            "directory", "FileOrCreate",
            "hostPath type check failed: PATH is not a file, it's a Directory"
        ),
        ("file", "File", nil),
        ("file", "FileOrCreate", nil),
        ("file", "", nil),
        (
            "file", "DirectoryOrCreate",
            "hostPath type check failed: PATH is not a directory, it's a File"
        ),
        ("file", "Socket", "hostPath type check failed: PATH is not a socket file, it's a File"),
        ("socket", "Socket", nil),
        ("device", "CharDevice", nil),
        (
            "device", "BlockDevice",
            "hostPath type check failed: PATH is not a block device, it's a CharDevice"
        ),
        ("link", "Directory", nil),
    ]

    @Test(arguments: types)
    func `the type is checked or made`(made: String, type: String, problem: String?) async throws {
        try await withVolumes { world in
            let path = world.directory.file("thing")
            switch made {
            case "directory": try Files.makeDirectories(path, mode: 0o751)
            case "file": try Files.write(path, "x")
            case "socket": #expect(mknod(path, S_IFSOCK | 0o600, 0) == 0)
            case "device": #expect(mknod(path, S_IFCHR | 0o600, 0x103) == 0)
            case "link":
                try Files.makeDirectories(path + "-real")
                try Files.symlink(path, to: path + "-real")
            default: break
            }
            let pod = try pod(
                volumes: "[{name: v, hostPath: {path: \"\(path)\", type: \"\(type)\"}}]",
                mounts: "[{name: v, mountPath: /h}]"
            )
            let failure = await world.mountFailure(pod)
            let wanted = problem.map {
                "MountVolume.SetUp failed for volume \"v\" : "
                    + $0.replacing("PATH", with: path)
            }
            #expect(failure == wanted)
            guard problem == nil else { return }
            let mount = try #require(try await world.start(pod)["/h"])
            #expect(try mount.source == Files.resolve(path))
            let mode = try Files.stat(path).mode
            switch (made, type) {
            case ("", "DirectoryOrCreate"): #expect(mode == 0o755)
            case ("", _): #expect(mode == 0o644)
            case ("directory", _): #expect(mode == 0o751)
            default: break
            }
            try await world.store.unmount(podUID: "u1")
            #expect(Files.exists(path))
        }
    }

    @Test func `without a type a missing path becomes a directory, as runtimes do`() async throws {
        try await withVolumes { world in
            let path = world.directory.file("a/b")
            let pod = try pod(
                volumes: "[{name: v, hostPath: {path: \"\(path)\"}}]",
                mounts: "[{name: v, mountPath: /h}]",
                spec: "securityContext: {fsGroup: 99}"
            )
            let mount = try #require(try await world.start(pod)["/h"])
            #expect(mount.source == path)
            // The engine does not manage what belongs to the node.
            #expect(try Files.stat(path).group == 0)
        }
    }

    @Test func `a path that climbs is refused`() async throws {
        try await withVolumes { world in
            let pod = try pod(
                volumes: "[{name: v, hostPath: {path: /tmp/../etc}}]",
                mounts: "[{name: v, mountPath: /h}]"
            )
            #expect(
                await world.mountFailure(pod)
                    == "MountVolume.SetUp failed for volume \"v\" : invalid HostPath `/tmp/../etc`: "
                    + "must not contain '..'"
            )
        }
    }
}
