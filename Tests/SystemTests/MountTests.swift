import Foundation
import System
import Testing

@Suite struct `Mount table` {
    static let text = """
        27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard
        31 27 0:28 / /mnt/with\\040space ro,nosuid master:3 - tmpfs tmpfs rw,mode=755
        40 27 0:4 net:[4026532281] /run/r/netns/a rw shared:5 master:9 - nsfs nsfs rw
        41 27 0:4 / /run/r/netns/a rw - tmpfs none rw
        not a mount line
        """

    @Test func `reads every field`() throws {
        let table = MountTable(parsing: Self.text)
        try #require(table.entries.count == 4)
        let root = table.entries[0]
        #expect(root.id == 27 && root.parent == 1 && root.type == "ext4")
        #expect(root.options == ["rw", "relatime"] && root.superOptions == ["rw", "discard"])
        #expect(root.peerGroup == 1 && root.masterGroup == nil)
        #expect(table.entries[1].target == "/mnt/with space")
        #expect(table.entries[1].masterGroup == 3)
        #expect(table.entries[2].root == "net:[4026532281]")
        #expect(table.entries[2].peerGroup == 5 && table.entries[2].masterGroup == 9)
    }

    @Test func `finds the uppermost mount and those below a directory`() {
        let table = MountTable(parsing: Self.text)
        #expect(table["/run/r/netns/a"]?.type == "tmpfs")
        #expect(table["/run/r"] == nil)
        #expect(table.targets(below: "/run/r") == ["/run/r/netns/a", "/run/r/netns/a"])
        #expect(table.targets(below: "/mnt/with") == [])
        #expect(table.targets(below: "/").count == 4)
    }

    @Test func `finds the mount that holds a path`() {
        let table = MountTable(parsing: Self.text)
        #expect(table.holding("/run/r/netns/a")?.type == "tmpfs")
        #expect(table.holding("/run/r/netns/ab")?.type == "ext4")
        #expect(table.holding("/mnt/with space/x")?.type == "tmpfs")
        #expect(table.holding("/")?.type == "ext4")
        #expect(MountTable(parsing: "").holding("/") == nil)
    }
}

@Suite struct `Mounting` {
    @Test func `mounts in memory, binds, and removes all below`() throws {
        try withScratch { root throws in
            try Files.makeDirectories(root + "/memory")
            try Files.makeDirectories(root + "/view")
            try Mounts.tmpfs(at: root + "/memory", size: 1 << 20, mode: 0o750)
            #expect(try Files.stat(root + "/memory").mode == 0o750)
            try Files.write(root + "/memory/file", "hello")
            try Mounts.bind(root + "/memory", at: root + "/view", flags: .readOnly)
            #expect(try Files.text(root + "/view/file") == "hello")
            #expect(throws: SystemError.self) { try Files.write(root + "/view/file", "x") }
            #expect(try Mounts.isMountPoint(root + "/view"))
            #expect(try Mounts.unmountAll(below: root) == 2)
            #expect(try Mounts.unmountAll(below: root) == 0)
            #expect(try Mounts.unmount(root + "/view") == false)
            #expect(try Mounts.unmount(root + "/nothing") == false)
        }
    }

    @Test func `an overlay shows its layers and keeps them unchanged`() throws {
        try withScratch { root throws in
            for name in ["low,er:1", "lower2", "upper", "work", "merged"] {
                try Files.makeDirectories(root + "/" + name)
            }
            try Files.write(root + "/low,er:1/a", "one")
            try Files.write(root + "/lower2/a", "two")
            try Files.write(root + "/lower2/b", "two")
            try Mounts.overlay(
                layers: [root + "/low,er:1", root + "/lower2"],
                upper: root + "/upper",
                work: root + "/work",
                at: root + "/merged"
            )
            #expect(try Files.text(root + "/merged/a") == "one")
            #expect(try Files.text(root + "/merged/b") == "two")
            try Files.write(root + "/merged/b", "new")
            #expect(try Mounts.unmount(root + "/merged"))
            #expect(try Files.text(root + "/lower2/b") == "two")
            #expect(try Files.text(root + "/upper/b") == "new")
        }
    }

    @Test func `a directory becomes shared once`() throws {
        try withScratch { root throws in
            try Mounts.makeShared(root)
            let first = try #require(try Mounts.table()[root])
            #expect(first.peerGroup != nil)
            try Mounts.makeShared(root)
            #expect(try Mounts.table()[root]?.id == first.id)
            #expect(try Mounts.table().targets(below: root).count == 1)
        }
    }

    @Test func `says what could not be mounted`() {
        let error = #expect(throws: SystemError.self) {
            try Mounts.tmpfs(at: "/tmp/remora-test-missing/x")
        }
        #expect(error?.path == "/tmp/remora-test-missing/x")
        #expect(error?.call == "mount")
    }
}

/// Runs a body with a fresh directory; whatever is mounted there goes with it.
func withScratch(_ body: (String) throws -> Void) throws {
    let root = "/tmp/remora-test-" + UUID().uuidString.lowercased().prefix(12)
    try Files.makeDirectories(root, mode: 0o700)
    defer {
        _ = try? Mounts.unmountAll(below: root)
        try? Files.removeTree(root)
    }
    try body(root)
}
