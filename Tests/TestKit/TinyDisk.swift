import Foundation

/// A file system of its own that is full soon.
public final class TinyDisk: Sendable {
    private let folder: TemporaryDirectory
    /// Where it is mounted.
    public var path: String { folder.path }

    /// Makes and mounts one.
    public init(size: String = "400k") async throws {
        folder = try TemporaryDirectory()
        try await mount(["-t", "tmpfs", "-o", "size=\(size)", "companion-test"])
    }

    deinit {
        umount2(folder.path, Int32(MNT_DETACH))
    }

    /// The path of a file on it.
    public func file(_ name: String) -> String { folder.file(name) }

    /// Takes all room that is left.
    public func fill() throws {
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
    public func empty() throws {
        try FileManager.default.removeItem(atPath: file("filler"))
    }

    /// Makes it larger.
    public func grow() async throws {
        try await mount(["-o", "remount,size=8m"])
    }

    private func mount(_ options: [String]) async throws {
        let result = try await TestProgram.run("mount", options + [path])
        guard result.succeeded else {
            throw TestProgram.Problem(description: "mount: \(result.errors)")
        }
    }
}
