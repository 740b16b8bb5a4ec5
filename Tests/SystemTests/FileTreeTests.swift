import Glibc
import System
import TestKit
import Testing

@Suite("File trees") struct FileTreeTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    @Test func `a tree's files count once and links are not followed`() throws {
        let empty = try FileTree.usage(of: directory.path)
        #expect(empty.entries == 1)
        let block = [UInt8](repeating: 1, count: 1 << 20)
        try Files.write(directory.file("one"), block)
        for number in 0..<600 {
            #expect(link(directory.file("one"), directory.file("name\(number)")) == 0)
        }
        try Files.makeDirectories(directory.file("a/b"))
        try Files.write(directory.file("a/b/two"), block)
        try Files.symlink(directory.file("a/link"), to: "/usr")
        let usage = try FileTree.usage(of: directory.path)
        #expect(usage.entries == 6)
        #expect(usage.bytes >= 2 << 20)
        #expect(usage.bytes < 2 << 20 + 200 << 10)
        let stopped = try FileTree.usage(of: directory.path, stop: 100)
        #expect(stopped.bytes > 100)
        #expect(throws: SystemError.self) { try FileTree.usage(of: directory.file("absent")) }
    }

    @Test(.enabled(if: getuid() == 0))
    func `a group gets the tree, links stay what they are`() throws {
        let outside = directory.file("outside")
        try Files.write(outside, "x", mode: 0o600)
        let root = directory.file("root")
        try Files.makeDirectories(root + "/dir", mode: 0o700)
        try Files.write(root + "/dir/file", "x", mode: 0o400)
        try Files.symlink(root + "/link", to: outside)
        #expect(mkfifo(root + "/pipe", 0o600) == 0)
        try FileTree.grant(root, group: 4321, fileBits: 0o660, directoryBits: 0o2110)
        #expect(try Files.stat(root).mode == 0o2770)
        #expect(try Files.stat(root + "/dir").mode == 0o2770)
        #expect(try Files.stat(root + "/dir/file").mode == 0o660)
        #expect(try Files.stat(root + "/pipe").mode == 0o660)
        for path in ["", "/dir", "/dir/file", "/link", "/pipe"] {
            let status = try Files.stat(root + path, followLinks: false)
            #expect((status.group, status.user) == (4321, 0))
        }
        #expect(try Files.stat(outside).mode == 0o600)
        #expect(try Files.stat(outside).group == 0)
    }

    @Test func `a tree that is too deep is refused with its place`() throws {
        var path = directory.path
        for _ in 0..<140 { path += "/d" }
        try Files.makeDirectories(path)
        let failure = #expect(throws: SystemError.self) {
            try FileTree.grant(directory.path, group: getgid(), fileBits: 0, directoryBits: 0)
        }
        #expect(failure?.number == ENAMETOOLONG)
        #expect(failure?.path == "\(directory.path) (at d)")
        let missing = #expect(throws: SystemError.self) {
            try FileTree.grant("/absent", group: 0, fileBits: 0, directoryBits: 0)
        }
        // What has gone needs nothing - but the top must be there.
        #expect(missing?.number == ENOENT)
    }

    @Test func `the top of a mount is told from a directory`() throws {
        #expect(FileTree.isMountRoot("/proc"))
        #expect(!FileTree.isMountRoot(directory.path))
        #expect(!FileTree.isMountRoot(directory.file("absent")))
        try Files.symlink(directory.file("link"), to: "/proc")
        #expect(!FileTree.isMountRoot(directory.file("link")))
    }
}
