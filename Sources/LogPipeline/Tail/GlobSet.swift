internal import Reactor

/// The paths that a source follows: patterns, and patterns of what is left out.
struct GlobSet: Sendable {
    /// How deep `**` looks.
    static let depthMaximum = 32
    /// How many files are followed at most.
    static let filesMaximum = 100_000

    /// What was found.
    struct Found {
        /// The paths that fit, each once, in order.
        var paths: [String] = []
        /// The directories in which new ones may appear.
        var directories: Set<String> = []
        fileprivate var known: Set<String> = []
    }

    private let globs: [Glob]
    private let excluded: [[UInt8]]
    private let excludedGlobs: [Glob]

    init(_ patterns: [String], excluded: [String]) {
        globs = patterns.flatMap(Glob.parse)
        excludedGlobs = excluded.flatMap(Glob.parse)
        // In these a star goes over slashes.
        self.excluded = excluded.flatMap { Glob.braces(Array($0.utf8)) }
    }

    /// Whether a path is followed.
    func fits(_ path: String) -> Bool {
        globs.contains { $0.fits(path) } && !isExcluded(path)
    }

    private func isExcluded(_ path: String) -> Bool {
        let bytes = Array(path.utf8)
        return excluded.contains { Glob.match(bytes.span, $0.span, crossing: true) }
            || excludedGlobs.contains { $0.fits(path) }
    }

    /// Looks for all paths.
    @MainLoop func find(on disk: any TailDisk) -> Found {
        var found = Found()
        for glob in globs {
            walk(glob.isAbsolute ? "/" : ".", glob.parts[...], glob, 0, disk, &found)
        }
        found.paths.removeAll(where: isExcluded)
        return found
    }

    @MainLoop private func walk(
        _ directory: String,
        _ parts: ArraySlice<Glob.Part>,
        _ glob: Glob,
        _ depth: Int,
        _ disk: any TailDisk,
        _ found: inout Found
    ) {
        guard let part = parts.first, found.paths.count < Self.filesMaximum else { return }
        let rest = parts.dropFirst()
        switch part {
        case .name(let name):
            let path = Self.join(directory, name, glob)
            let look = try? disk.look(path)
            // What is missing is waited for where it would be.
            if look == nil || rest.isEmpty { found.directories.insert(directory) }
            guard let look else { return }
            take(path, look, rest, glob, depth, disk, &found)
        case .pattern:
            found.directories.insert(directory)
            for name in (try? disk.names(in: directory)) ?? []
            where Glob.fits(Array(name.utf8), part) {
                let path = Self.join(directory, name, glob)
                guard let look = try? disk.look(path) else { continue }
                take(path, look, rest, glob, depth, disk, &found)
            }
        case .any:
            found.directories.insert(directory)
            // `**` alone fits every file below.
            if rest.isEmpty {
                walk(directory, [.any, .pattern([0x2A])], glob, depth, disk, &found)
                return
            }
            walk(directory, rest, glob, depth, disk, &found)
            guard depth < Self.depthMaximum else { return }
            for name in (try? disk.names(in: directory)) ?? [] where !name.hasPrefix(".") {
                let path = Self.join(directory, name, glob)
                guard disk.isOwnDirectory(path) else { continue }
                walk(path, parts, glob, depth + 1, disk, &found)
            }
        }
    }

    @MainLoop private func take(
        _ path: String,
        _ look: FileLook,
        _ rest: ArraySlice<Glob.Part>,
        _ glob: Glob,
        _ depth: Int,
        _ disk: any TailDisk,
        _ found: inout Found
    ) {
        if !rest.isEmpty {
            if !look.isFile { walk(path, rest, glob, depth, disk, &found) }
        } else if look.isFile && found.known.insert(path).inserted {
            found.paths.append(path)
        }
    }

    private static func join(_ directory: String, _ name: String, _ glob: Glob) -> String {
        switch directory {
        case "/": "/" + name
        case "." where !glob.isAbsolute: name
        default: directory + "/" + name
        }
    }
}
