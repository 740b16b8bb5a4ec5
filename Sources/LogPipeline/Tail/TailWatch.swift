internal import Basics
internal import Reactor
internal import System

/// The kernel's word on files and directories that are followed.
@MainLoop final class TailWatch {
    /// What a change is about.
    enum Change {
        /// Something was written to a file.
        case written(FileKey)
        /// A file was renamed, removed, or its links changed.
        case moved(FileKey)
        /// A name in a directory changed its meaning; these are the paths it has.
        case named(paths: [String], isDirectory: Bool, isRenamed: Bool)
        /// Everything may have changed.
        case all
    }

    private enum Subject {
        case file(FileKey)
        case directory([String])
    }

    private let inotify: Inotify
    private var subjects: [Int32: Subject] = [:]
    private var files: [FileKey: Int32] = [:]
    private var directories: [String: Int32] = [:]
    /// Whether the limit of watches was reached: the rest is looked at from time to time only.
    private(set) var isFull = false

    /// - Throws: At the limit of inotify instances.
    init() throws(Failure) {
        do throws(SystemError) {
            inotify = try Inotify()
        } catch {
            throw Failure(
                "cannot watch files",
                error,
                remedy: "raise fs.inotify.max_user_instances"
            )
        }
    }

    func watch(_ key: FileKey, at path: String) {
        guard files[key] == nil else { return }
        guard let watch = add(path, [.modified, .attributes, .selfMoved, .selfDeleted]) else {
            return
        }
        // A path that leads elsewhere by now only makes a look too many.
        if case .file(let other)? = subjects[watch] { files[other] = nil }
        subjects[watch] = .file(key)
        files[key] = watch
    }

    func unwatch(_ key: FileKey) {
        guard let watch = files.removeValue(forKey: key) else { return }
        subjects[watch] = nil
        inotify.remove(watch)
    }

    /// Files that are watched.
    var watched: Dictionary<FileKey, Int32>.Keys { files.keys }

    /// Watches exactly these directories.
    func watch(directories wanted: Set<String>) {
        for (path, watch) in directories where !wanted.contains(path) {
            directories[path] = nil
            guard case .directory(let paths)? = subjects[watch] else { continue }
            let rest = paths.filter { $0 != path }
            if rest.isEmpty {
                subjects[watch] = nil
                inotify.remove(watch)
            } else {
                subjects[watch] = .directory(rest)
            }
        }
        for path in wanted where directories[path] == nil {
            guard let watch = add(path, [.names, .selfDeleted, .selfMoved]) else { continue }
            directories[path] = watch
            if case .directory(let paths)? = subjects[watch] {
                subjects[watch] = .directory(paths + [path])
            } else {
                subjects[watch] = .directory([path])
            }
        }
    }

    private func add(_ path: String, _ mask: Inotify.Mask) -> Int32? {
        do throws(SystemError) {
            return try inotify.add(path, mask)
        } catch {
            if error.isNoSpace { isFull = true }
            return nil
        }
    }

    /// Waits until something changed.
    ///
    /// - Throws: `cancelled`.
    func wait() async throws(Failure) {
        try await Loop.main.readable(inotify.number)
    }

    /// What has changed since the last call.
    func take() -> [Change] {
        guard let events = try? inotify.read() else { return [] }
        var changes: [Change] = []
        for event in events {
            if event.mask.contains(.overflow) {
                changes.append(.all)
                continue
            }
            guard let subject = subjects[event.watch] else { continue }
            if event.mask.contains(.ignored) { drop(event.watch, subject) }
            switch subject {
            case .file(let key):
                changes.append(event.mask == .modified ? .written(key) : .moved(key))
            case .directory(let paths):
                if event.name.isEmpty {
                    changes.append(.all)
                } else {
                    changes.append(
                        .named(
                            paths: paths.map { Self.join($0, event.name) },
                            isDirectory: event.mask.contains(.directory),
                            isRenamed: event.mask.contains(.movedTo)
                        )
                    )
                }
            }
        }
        return changes
    }

    private func drop(_ watch: Int32, _ subject: Subject) {
        subjects[watch] = nil
        switch subject {
        case .file(let key): files[key] = nil
        case .directory(let paths): for path in paths { directories[path] = nil }
        }
    }

    private static func join(_ directory: String, _ name: String) -> String {
        switch directory {
        case "/": "/" + name
        case ".": name
        default: directory + "/" + name
        }
    }
}
