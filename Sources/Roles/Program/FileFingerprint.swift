import Basics
import System

/// What the files of a configuration looked like: whether any of them changed is seen without reading.
package struct FileFingerprint: Equatable {
    private var files: [String: FileStatus] = [:]
    private var lists: [String: [String]] = [:]

    /// Looks at files, through all links, and at directories.
    package init(files: [String], directories: [String]) {
        for path in files { self.files[path] = try? Files.stat(path) }
        for path in directories { lists[path] = (try? Files.list(path))?.sorted() }
    }

    /// The directories in which changes of these paths show: their own, and those of every link on
    /// the way.
    ///
    /// Kubernetes changes a volume by renaming its link `..data`, which lies beside the file's own name.
    package static func watched(_ paths: [String], _ directories: [String]) -> [String] {
        var found: [String] = []
        func add(_ path: String) {
            if !found.contains(path) { found.append(path) }
        }
        for path in paths {
            add(Files.parent(of: path))
            if let real = try? Files.resolve(path) { add(Files.parent(of: real)) }
        }
        for path in directories { add(path) }
        return found
    }
}
