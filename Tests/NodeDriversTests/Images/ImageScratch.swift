import Basics
import Foundation
import Reactor
import System

@testable import NodeDrivers

/// Runs a body with an engine's directories of its own; mounts and files go with it.
@MainLoop func withScratchLayout(
    _ body: @MainLoop (NodeLayout) async throws -> Void
) async throws {
    let base = try Files.makeTemporaryDirectory("/tmp/remora-test-")
    let layout = NodeLayout(root: base + "/root", runRoot: base + "/run")
    try Files.makeDirectories(layout.root)
    try Files.makeDirectories(layout.runRoot)
    let result: Result<Void, any Error>
    do {
        result = .success(try await body(layout))
    } catch {
        result = .failure(error)
    }
    _ = try? Mounts.unmountAll(below: base)
    try? Files.removeTree(base)
    try result.get()
}

/// A small root file system in a directory, with whatever a test looks for.
func makeRootfs(at path: String, marker: String) throws {
    try Files.makeDirectories(path + "/bin")
    try Files.makeDirectories(path + "/private", mode: 0o750)
    try Files.write(path + "/bin/tool", "#!/bin/true\n", mode: 0o4755)
    try Files.write(path + "/marker", marker)
    try Files.chown(path + "/marker", user: 1234, group: 5678)
    try Files.symlink(path + "/link", to: "/marker")
}
