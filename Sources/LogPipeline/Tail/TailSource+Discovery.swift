internal import Basics
internal import Reactor

/// Files come and go: what the kernel tells, and looks of our own.
extension TailSource {
    /// Where files are is looked up again at most this often.
    static let rescanPause = Duration.milliseconds(100)

    func startWatch() {
        guard watchTask == nil else { return }
        if watch == nil {
            do throws(Failure) {
                watch = try TailWatch()
            } catch {
                journal.warning("\(error); files are looked at now and then", ["source": id])
            }
        }
        guard let watch else { return }
        watchTask = Task { @MainLoop [weak self, signal] in
            while !Task.isCancelled {
                do throws(Failure) {
                    try await watch.wait()
                    self?.note(watch.take())
                    signal.send(true)
                    // A busy writer's changes pile up meanwhile and are told as one.
                    try await Loop.main.sleep(for: .milliseconds(2))
                } catch {
                    return
                }
            }
        }
    }

    private func note(_ changes: [TailWatch.Change]) {
        guard let reader else { return }
        let moment = clock.moment
        for change in changes {
            switch change {
            case .written(let key):
                if let file = reader.machine.keys[key] { reader.machine.changed(file) }
            case .moved(let key):
                guard let file = reader.machine.keys[key] else { continue }
                for path in reader.machine.files[file]?.names ?? [] { look(path, reader, moment) }
                reader.machine.changed(file)
            case .named(let paths, let isDirectory, let isRenamed):
                for path in paths { named(path, isDirectory, reader, moment) }
                if isRenamed && !isDirectory { renamed(paths, reader, moment) }
            case .all: rescanSoon()
            }
        }
    }

    private func named(_ path: String, _ isDirectory: Bool, _ reader: TailReader, _ now: Moment) {
        for alias in aliases[path] ?? [] { look(alias, reader, now) }
        let name = path.utf8.lastIndex(of: 0x2F).map { path[path.index(after: $0)...] } ?? path[...]
        if isDirectory || name.hasPrefix("..") {
            rescanSoon()
        } else if globs.fits(path) {
            look(path, reader, now)
            if disk.target(path) != nil { rescanSoon() }
        } else if reader.machine.paths.isEmpty || disk.target(path) != nil {
            rescanSoon()
        }
    }

    /// A file may have got its new name before anybody looked at it under the old one.
    private func renamed(_ paths: [String], _ reader: TailReader, _ now: Moment) {
        guard let startedAt else { return }
        let since = startedAt.earliestBirth(at: now, boot: boot) - Self.clockSlack
        for path in paths { reader.lookMissed(path, globs, since: since, at: now) }
    }

    private func look(_ path: String, _ reader: TailReader, _ now: Moment) {
        reader.look(path, at: now)
        watchFile(path, reader)
    }

    private func watchFile(_ path: String, _ reader: TailReader) {
        guard let watch, let file = reader.machine.paths[path],
            let key = reader.machine.files[file]?.key
        else { return }
        watch.watch(key, at: path)
    }

    func rescanSoon() {
        rescanAt = min(rescanAt, max(Loop.main.now, lastRescan + Self.rescanPause))
    }

    /// Looks at everything that the globs name.
    func lookAround(_ reader: TailReader) {
        let moment = clock.moment
        // Directories first: what appears after the look is told.
        watch?.watch(directories: globs.find(on: disk).directories)
        let isFirst = reader.machine.isFirstLook
        var found = reader.lookAround(globs, at: moment)
        aliases = [:]
        for path in found.paths {
            if let target = disk.target(path) {
                aliases[target, default: []].append(path)
                found.directories.insert(TailMachine.parent(of: target))
            }
            watchFile(path, reader)
        }
        watch?.watch(directories: found.directories)
        if let watch {
            for key in Array(watch.watched) where reader.machine.keys[key] == nil {
                watch.unwatch(key)
            }
        }
        lookedAt = LookTime(wall: moment.wall, instant: moment.instant, boot: boot)
        if isFirst { startedAt = lookedAt }
        lastRescan = moment.instant
        rescanAt = moment.instant + max(settings.rescan, Self.rescanPause)
        pollAt = moment.instant + pause
        // From now on a file that is renamed while nobody looks is missed, and looked for.
        if isFirst { save() } else if !reader.machine.dirty.isEmpty { scheduleSave() }
    }

    private var pause: Duration {
        watch == nil || watch?.isFull == true ? .milliseconds(250) : Self.pollInterval
    }

    /// When there is something to do though nothing is told.
    func due(_ reader: TailReader) -> Instant? {
        var instant = min(rescanAt, pollAt)
        if let wake = reader.machine.nextWake { instant = min(instant, wake) }
        return instant
    }

    /// Does what is due.
    func attend(_ reader: TailReader) {
        let moment = clock.moment
        if moment.instant >= rescanAt { lookAround(reader) }
        if moment.instant >= pollAt {
            pollAt = moment.instant + pause
            poll(reader, moment)
        }
        reader.machine.wake(at: moment)
        if !reader.machine.dirty.isEmpty { scheduleSave() }
    }

    /// Looks at some files: a file system may tell nothing.
    private func poll(_ reader: TailReader, _ now: Moment) {
        let paths = Array(reader.machine.paths.keys)
        guard !paths.isEmpty else { return }
        for _ in 0..<min(Self.pollMaximum, paths.count) {
            polled = (polled + 1) % paths.count
            look(paths[polled], reader, now)
        }
    }
}
