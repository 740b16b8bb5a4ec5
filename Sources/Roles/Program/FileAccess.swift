import Security
import Synchronization
import System

/// The files of the machine as configurations read them; what was read is remembered.
package final class FileAccess: Sendable {
    private struct State {
        var files: [String] = []
        var directories: [String] = []
        var bytes: [UInt8] = []
    }

    private let state = Mutex(State())

    /// Has read nothing yet.
    package init() {}

    /// The bytes of a file; `nil` if it cannot be read.
    package func read(_ path: String) -> [UInt8]? {
        let bytes = try? Files.read(path)
        state.withLock { state in
            if !state.files.contains(path) { state.files.append(path) }
            state.bytes += bytes ?? []
        }
        return bytes
    }

    /// The names in a directory, sorted; empty if it cannot be read.
    package func list(_ path: String) -> [String] {
        state.withLock { state in
            if !state.directories.contains(path) { state.directories.append(path) }
        }
        return ((try? Files.list(path)) ?? []).sorted()
    }

    /// The files that were read or looked for.
    package var files: [String] { state.withLock { $0.files } }
    /// The directories that were listed.
    package var directories: [String] { state.withLock { $0.directories } }
    /// Whether any file was there.
    package var hasRead: Bool { state.withLock { !$0.bytes.isEmpty } }
    /// The SHA-256 of all that was read, in that order.
    package var hash: String { SHA256.hexadecimal(of: state.withLock { $0.bytes }) }

    /// The digest of what was read, or another one if nothing was.
    package func hash(or other: String) -> String { hasRead ? hash : other }

    /// The variables that the program was started with.
    package static var environment: [String: String] {
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
