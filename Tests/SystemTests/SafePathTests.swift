import Glibc
import System
import TestKit
import Testing

@Suite("Safe paths") struct SafePathTests {
    let directory: TemporaryDirectory
    let root: String

    init() throws {
        directory = try TemporaryDirectory()
        root = directory.file("root")
        try Files.makeDirectories(root + "/real/deep")
        try Files.write(root + "/real/file", "inside")
        try Files.write(directory.file("outside"), "outside")
        try Files.symlink(root + "/good", to: "real")
        try Files.symlink(root + "/good-up", to: "real/deep/../file")
        try Files.symlink(root + "/absolute", to: directory.file("outside"))
        try Files.symlink(root + "/climb", to: "../outside")
        try Files.symlink(root + "/loop", to: "loop")
        try Files.symlink(root + "/nowhere", to: "absent")
        try Files.symlink(root + "/magic", to: "/proc/self/root/etc")
    }

    static let inside = ["real/file", "good/file", "good-up", "./real//file", "good/deep/../file"]

    @Test(arguments: inside) func `a way inside the directory is taken`(path: String) throws {
        #expect(try SafePath.read(path, below: root, limit: 100) == Array("inside".utf8))
        let found = try SafePath.locate(path, below: root)
        #expect(try Files.text(SafePath.name(of: found)) == "inside")
    }

    static let outside: [(path: String, number: Int32)] = [
        ("../outside", EXDEV), ("real/../../outside", EXDEV), ("absolute", EXDEV),
        ("climb", EXDEV), ("good/../climb", EXDEV), ("magic", EXDEV), ("/etc/passwd", EXDEV),
        ("loop", ELOOP), ("nowhere", ENOENT), ("absent", ENOENT), ("real/file/x", ENOTDIR),
    ]

    @Test(arguments: outside) func `any other way is refused`(path: String, number: Int32) {
        let reading = #expect(throws: SystemError.self) {
            try SafePath.read(path, below: root, limit: 100)
        }
        #expect(reading?.number == number)
        let finding = #expect(throws: SystemError.self) {
            _ = try SafePath.locate(path, below: root)
        }
        #expect(finding?.number == number)
    }

    @Test func `missing directories are made with exactly the mode`() throws {
        let made = try SafePath.makeDirectories("good/a//./b", below: root, mode: 0o2771)
        #expect(try Files.stat(descriptor: made.number).mode == 0o2771)
        #expect(try Files.stat(root + "/real/a").mode == 0o2771)
        #expect(try Files.stat(root + "/real").mode == 0o755)
        let again = try SafePath.makeDirectories("real/a/b", below: root, mode: 0o700)
        #expect(try Files.stat(descriptor: again.number).mode == 0o2771)
        let top = try SafePath.makeDirectories(".", below: root, mode: 0o700)
        #expect(try Files.stat(descriptor: top.number).inode == Files.stat(root).inode)
    }

    static let unmakeable: [(path: String, number: Int32)] = [
        ("climb/x", EXDEV), ("absolute/x", EXDEV), ("../x", EXDEV), ("real/../../x", EXDEV),
        ("nowhere/x", ENOENT), ("real/file/x", ENOTDIR), ("loop/x", ELOOP), ("magic/x", EXDEV),
        (String(repeating: "a", count: 256), ENAMETOOLONG),
        (String(repeating: "a/", count: 2100), ENAMETOOLONG),
    ]

    @Test(arguments: unmakeable)
    func `nothing is made where a way leads out or nowhere`(path: String, number: Int32) throws {
        let failure = #expect(throws: SystemError.self) {
            _ = try SafePath.makeDirectories(path, below: root, mode: 0o755)
        }
        #expect(failure?.number == number)
        #expect(try Files.list(directory.path) == ["outside", "root"])
        #expect(!Files.exists(root + "/absent"))
    }

    @Test func `reading stops at its limit and takes only files`() throws {
        #expect(try SafePath.read("real/file", below: root, limit: 6).count == 6)
        let large = #expect(throws: SystemError.self) {
            try SafePath.read("real/file", below: root, limit: 5)
        }
        #expect(large?.number == EFBIG)
        #expect(mkfifo(root + "/pipe", 0o600) == 0)
        for path in ["pipe", "real"] {
            let failure = #expect(throws: SystemError.self) {
                try SafePath.read(path, below: root, limit: 5)
            }
            #expect(failure?.number == EINVAL)
        }
    }

    @Test func `no descriptor is left open`() throws {
        let before = try Descriptors.openCount()
        for _ in 0..<50 {
            _ = try SafePath.locate("good", below: root)
            _ = try SafePath.makeDirectories("real/x/y", below: root, mode: 0o755)
            _ = try? SafePath.makeDirectories("climb/x", below: root, mode: 0o755)
            _ = try? SafePath.locate("climb", below: root)
            _ = try SafePath.read("real/file", below: root, limit: 10)
            try? FileTree.grant(root, group: getgid(), fileBits: 0, directoryBits: 0)
            _ = try FileTree.usage(of: root)
        }
        // Tests run side by side, so others may open and close a few meanwhile.
        #expect(try Descriptors.openCount() < before + 40)
    }
}
