import Glibc
import NodeDrivers
import System
import TestKit
import Testing

@testable import Node

/// Whether the tests may mount.
private let isRoot = getuid() == 0

@Suite("Surroundings of the node", .enabled(if: isRoot)) struct NodeSurroundingsTests {
    private func isMount(_ path: String) throws -> Bool {
        try Mounts.table()[path] != nil
    }

    @Test func `directories become mounts, also after a crash, and are none in the end`() throws {
        let directory = try TemporaryDirectory()
        let layout = NodeLayout(root: directory.file("root"), runRoot: directory.file("run"))
        for path in [layout.root, layout.runRoot] { try Files.makeDirectories(path) }
        #expect(try NodeSurroundings.prepare(layout))
        #expect(try isMount(layout.root) && isMount(layout.runRoot))
        // The engine was killed; the next one finds the mounts.
        #expect(try !NodeSurroundings.prepare(layout))
        try NodeSurroundings.release(layout)
        #expect(try !isMount(layout.root) && !isMount(layout.runRoot))
    }

    @Test func `a root that is a disk of its own stays mounted`() throws {
        let directory = try TemporaryDirectory()
        let layout = NodeLayout(root: directory.file("root"), runRoot: directory.file("run"))
        for path in [layout.root, layout.runRoot] { try Files.makeDirectories(path) }
        try Mounts.tmpfs(at: layout.root, size: 1 << 20, mode: 0o755)
        defer { _ = try? Mounts.unmount(layout.root, lazily: true) }
        for _ in 1...2 { #expect(try !NodeSurroundings.prepare(layout)) }
        try NodeSurroundings.release(layout)
        #expect(try isMount(layout.root) && !isMount(layout.runRoot))
    }
}
