internal import Security
internal import Synchronization
internal import System

/// The files of the machine as configurations read them; what was read is remembered.
final class FileAccess: Sendable {
    private struct State {
        var files: [String] = []
        var directories: [String] = []
        var bytes: [UInt8] = []
    }

    private let state = Mutex(State())

    /// The bytes of a file; `nil` if it cannot be read.
    func read(_ path: String) -> [UInt8]? {
        let bytes = try? Files.read(path)
        state.withLock { state in
            if !state.files.contains(path) { state.files.append(path) }
            state.bytes += bytes ?? []
        }
        return bytes
    }

    /// The names in a directory, sorted; empty if it cannot be read.
    func list(_ path: String) -> [String] {
        state.withLock { state in
            if !state.directories.contains(path) { state.directories.append(path) }
        }
        return ((try? Files.list(path)) ?? []).sorted()
    }

    /// The files that were read or looked for.
    var files: [String] { state.withLock { $0.files } }
    /// The directories that were listed.
    var directories: [String] { state.withLock { $0.directories } }
    /// Whether any file was there.
    var hasRead: Bool { state.withLock { !$0.bytes.isEmpty } }
    /// The SHA-256 of all that was read, in that order.
    var hash: String { SHA256.hexadecimal(of: state.withLock { $0.bytes }) }

    /// The digest of what was read, or another one if nothing was.
    func hash(or other: String) -> String { hasRead ? hash : other }

    /// The variables that the program was started with.
    static var environment: [String: String] {
        let bytes = (try? Files.read("/proc/self/environ")) ?? []
        var found: [String: String] = [:]
        for part in bytes.split(separator: 0) {
            guard let equals = part.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let name = String(decoding: part[..<equals], as: UTF8.self)
            found[name] = String(decoding: part[part.index(after: equals)...], as: UTF8.self)
        }
        return found
    }
}
