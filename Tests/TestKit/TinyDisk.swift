import Foundation
import TestKit

/// A file system of its own that is full soon.
final class TinyDisk {
    private let folder: TemporaryDirectory
    var path: String { folder.path }

    init(size: String = "400k") async throws {
        folder = try TemporaryDirectory()
        try await mount(["-t", "tmpfs", "-o", "size=\(size)", "companion-test"])
    }

    deinit {
        umount2(folder.path, Int32(MNT_DETACH))
    }

    /// The path of a file on it.
    func file(_ name: String) -> String { folder.file(name) }

    /// Takes all room that is left.
    func fill() throws {
        let filler = file("filler")
        _ = FileManager.default.createFile(atPath: filler, contents: nil)
        guard let handle = FileHandle(forWritingAtPath: filler) else { return }
        defer { try? handle.close() }
        for size in [4096, 1] {
            let data = Data(repeating: 0x78, count: size)
            while (try? handle.write(contentsOf: data)) != nil {}
        }
    }

    /// Gives it back.
    func empty() throws {
        try FileManager.default.removeItem(atPath: file("filler"))
    }

    /// Makes it larger.
    func grow() async throws {
        try await mount(["-o", "remount,size=8m"])
    }

    private func mount(_ options: [String]) async throws {
        let result = try await TestProgram.run("mount", options + [path])
        guard result.succeeded else {
            throw TestProgram.Problem(description: "mount: \(result.errors)")
        }
    }
}
