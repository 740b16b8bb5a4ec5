import Basics
import Formats
import NodeDrivers
import PodEngine
import PodModel
import Reactor
import System
import TestKit
import Testing

@Suite("Directories as volumes", .enabled(if: isRoot)) struct DirectoryVolumeTests {
    static let matrix: [(medium: String, group: Bool, mode: String, type: String?)] = [
        ("", false, "777", nil),
        ("", true, "2777", nil),
        ("Memory", false, "1777", "tmpfs"),
        ("Memory", true, "3777", "tmpfs"),
    ]

    @Test(arguments: matrix)
    func `an empty directory is open to everybody`(
        medium: String,
        group: Bool,
        mode: String,
        type: String?
    ) async throws {
        try await withVolumes { world in
            let pod = try pod(
                volumes: "[{name: v, emptyDir: {medium: \"\(medium)\"}}]",
                mounts: "[{name: v, mountPath: /v}, {name: v, mountPath: /w}]",
                spec: group ? "securityContext: {fsGroup: 123}" : ""
            )
            let mounts = try await world.start(pod)
            let mount = try #require(mounts["/v"])
            #expect(mount.source == mounts["/w"]?.source)
            #expect(!mount.isReadOnly)
            #expect(try mount.mode("") == mode)
            #expect(try mount.group("") == (group ? 123 : 0))
            let found = try world.fileSystem(of: mount.source)
            #expect(type == nil ? found != "tmpfs" : found == type)
            // Files made by a container take the group.
            try Files.write(mount.source + "/file", "x", mode: 0o666)
            #expect(try mount.group("file") == (group ? 123 : 0))
            // A second mount, and a new engine, leave what containers did alone.
            try Files.chmod(mount.source, 0o700)
            world.restart()
            try await world.start(pod)
            #expect(try mount.mode("") == "700")
            #expect(try mount.text("file") == "x")
            try await world.store.unmount(podUID: "u1")
            #expect(!Files.exists(world.layout.pod("u1")))
            #expect(!Files.exists(world.layout.memoryVolumes(ofPod: "u1")))
            try await world.store.unmount(podUID: "u1")
            #expect(try world.mountCount == (type == nil ? 0 : 1))
            try world.store.close()
            #expect(try world.mountCount == 0)
        }
    }

    static let sizes: [(limit: String, containers: String, expected: Int)] = [
        ("", "", 1 << 30),  // the node's memory
        ("sizeLimit: 10Mi", "", 10 << 20),
        ("sizeLimit: 2Gi", "", 1 << 30),
        ("", "resources: {limits: {memory: 64Mi}}", 64 << 20),
        ("sizeLimit: 128Mi", "resources: {limits: {memory: 64Mi}}", 64 << 20),
        ("sizeLimit: 16Mi", "resources: {limits: {memory: 64Mi}}", 16 << 20),
    ]

    @Test(arguments: sizes)
    func `a memory volume has the least of all limits`(
        limit: String,
        containers: String,
        expected: Int
    ) async throws {
        try await withVolumes { world in
            let container = containers.isEmpty ? "" : ", " + containers
            let separator = limit.isEmpty ? "" : ", "
            let pod = try pod(
                "spec:\n  containers: [{name: app, image: x, "
                    + "volumeMounts: [{name: v, mountPath: /v}]\(container)}]\n"
                    + "  volumes: [{name: v, emptyDir: {medium: Memory\(separator)\(limit)}}]"
            )
            let mount = try #require(try await world.start(pod)["/v"])
            let entry = try #require(try Mounts.table()[mount.source])
            #expect(entry.superOptions.contains("size=\(expected / 1024)k"))
        }
    }

    @Test func `an ephemeral volume is a directory that goes with the pod`() async throws {
        try await withVolumes { world in
            let pod = try pod(
                volumes: "[{name: v, ephemeral: {volumeClaimTemplate: {spec: {}}}}]",
                mounts: "[{name: v, mountPath: /v}]"
            )
            let mount = try #require(try await world.start(pod)["/v"])
            #expect(try mount.mode("") == "777")
            try await world.store.unmount(podUID: "u1")
            #expect(!Files.exists(mount.source))
        }
    }

    @Test func `a directory that outgrows its limit is reported in the kubelet's words`()
        async throws
    {
        try await withVolumes { world in
            let pod = try pod(
                volumes: """
                    [{name: a, emptyDir: {}}, {name: v, emptyDir: {sizeLimit: 1Mi}},
                     {name: m, emptyDir: {medium: Memory, sizeLimit: 1Mi}}]
                    """,
                mounts: """
                    [{name: a, mountPath: /a}, {name: v, mountPath: /v}, {name: m, mountPath: /m}]
                    """
            )
            let mounts = try await world.start(pod)
            let source = try #require(mounts["/v"]?.source)
            let block = [UInt8](repeating: 7, count: 600 << 10)
            try Files.write(try #require(mounts["/a"]?.source) + "/big", block + block)
            try Files.write(source + "/one", block)
            #expect(await world.store.overuse(of: pod) == nil)
            // A second name is not a second file.
            try await linkFile(source + "/one", source + "/again")
            #expect(await world.store.overuse(of: pod) == nil)
            #expect(await world.store.diskUsage(of: pod) > 1800 << 10)
            #expect(await world.store.diskUsage(of: pod) < 1900 << 10)
            try Files.makeDirectories(source + "/sub")
            try Files.write(source + "/sub/two", block)
            #expect(
                await world.store.overuse(of: pod)
                    == "Usage of EmptyDir volume \"v\" exceeds the limit \"1Mi\". "
            )
        }
    }

    @Test func `a claim's directory outlives pods and follows the group's policy`() async throws {
        try await withVolumes { world in
            world.addClaim("data")
            func claimant(_ spec: String) throws -> Pod {
                try pod(
                    volumes: "[{name: v, persistentVolumeClaim: {claimName: data}}]",
                    mounts: "[{name: v, mountPath: /v}]",
                    spec: spec
                )
            }
            let plain = try #require(try await world.start(claimant(""))["/v"])
            #expect(plain.source == world.layout.claims + "/shop/data")
            #expect(try plain.mode("") == "777")
            try Files.makeDirectories(plain.source + "/dir", mode: 0o700)
            try Files.write(plain.source + "/dir/file", "x", mode: 0o600)
            try Files.symlink(plain.source + "/link", to: "/etc/passwd")
            let before = try Files.stat("/etc/passwd")
            try await world.start(claimant("securityContext: {fsGroup: 77}"))
            #expect(try plain.mode("") == "2777")
            #expect(try plain.mode("dir") == "2770")
            #expect(try plain.mode("dir/file") == "660")
            #expect(try plain.group("dir/file") == 77)
            #expect(try Files.stat(plain.source + "/link", followLinks: false).group == 77)
            #expect(try Files.stat("/etc/passwd") == before)
            // The root fits: nothing below it is looked at.
            try Files.chmod(plain.source + "/dir/file", 0o600)
            let lazy = "securityContext: {fsGroup: 77, fsGroupChangePolicy: OnRootMismatch}"
            try await world.start(claimant(lazy))
            #expect(try plain.mode("dir/file") == "600")
            let other = "securityContext: {fsGroup: 78, fsGroupChangePolicy: OnRootMismatch}"
            try await world.start(claimant(other))
            #expect(try plain.mode("dir/file") == "660")
            #expect(try plain.group("dir/file") == 78)
            try await world.store.unmount(podUID: "u1")
            #expect(try plain.text("dir/file") == "x")
            try await world.store.removeClaim(namespace: "shop", name: "data")
            #expect(!Files.exists(plain.source))
        }
    }

    @Test func `a noted deletion outlives the store and ends with the data or with a new claim`()
        async throws
    {
        try await withVolumes { world in
            let claims = world.layout.claims
            for name in ["gone", "anew", "kept"] {
                try Files.makeDirectories(claims + "/shop/\(name)", mode: 0o777)
                try Files.write(claims + "/shop/\(name)/f", name, mode: 0o600)
            }
            try world.store.noteDeletion(namespace: "shop", name: "gone")
            try world.store.noteDeletion(namespace: "shop", name: "anew")
            #expect(world.store.notedDeletions().map(\.name) == ["anew", "gone"])
            #expect(world.store.notedDeletions().allSatisfy { $0.namespace == "shop" })
            world.store.forgetDeletion(namespace: "shop", name: "anew")
            try await world.store.removeClaim(namespace: "shop", name: "gone")
            #expect(world.store.notedDeletions().isEmpty)
            #expect(try Files.list(claims + "/shop") == ["anew", "kept"])
            // What a killed engine had moved away.
            try Files.rename(claims + "/shop/anew", to: claims + "/shop/.remains-1")
            #expect(world.store.remains() == [claims + "/shop/.remains-1"])
            try await world.store.removeRemains(world.store.remains())
            #expect(try Files.list(claims + "/shop") == ["kept"])
            try await world.store.removeClaim(namespace: "shop", name: "never")
            try await world.store.removeClaim(namespace: "nowhere", name: "never")
        }
    }

    @Test func `a read-only claim is read-only for every container`() async throws {
        try await withVolumes { world in
            world.addClaim("data")
            let pod = try pod(
                volumes: "[{name: v, persistentVolumeClaim: {claimName: data, readOnly: true}}]",
                mounts: "[{name: v, mountPath: /v}]"
            )
            #expect(try await world.start(pod)["/v"]?.isReadOnly == true)
        }
    }

    @Test func `a claim for block devices is refused`() async throws {
        try await withVolumes { world in
            var claim = PersistentVolumeClaim()
            claim.metadata.name = "raw"
            claim.metadata.namespace = "shop"
            claim.spec.volumeMode = "Block"
            world.objects.add(claim)
            let pod = try pod(
                volumes: "[{name: v, persistentVolumeClaim: {claimName: raw}}]",
                mounts: "[{name: v, mountPath: /v}]"
            )
            #expect(await world.mountFailure(pod)?.contains("volumeMode Block") == true)
            var device = pod
            device.spec.containers[0].volumeMounts = []
            device.spec.containers[0].volumeDevices = [
                VolumeDevice(name: "v", devicePath: "/dev/x")
            ]
            #expect(await world.mountFailure(device)?.contains("volumeMode Block") == true)
        }
    }

    @Test func `only one pod may use a claim of the mode ReadWriteOncePod`() throws {
        func user(_ name: String, _ claim: String, uid: String) throws -> Pod {
            var made = try pod(
                volumes: "[{name: v, persistentVolumeClaim: {claimName: \(claim)}}]",
                mounts: "[]",
                uid: uid
            )
            made.metadata.name = name
            return made
        }
        let claims = ["one": ["ReadWriteOncePod"], "many": ["ReadWriteOnce"]]
        func conflict(_ pod: Pod, _ others: [Pod]) -> String? {
            ClaimRules.conflict(of: pod, with: others) { name in
                claims[name].map { modes in
                    var claim = PersistentVolumeClaim()
                    claim.spec.accessModes = modes
                    return claim
                }
            }
        }
        let first = try user("first", "one", uid: "p1")
        let second = try user("second", "one", uid: "p2")
        #expect(
            conflict(second, [first])
                == "node has pod using PersistentVolumeClaim with the same name and "
                + "ReadWriteOncePod access mode: claim \"one\" is used by pod \"first\"; "
                + "delete that pod first"
        )
        #expect(conflict(first, [first]) == nil)
        #expect(try conflict(user("a", "many", uid: "p3"), [user("b", "many", uid: "p4")]) == nil)
        var elsewhere = first
        elsewhere.metadata.namespace = "other"
        #expect(conflict(second, [elsewhere]) == nil)
    }

    @Test func `an image's content is mounted once and taken away`() async throws {
        try await withVolumes { world in
            let content = world.directory.file("content")
            try Files.makeDirectories(content)
            try Files.write(content + "/model", "weights")
            var calls = 0
            world.restart { source, _, target throws(StepFailure) in
                calls += 1
                guard source.reference == "models/small:1" else {
                    throw StepFailure(reason: "ErrImagePull", message: "no such image")
                }
                do throws(SystemError) {
                    try Mounts.bind(content, at: target, flags: .readOnly)
                } catch {
                    throw StepFailure(reason: "ErrImagePull", message: "\(error)")
                }
            }
            let good = try pod(
                volumes: "[{name: v, image: {reference: \"models/small:1\"}}]",
                mounts: "[{name: v, mountPath: /m}, {name: v, mountPath: /f, subPath: model}]"
            )
            let mounts = try await world.start(good)
            #expect(mounts["/m"]?.isReadOnly == true)
            #expect(try mounts["/m"]?.text("model") == "weights")
            #expect(try Files.text(try #require(mounts["/f"]?.source)) == "weights")
            try await world.start(good)
            #expect(calls == 1)
            try await world.store.unmount(podUID: "u1")
            #expect(try world.mountCount == 0)
            #expect(try Files.text(content + "/model") == "weights")
            let bad = try pod(
                volumes: "[{name: v, image: {reference: nope}}]",
                mounts: "[{name: v, mountPath: /m}]"
            )
            await #expect(throws: StepFailure(reason: "ErrImagePull", message: "no such image")) {
                try await world.store.mount(bad, lookup: world.objects)
            }
        }
    }
}

@Suite("Huge pages as volumes", .enabled(if: isRoot)) struct HugePageVolumeTests {
    static let media = ["HugePages-2Mi", "HugePages"]

    @Test(arguments: media)
    func `a volume of huge pages is a file system of that page size`(medium: String) async throws {
        guard try Files.text("/proc/filesystems").contains("hugetlbfs") else { return }
        try await withVolumes { world in
            let pod = try pod(
                "spec:\n  containers: [{name: app, image: x, "
                    + "resources: {requests: {hugepages-2Mi: 2Mi}}, "
                    + "volumeMounts: [{name: v, mountPath: /v}]}]\n"
                    + "  volumes: [{name: v, emptyDir: {medium: \(medium)}}]"
            )
            let mount = try #require(try await world.start(pod)["/v"])
            let entry = try #require(try Mounts.table()[mount.source])
            #expect(entry.type == "hugetlbfs")
            #expect(entry.superOptions.contains("pagesize=2M"))
            #expect(try mount.mode("") == "1777")
            try await world.store.unmount(podUID: "u1")
            #expect(try world.mountCount == 1)
        }
    }
}
