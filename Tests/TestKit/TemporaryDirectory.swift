import Foundation

/// A directory of its own for one test, removed with everything in it when it is released.
///
/// It lies under `/tmp`, not under the user's temporary directory, so that the path of a Unix
/// socket in it stays below the limit of 107 bytes.
public final class TemporaryDirectory: Sendable {
    /// Where files lie in memory, for who measures and must not wait for a disk.
    public static let memory = "/dev/shm"

    /// The absolute path, without a trailing slash.
    public let path: String

    /// Makes a new empty directory with mode 0700.
    ///
    /// - Parameter parent: The directory that it is made in.
    /// - Throws: What `FileManager` throws if the parent cannot be written.
    public init(in parent: String = "/tmp") throws {
        let random = UInt64.random(in: 0...UInt64.max)
        path = parent + "/remora-test-" + String(random, radix: 36)
        try FileManager.default.createDirectory(
            atPath: path,
            withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700]
        )
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The path of an entry of the directory, which need not exist.
    public func file(_ name: String) -> String { path + "/" + name }

    /// Writes a file, with the directories that lead to it.
    ///
    /// - Returns: The absolute path of the file.
    /// - Throws: What `FileManager` throws if the file cannot be written.
    @discardableResult
    public func write(_ text: String, to name: String) throws -> String {
        try write(Array(text.utf8), to: name)
    }

    /// Writes a file of bytes, with the directories that lead to it.
    ///
    /// - Returns: The absolute path of the file.
    /// - Throws: What `FileManager` throws if the file cannot be written.
    @discardableResult
    public func write(_ bytes: [UInt8], to name: String) throws -> String {
        let target = file(name)
        try FileManager.default.createDirectory(
            atPath: (target as NSString).deletingLastPathComponent,
            withIntermediateDirectories: true
        )
        try Data(bytes).write(to: URL(filePath: target))
        return target
    }

    /// Reads a file of the directory as UTF-8 text.
    ///
    /// - Throws: What Foundation throws if the file is missing or is not UTF-8.
    public func text(of name: String) throws -> String {
        try String(contentsOf: URL(filePath: file(name)), encoding: .utf8)
    }
}
