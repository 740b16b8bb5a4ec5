internal import Basics
internal import Formats
internal import System

/// Writes the files of a volume so that readers see all of one version or all of the next.
///
/// The files stand in a directory named by the time, `..data` is a link to it, and the names in the
/// volume are links through `..data`; renaming a new `..data` over the old one changes every file at
/// once. What a killed engine left behind half-made is removed by the next write.
/// (kubelet: `pkg/volume/util/atomic_writer.go`)
struct AtomicWriter {
    /// The volume.
    let directory: String

    private static let link = "..data"
    private static let draft = "..data_tmp"

    /// Brings the volume to hold exactly these files.
    ///
    /// Nothing is written if the contents are there already; a change of modes alone does not count.
    /// `seal` sets owners and modes of the new version before anybody sees it.
    ///
    /// - Returns: Whether anything was written.
    @discardableResult
    func write(
        _ set: FileSet,
        at time: Timestamp,
        seal: (_ version: String) throws(SystemError) -> Void = { _ throws(SystemError) in }
    ) throws(SystemError) -> Bool {
        let current = currentVersion()
        if let current, try isUpToDate(set, directory + "/" + current) {
            try sweep(keeping: current, names: set.topNames)
            return false
        }
        let version = Self.versionName(at: time)
        let place = directory + "/" + version
        do throws(SystemError) {
            try fill(place, set)
            try seal(place)
            try linkNames(set.topNames)
            try? Files.remove(directory + "/" + Self.draft)
            try Files.symlink(directory + "/" + Self.draft, to: version)
            try Files.rename(directory + "/" + Self.draft, to: directory + "/" + Self.link)
        } catch {
            try? Files.remove(directory + "/" + Self.draft)
            try? Files.removeTree(place)
            if current == nil { unlinkNames(set.topNames) }
            throw error
        }
        try sweep(keeping: version, names: set.topNames)
        return true
    }

    /// The content of a file of the present version.
    func content(of path: String) -> [UInt8]? {
        try? SafePath.read(Self.link + "/" + path, below: directory, limit: Files.readLimit)
    }

    /// The directory that `..data` points to, if it is there.
    private func currentVersion() -> String? {
        guard let target = try? Files.readLink(directory + "/" + Self.link),
            Self.isVersion(target), Files.isDirectory(directory + "/" + target)
        else { return nil }
        return target
    }

    private func isUpToDate(_ set: FileSet, _ version: String) throws(SystemError) -> Bool {
        var present: Set<String> = []
        try Self.collect(version, prefix: "", into: &present)
        guard present == Set(set.files.keys) else { return false }
        for (path, file) in set.files {
            guard try Files.read(version + "/" + path) == file.content else { return false }
        }
        return true
    }

    private static func collect(
        _ directory: String,
        prefix: String,
        into paths: inout Set<String>
    ) throws(SystemError) {
        for name in try Files.list(directory) {
            let path = directory + "/" + name
            if try Files.stat(path, followLinks: false).kind == .directory {
                try collect(path, prefix: prefix + name + "/", into: &paths)
            } else {
                paths.insert(prefix + name)
            }
        }
    }

    private func fill(_ place: String, _ set: FileSet) throws(SystemError) {
        try Files.makeDirectories(place, mode: 0o755)
        var made: Set<String> = []
        for (path, file) in set.files.sorted(by: { $0.key < $1.key }) {
            let target = place + "/" + path
            let parent = Files.parent(of: target)
            if parent != place, made.insert(parent).inserted {
                try Files.makeDirectories(parent, mode: 0o755)
            }
            try Files.write(target, file.content, mode: file.mode)
            if let user = file.user { try Files.chown(target, user: user, group: nil) }
        }
    }

    /// Makes the links of names that are not taken, be it by an older version or a mount point.
    private func linkNames(_ names: Set<String>) throws(SystemError) {
        for name in names.sorted() {
            let path = directory + "/" + name
            guard (try? Files.stat(path, followLinks: false)) == nil else { continue }
            try Files.symlink(path, to: Self.link + "/" + name)
        }
    }

    private func unlinkNames(_ names: Set<String>) {
        for name in names where isOurLink(name) { try? Files.remove(directory + "/" + name) }
    }

    private func isOurLink(_ name: String) -> Bool {
        (try? Files.readLink(directory + "/" + name)) == Self.link + "/" + name
    }

    /// Removes links to files that are no more, and every version but the one kept.
    private func sweep(keeping version: String, names: Set<String>) throws(SystemError) {
        for name in try Files.list(directory) where name != Self.link && name != version {
            if name == Self.draft {
                try Files.remove(directory + "/" + name)
            } else if Self.isVersion(name) {
                try Files.removeTree(directory + "/" + name)
            } else if !names.contains(name), isOurLink(name) {
                try Files.remove(directory + "/" + name)
            }
        }
    }

    /// `..2006_01_02_15_04_05.` and random digits.
    private static func versionName(at time: Timestamp) -> String {
        let text = time.rfc3339.prefix(19).map { $0 == "-" || $0 == "T" || $0 == ":" ? "_" : $0 }
        return ".." + String(text) + "." + String(UInt32.random(in: 0...UInt32.max))
    }

    private static func isVersion(_ name: String) -> Bool {
        name.hasPrefix("..2") && name.utf8.count > 22 && !name.contains("/")
    }
}
