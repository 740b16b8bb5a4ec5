package import System

/// What is watched for changes.
package struct WatchScope: Sendable, Hashable {
    /// Files, through all links.
    package var files: [String] = []
    /// Directories of which only the names matter.
    package var directories: [String] = []
    /// Directories of which the files matter too.
    package var trees: [String] = []
    /// Whether what lies deeper in `trees` counts.
    package var isRecursive = false

    /// Names what is watched.
    package init(
        files: [String] = [],
        directories: [String] = [],
        trees: [String] = [],
        isRecursive: Bool = false
    ) {
        self.files = files
        self.directories = directories
        self.trees = trees
        self.isRecursive = isRecursive
    }

    /// Whether nothing is watched.
    package var isEmpty: Bool { files.isEmpty && directories.isEmpty && trees.isEmpty }

    /// The link of a volume that Kubernetes swaps when all its files are there.
    package static let swapped = "..data"
    /// The most links on the way to a file, as the kernel counts them.
    private static let linksMaximum = 40

    /// The directories in which changes show, and the names in them that matter (`nil`: all).
    ///
    /// These are the directories of every link on the way to a file, what is watched itself, and the one above,
    /// which tells that a directory was removed, made anew or swapped. Of what is missing it is the nearest
    /// directory that exists.
    package func places() -> [String: Set<String>?] {
        var found: [String: Set<String>?] = [:]
        func add(_ path: String, _ name: String?) {
            // The same directory by two names has one watch.
            let directory = (try? Files.resolve(path)) ?? path
            if found[directory] == .some(nil) { return }
            guard let name else {
                found[directory] = .some(nil)
                return
            }
            found[directory] = (found[directory] ?? [])?.union([name, Self.swapped])
        }
        /// The way to a path, from above.
        func addWay(to path: String) {
            let parent = Files.parent(of: path)
            if Files.isDirectory(parent) || parent == path {
                add(parent, Self.name(path))
            } else {
                addWay(to: parent)
            }
        }
        for path in files {
            addWay(to: path)
            var hop = path
            for _ in 0..<Self.linksMaximum {
                guard let next = try? Files.readLink(hop) else { break }
                hop = next.hasPrefix("/") ? next : Files.parent(of: hop) + "/" + next
                addWay(to: hop)
            }
            if let real = try? Files.resolve(path) { addWay(to: real) }
        }
        for path in directories + trees {
            addWay(to: path)
            if Files.isDirectory(path) { add(path, nil) }
        }
        for path in trees {
            if isRecursive {
                let contents = DirectoryContents(path, isRecursive: true)
                for directory in contents.directories { add(directory, nil) }
            }
            // Another writer of the volume is seen where the files really are.
            let swap = path + "/" + Self.swapped
            if Files.isDirectory(swap), let real = try? Files.resolve(swap) { add(real, nil) }
        }
        return found
    }

    private static func name(_ path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }
}

/// The files below a directory, as a reader of the volume sees them.
///
/// Names that begin with two dots belong to Kubernetes and are left out. Links are followed; a directory that was
/// seen already is not entered again, so that loops of links end.
package struct DirectoryContents: Sendable, Hashable {
    /// The files by their paths; `nil` for what cannot be looked at, such as a link that leads nowhere.
    package private(set) var files: [String: FileStatus?] = [:]
    /// The directories below, without the first one.
    package private(set) var directories: [String] = []
    /// Whether there were too many entries, or it goes too deep.
    package private(set) var isCut = false
    /// The most entries that are looked at.
    package static let entriesMaximum = 10_000
    /// The deepest directory that is entered.
    package static let depthMaximum = 32

    /// Looks.
    package init(_ path: String, isRecursive: Bool) {
        var seen: Set<[UInt64]> = []
        var left = Self.entriesMaximum
        walk(path, isRecursive, 0, &seen, &left)
    }

    private mutating func walk(
        _ path: String,
        _ isRecursive: Bool,
        _ depth: Int,
        _ seen: inout Set<[UInt64]>,
        _ left: inout Int
    ) {
        guard let own = try? Files.stat(path), own.kind == .directory,
            seen.insert([own.device, own.inode]).inserted
        else { return }
        guard let names = try? Files.list(path, limit: Self.entriesMaximum) else {
            isCut = true
            return
        }
        for name in names where !name.hasPrefix("..") {
            left -= 1
            guard left >= 0 else {
                isCut = true
                return
            }
            let entry = path + "/" + name
            let status = try? Files.stat(entry)
            guard status?.kind == .directory else {
                files[entry] = .some(status)
                continue
            }
            guard isRecursive else { continue }
            guard depth < Self.depthMaximum else {
                isCut = true
                continue
            }
            directories.append(entry)
            walk(entry, isRecursive, depth + 1, &seen, &left)
        }
    }
}
