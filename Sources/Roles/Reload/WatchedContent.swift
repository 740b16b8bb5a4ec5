import Basics
import Security
import System

/// What the watched files hold.
enum WatchedContent: Sendable, Hashable {
    /// The digest of all of it.
    case digest(String)
    /// Something that is watched cannot be read.
    case missing(String)

    /// Reads everything.
    ///
    /// Files that are too large to be read each time are known by size, time and number instead.
    static func now(_ scope: WatchScope) -> WatchedContent {
        let digest = SHA256()
        var left = ReloadSettings.totalMaximum
        func add(_ path: String, _ status: FileStatus?) {
            digest.update(Array(path.utf8) + [0])
            guard let status else {
                digest.update([0])
                return
            }
            if status.kind == .file, status.size <= left,
                status.size <= ReloadSettings.fileMaximum,
                let bytes = try? Files.read(path, limit: ReloadSettings.fileMaximum)
            {
                left -= bytes.count
                digest.update([1] + Array("\(bytes.count)".utf8) + [0])
                digest.update(bytes)
            } else {
                let facts = "\(status.size) \(status.modified.nanoseconds) \(status.inode)"
                digest.update([2] + Array(facts.utf8) + [0])
            }
        }
        for path in scope.files {
            guard let status = try? Files.stat(path) else {
                return .missing("the file \(path) cannot be read")
            }
            add(path, status)
        }
        for path in scope.trees {
            guard Files.isDirectory(path) else {
                return .missing("there is no directory \(path)")
            }
            let contents = DirectoryContents(path, isRecursive: scope.isRecursive)
            for (path, status) in contents.files.sorted(by: { $0.key < $1.key }) {
                add(path, status)
            }
        }
        return .digest(digest.finishHexadecimal())
    }

    /// What is said about watched paths that Kubernetes never updates, since they are mounts of a part of a volume.
    static func warnings(_ scope: WatchScope, _ mounts: MountTable) -> [String] {
        func warning(_ path: String) -> String {
            "\(path) is mounted by subPath: Kubernetes never updates it; "
                + "mount the whole volume at a directory instead"
        }
        var found: [String] = []
        for path in scope.files where mounts[path] != nil { found.append(warning(path)) }
        for path in scope.trees {
            guard let entry = mounts[path] else { continue }
            // A volume's own mount shows its root; a part of it shows a name of one of its versions.
            let names = entry.root.split(separator: "/")
            if names.contains(where: { $0.hasPrefix("..2") || $0 == "volume-subpaths" }) {
                found.append(warning(path))
            }
        }
        return found
    }
}
