/// One file of a volume that is made from API objects.
struct ProjectedFile: Sendable, Hashable {
    /// The content.
    var content: [UInt8]
    /// The permission bits.
    var mode: UInt32
    /// The owner, root unless the file is a token for a pod that runs as one user.
    var user: UInt32?

    init(_ content: [UInt8], mode: UInt32, user: UInt32? = nil) {
        self.content = content
        self.mode = mode
        self.user = user
    }
}

/// The files of a volume by their paths relative to it, with the rules for such paths.
///
/// (kubelet: `validatePath` of the atomic writer)
struct FileSet: Sendable, Hashable {
    /// A path that no volume may hold.
    struct InvalidPath: Error, Hashable {
        /// The sentence for the user.
        var text: String
    }

    /// The longest path and the longest part of one, in bytes.
    static let pathLimit = 4096
    static let nameLimit = 255

    private(set) var files: [String: ProjectedFile] = [:]

    /// Adds a file; one of the same path is replaced.
    mutating func add(_ file: ProjectedFile, at path: String) throws(InvalidPath) {
        files[try Self.cleaned(path)] = file
    }

    /// Adds all files of another set over these.
    mutating func add(_ other: FileSet) {
        files.merge(other.files) { $1 }
    }

    /// The names that the files have in the volume's top directory.
    var topNames: Set<String> {
        Set(files.keys.map { path in String(path.prefix { $0 != "/" }) })
    }

    /// The path without empty parts and `.`.
    static func cleaned(_ path: String) throws(InvalidPath) -> String {
        if path.isEmpty {
            throw InvalidPath(text: "invalid path: must not be empty: \"\"")
        }
        if path.hasPrefix("/") {
            throw InvalidPath(text: "invalid path: must be relative path: \(path)")
        }
        if path.utf8.count > pathLimit {
            throw InvalidPath(
                text: "invalid path: must be less than or equal to \(pathLimit) characters"
            )
        }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        for part in parts {
            if part == ".." {
                throw InvalidPath(text: "invalid path: must not contain '..': \(path)")
            }
            if part.utf8.count > nameLimit {
                throw InvalidPath(
                    text: "invalid path: filenames must be less than or equal to \(nameLimit) "
                        + "characters"
                )
            }
        }
        let kept = parts.filter { !$0.isEmpty && $0 != "." }
        guard let first = kept.first else {
            throw InvalidPath(text: "invalid path: must not be the volume itself: \(path)")
        }
        if first.hasPrefix("..") {
            throw InvalidPath(text: "invalid path: must not start with '..': \(path)")
        }
        return kept.joined(separator: "/")
    }
}
