import Basics
import Foundation
import Testing

@testable import System

@Suite("Files") struct FilesTests {
    /// Runs a test with a directory of its own.
    static func inDirectory(_ body: (String) throws -> Void) throws {
        let path = try Files.makeTemporaryDirectory("/tmp/remora-test-")
        defer { try? Files.removeTree(path) }
        try body(path)
    }

    @Test(arguments: [0, 1, 4095, 4096, 4097, 200_000])
    func `what is written is read`(_ count: Int) throws {
        try Self.inDirectory { directory in
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
            try Files.write(directory + "/x", bytes, mode: 0o640)
            #expect(try Files.read(directory + "/x") == bytes)
            #expect(try Files.stat(directory + "/x").mode == 0o640)
            #expect(try Files.read(directory + "/x", limit: max(count, 1)) == bytes)
            if count > 0 {
                let error = #expect(throws: SystemError.self) {
                    try Files.read(directory + "/x", limit: count - 1)
                }
                #expect(error?.number == EFBIG)
            }
        }
    }

    @Test func `files without a size are read to their end and held to the limit`() throws {
        #expect(try Files.text("/proc/self/status").contains("Name:"))
        #expect(throws: SystemError.self) { try Files.read("/proc/self/status", limit: 10) }
        #expect(throws: SystemError.self) { try Files.read("/dev/zero", limit: 100_000) }
    }

    @Test func `a missing file is named`() {
        let error = #expect(throws: SystemError.self) { try Files.read("/nonexistent/x") }
        #expect(error?.description == "open /nonexistent/x: No such file or directory")
        #expect(error?.code == .notFound)
    }

    @Test func `an atomic write replaces content and mode and leaves no draft`() throws {
        try Self.inDirectory { directory in
            try Files.write(directory + "/x", "old")
            try Files.writeAtomically(directory + "/x", Array("new".utf8), mode: 0o600)
            #expect(try Files.text(directory + "/x") == "new")
            #expect(try Files.stat(directory + "/x").mode == 0o600)
            #expect(try Files.list(directory) == ["x"])
        }
    }

    @Test func `a failed atomic write leaves nothing`() throws {
        try Self.inDirectory { directory in
            try Files.makeDirectories(directory + "/x/y")
            #expect(throws: SystemError.self) { try Files.writeAtomically(directory + "/x", [1]) }
            #expect(try Files.list(directory) == ["x"])
        }
    }

    @Test func `appending adds`() throws {
        try Self.inDirectory { directory in
            try Files.append(directory + "/x", [1])
            try Files.append(directory + "/x", [2, 3])
            #expect(try Files.read(directory + "/x") == [1, 2, 3])
        }
    }

    @Test func `directories are made with all their parents`() throws {
        try Self.inDirectory { directory in
            try Files.makeDirectories(directory + "/a/b/c", mode: 0o711)
            try Files.makeDirectories(directory + "/a/b/c", mode: 0o700)
            #expect(try Files.stat(directory + "/a/b").mode == 0o711)
            #expect(try Files.stat(directory + "/a/b/c").mode == 0o711)
            try Files.write(directory + "/file", "")
            let error = #expect(throws: SystemError.self) {
                try Files.makeDirectories(directory + "/file/d")
            }
            #expect(error?.number == ENOTDIR)
            try Files.makeDirectories(directory + "/slash/")
            #expect(Files.isDirectory(directory + "/slash"))
        }
    }

    @Test func `links are made, read, swapped and not followed when removed`() throws {
        try Self.inDirectory { directory in
            try Files.makeDirectories(directory + "/one")
            try Files.write(directory + "/one/kept", "x")
            try Files.symlink(directory + "/link", to: "one")
            #expect(try Files.readLink(directory + "/link") == "one")
            #expect(try Files.stat(directory + "/link").kind == .directory)
            #expect(try Files.stat(directory + "/link", followLinks: false).kind == .symbolicLink)
            #expect(try Files.resolve(directory + "/link/kept") == directory + "/one/kept")
            try Files.write(directory + "/other", "o")
            try Files.exchange(directory + "/link", with: directory + "/other")
            #expect(try Files.text(directory + "/link") == "o")
            try Files.removeTree(directory + "/other")
            #expect(Files.exists(directory + "/one/kept"))
        }
    }

    @Test func `removing what is not there is no error and a full directory is one`() throws {
        try Self.inDirectory { directory in
            try Files.remove(directory + "/nothing")
            try Files.removeTree(directory + "/nothing")
            try Files.makeDirectories(directory + "/d/e")
            let error = #expect(throws: SystemError.self) { try Files.remove(directory + "/d") }
            #expect(error?.number == ENOTEMPTY)
            try Files.remove(directory + "/d/e")
            try Files.remove(directory + "/d")
            #expect(!Files.exists(directory + "/d"))
        }
    }

    @Test func `a wide and deep tree goes with links to elsewhere intact`() throws {
        try Self.inDirectory { directory in
            try Files.write(directory + "/precious", "p")
            try Files.makeDirectories(directory + "/safe")
            try Files.write(directory + "/safe/kept", "k")
            // Deeper than the descriptors that are used, and than a path may be long.
            let name = String(repeating: "n", count: 60)
            try Files.makeDirectories(directory + "/t")
            let start = FileManager.default.currentDirectoryPath
            defer { _ = FileManager.default.changeCurrentDirectoryPath(start) }
            try Self.makeDeep(directory + "/t", name: name, depth: 200, safe: directory + "/safe")
            for index in 0..<500 { try Files.write(directory + "/t/f\(index)", "") }
            try Files.removeTree(directory + "/t")
            #expect(!Files.exists(directory + "/t"))
            #expect(try Files.list(directory) == ["precious", "safe"])
            #expect(Files.exists(directory + "/safe/kept"))
        }
    }

    /// Makes nested directories relative to descriptors, so that no path gets too long.
    static func makeDeep(_ root: String, name: String, depth: Int, safe: String) throws {
        var current = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        for _ in 0..<depth {
            try #require(mkdirat(current, name, 0o755) == 0)
            try #require(symlinkat(safe, current, "elsewhere") == 0)
            let next = openat(current, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            close(current)
            current = next
        }
        close(current)
    }

    @Test func `reading a directory has a limit`() throws {
        try Self.inDirectory { directory in
            for index in 0..<5 { try Files.write(directory + "/\(index)", "") }
            #expect(try Files.list(directory, limit: 5).count == 5)
            #expect(throws: SystemError.self) { try Files.list(directory, limit: 4) }
        }
    }

    @Test func `a descriptor closes itself, and its duplicate is another one`() throws {
        let pipe = try Descriptors.pipe()
        let reader = Descriptor(adopting: pipe.reading)
        try Descriptors.setNonBlocking(reader.number)
        let copy: Int32
        do {
            let writer = Descriptor(adopting: pipe.writing)
            copy = try writer.duplicate().release()
        }
        // The duplicate keeps the pipe open; the end of the stream comes when it is closed.
        let error = #expect(throws: SystemError.self) {
            try Descriptors.read(pipe.reading, upTo: 1)
        }
        #expect(error?.number == EAGAIN)
        Descriptors.close(copy)
        // A child that another test is just starting holds all descriptors until it is its program.
        var end: [UInt8]?
        for _ in 0..<5000 where end == nil {
            do throws(SystemError) {
                end = try Descriptors.read(reader.number, upTo: 1)
            } catch {
                guard error.number == EAGAIN else { throw error }
                usleep(1000)
            }
        }
        #expect(end == [])
    }

    @Test(arguments: [
        ("/a/b", "/a"), ("/a", "/"), ("a", "."), ("a/b", "a"), ("/a/b/", "/a/b"),
    ])
    func `the parent of a path`(_ path: String, _ parent: String) {
        #expect(Files.parent(of: path) == parent)
    }
}
