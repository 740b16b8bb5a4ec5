import Basics
import System

/// What the files of a configuration looked like: whether any of them changed is seen without reading.
package struct FileFingerprint: Equatable {
    private var files: [String: FileStatus] = [:]
    private var lists: [String: [String]] = [:]
    private var trees: [String: DirectoryContents] = [:]

    /// Looks at files, through all links, and at directories.
    package init(files: [String], directories: [String]) {
        self.init(WatchScope(files: files, directories: directories))
    }

    /// Looks at all that is watched.
    package init(_ scope: WatchScope) {
        for path in scope.files { files[path] = try? Files.stat(path) }
        for path in scope.directories { lists[path] = (try? Files.list(path))?.sorted() }
        for path in scope.trees {
            trees[path] = DirectoryContents(path, isRecursive: scope.isRecursive)
        }
    }
}
